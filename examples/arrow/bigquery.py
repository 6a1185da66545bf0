"""Writes what a query finds in BigQuery, or a table, as an Arrow stream: python bigquery.py SELECT, or python bigquery.py DATASET.TABLE

pip install google-cloud-bigquery google-cloud-bigquery-storage pyarrow

BIGQUERY_PROJECT is the project that pays; credentials are those of the environment (ADC). A table is read without a query,
in no order. BIGQUERY_EMULATOR_HOST and BIGQUERY_STORAGE_EMULATOR are the addresses of an emulator.
"""

import os
import sys

import pyarrow.ipc as ipc
from google.auth.credentials import AnonymousCredentials
from google.cloud.bigquery import Client
from google.cloud.bigquery_storage import BigQueryReadClient

is_emulator = "BIGQUERY_EMULATOR_HOST" in os.environ
client = Client(project=os.environ["BIGQUERY_PROJECT"], credentials=AnonymousCredentials() if is_emulator else None)


def storage():
    """What hands out rows as Arrow; None where they come with the answer to the query."""
    if not is_emulator:
        return BigQueryReadClient()
    if " " in wanted:
        return None
    import grpc

    channel = grpc.insecure_channel(os.environ["BIGQUERY_STORAGE_EMULATOR"])
    return BigQueryReadClient(transport=BigQueryReadClient.get_transport_class("grpc")(channel=channel))


wanted = sys.argv[1]
rows = client.query_and_wait(wanted) if " " in wanted else client.list_rows(client.get_table(wanted))
batches = rows.to_arrow_iterable(bqstorage_client=storage())
first = next(batches, None)
schema = rows.to_arrow(create_bqstorage_client=False).schema if first is None else first.schema
with ipc.new_stream(sys.stdout.buffer, schema) as stream:
    if first is not None:
        stream.write_batch(first)
    for batch in batches:
        stream.write_batch(batch)
