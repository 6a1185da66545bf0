"""Runs a statement in an emulator of Snowflake: python run-in-snowflake.py STATEMENT, with its address in SNOWFLAKE_EMULATOR."""

import os
import sys
from urllib.parse import urlsplit

import snowflake.connector

address = urlsplit(os.environ["SNOWFLAKE_EMULATOR"])
connection = snowflake.connector.connect(
    user="reader",
    password="any",
    account="account",
    host=address.hostname,
    port=address.port,
    protocol=address.scheme,
    # The emulator makes both.
    database="MARTS",
    schema="PUBLIC",
)
connection.cursor().execute(sys.argv[1])
