"""Writes a table as an Arrow stream, by dlt and whatever database SQLAlchemy knows: python dlt_table.py SCHEMA.TABLE

pip install dlt sqlalchemy pyarrow, and the driver of the database, psycopg2-binary for one; DLT_URL is the database's address.
"""

import os
import sys

import pyarrow.ipc as ipc
from dlt.sources.sql_database import sql_table

schema, table = sys.argv[1].split(".")
pages = iter(sql_table(credentials=os.environ["DLT_URL"], schema=schema, table=table, backend="pyarrow", chunk_size=10_000))
first = next(pages)
with ipc.new_stream(sys.stdout.buffer, first.schema) as stream:
    stream.write_table(first)
    for page in pages:
        stream.write_table(page.cast(first.schema))
