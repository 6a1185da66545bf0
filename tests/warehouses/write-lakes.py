"""Writes the rows of a Parquet file as others would have them: python write-lakes.py FILE FOLDER [S3].

In the folder: a Delta table and an Iceberg table, in each of which some rows were there and are deleted; their names, a line each.
On the S3 server, in the bucket `marts`: the rows in two files.
"""

import os
import sys

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from pyiceberg.catalog.sql import SqlCatalog

source, folder, *servers = sys.argv[1:]
rows = pq.read_table(source)
# What is deleted again: ids that no other row has.
more = rows.slice(0, 3).set_column(0, "id", pa.array([1, 2, 3], pa.int64()))

delta = os.path.join(folder, "delta")
write_deltalake(delta, more)
write_deltalake(delta, rows, mode="append")
DeltaTable(delta).delete("id < 4")
print(delta)

iceberg = os.path.join(folder, "iceberg")
os.mkdir(iceberg)
catalog = SqlCatalog("lake", uri=f"sqlite:///{iceberg}/catalog.sqlite", warehouse=f"file://{iceberg}")
catalog.create_namespace("marts")
table = catalog.create_table("marts.people", rows.schema)
table.append(pa.concat_tables([more, rows]))
table.delete("id < 4")
print(table.metadata_location)

keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
for server in servers:
    client = boto3.client("s3", endpoint_url=server, **keys)
    client.create_bucket(Bucket="marts")
    for number, part in enumerate([rows.slice(0, 20), rows.slice(20)]):
        sink = pa.BufferOutputStream()
        pq.write_table(part, sink)
        client.put_object(Bucket="marts", Key=f"people/{number}.parquet", Body=sink.getvalue().to_pybytes())
