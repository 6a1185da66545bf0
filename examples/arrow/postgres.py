"""Writes what a query finds in PostgreSQL as an Arrow stream: python postgres.py SELECT, with the address in POSTGRES_URL.

pip install adbc-driver-postgresql pyarrow
"""

import os
import sys

import adbc_driver_postgresql.dbapi as postgresql
import pyarrow.ipc as ipc

with postgresql.connect(os.environ["POSTGRES_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute(sys.argv[1])
    batches = cursor.fetch_record_batch()
    with ipc.new_stream(sys.stdout.buffer, batches.schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
