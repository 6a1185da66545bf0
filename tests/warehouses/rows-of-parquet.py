"""Writes the rows of a Parquet file as an Arrow stream, in the order of their ids: python rows-of-parquet.py FILE."""

import sys

import pyarrow.ipc as ipc
import pyarrow.parquet as pq

rows = pq.read_table(sys.argv[1]).sort_by("id")
with ipc.new_stream(sys.stdout.buffer, rows.schema) as stream:
    stream.write_table(rows, max_chunksize=20)
