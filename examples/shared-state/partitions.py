"""One Dagster asset with a partition for each stream: partitions are run at the same time, each on its own machine."""

import subprocess
from pathlib import Path

import dagster as dg

STREAMS = ["accounts", "contacts-emea", "contacts-apac", "contacts-us", "leads", "trials", "customers", "partners"]
CONFIG = str(Path(__file__).parent / "sync.yaml")
DEFERRED = 75

streams = dg.StaticPartitionsDefinition(STREAMS)


def command(stream: str) -> list[str]:
    return ["destination-apollo", "sync", "--config", CONFIG, "--stream", stream, "--output", "json"]


@dg.asset(partitions_def=streams, kinds={"apollo"})
def apollo(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Syncs the stream of the partition. Limits are kept by all runs together, so no pool is needed."""
    code = subprocess.run(command(context.partition_key)).returncode
    if code not in (0, DEFERRED):
        raise dg.Failure(f"destination-apollo ended with {code}")
    return dg.MaterializeResult(metadata={"deferred": code == DEFERRED})


@dg.schedule(target=apollo, cron_schedule="0 * * * *")
def hourly():
    return [dg.RunRequest(partition_key=stream, run_key=None) for stream in STREAMS]


defs = dg.Definitions(assets=[apollo], schedules=[hourly])
