"""Writes what a query finds in Snowflake as an Arrow stream: python snowflake.py SELECT

pip install adbc-driver-snowflake pyarrow

SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER, SNOWFLAKE_PRIVATE_KEY_FILE (a key pair), SNOWFLAKE_ROLE, SNOWFLAKE_WAREHOUSE and
SNOWFLAKE_DATABASE say where and as whom. SNOWFLAKE_EMULATOR is the address of an emulator, which takes any password.
"""

import os
import sys
from urllib.parse import urlsplit

import adbc_driver_snowflake.dbapi as snowflake
import pyarrow.ipc as ipc

options = {"adbc.snowflake.sql.account": os.environ["SNOWFLAKE_ACCOUNT"], "username": os.environ["SNOWFLAKE_USER"]}
for name, option in {"ROLE": "role", "WAREHOUSE": "warehouse", "DATABASE": "db"}.items():
    if value := os.environ.get(f"SNOWFLAKE_{name}"):
        options[f"adbc.snowflake.sql.{option}"] = value

if emulator := os.environ.get("SNOWFLAKE_EMULATOR"):
    address = urlsplit(emulator)
    options["password"] = "any"
    options["adbc.snowflake.sql.uri.protocol"] = address.scheme
    options["adbc.snowflake.sql.uri.host"] = address.hostname
    options["adbc.snowflake.sql.uri.port"] = str(address.port)
else:
    options["adbc.snowflake.sql.auth_type"] = "auth_jwt"
    options["adbc.snowflake.sql.client_option.jwt_private_key"] = os.environ["SNOWFLAKE_PRIVATE_KEY_FILE"]

with snowflake.connect(db_kwargs=options) as connection, connection.cursor() as cursor:
    cursor.execute(sys.argv[1])
    batches = cursor.fetch_record_batch()
    with ipc.new_stream(sys.stdout.buffer, batches.schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
