"""destination-apollo as a Prefect flow.

A table of the outcomes is an artifact of the run. A deferred run (75) ends well, as "Deferred": the next run of the
schedule takes what is left. Any other bad end fails the flow with the message of the run.
"""

import json
import os
import subprocess
import tempfile

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

COMMAND = os.environ.get("DESTINATION_APOLLO", "destination-apollo").split()
DEFERRED = 75
OUTCOMES = ("read", "created", "updated", "unchanged", "skipped", "superseded", "rejected", "deferred")


class SyncFailed(Exception):
    """The run came to a bad end; its message says why."""


# No retries: the program tries again by itself what can be, and what is deferred waits for hours.
@task
def sync(config: str) -> dict:
    """Makes one run and returns its summary."""
    arguments = [*COMMAND, "sync", "--config", config, "--output", "json"]
    said = ""
    with tempfile.TemporaryFile("w+") as stdout:
        ran = subprocess.Popen(arguments, stdout=stdout, stderr=subprocess.PIPE, text=True)
        try:
            for said in ran.stderr:
                get_run_logger().info(said.rstrip())
            ran.wait()
        except BaseException:
            # A flow that is cancelled: what is in flight ends, and its outcomes are kept.
            ran.terminate()
            ran.wait()
            raise
        stdout.seek(0)
        lines = stdout.read().splitlines()
    summary = json.loads(lines[-1]) if lines else {}
    if ran.returncode not in (0, DEFERRED):
        reason = summary.get("error") or said.strip() or summary.get("status")
        raise SyncFailed(f"destination-apollo ended with exit code {ran.returncode}: {reason}")
    return summary


@flow
def apollo_sync(config: str = "sync.yaml"):
    """Rows of the warehouse become contacts and accounts in Apollo.io."""
    summary = sync(config)
    table = [{"stream": stream["name"], **{name: stream[name] for name in OUTCOMES}} for stream in summary["streams"]]
    create_table_artifact(key="apollo-sync", table=table, description=f"Run {summary['run_id']}: {summary['status']}")
    if summary["status"] == "deferred":
        return Completed(name="Deferred", message=f"Some rows are left until {summary['retry_at']}.")
    return summary


if __name__ == "__main__":
    # Every hour, one run at a time: a run may wait for an hour's window, and two would share one quota.
    apollo_sync.serve(name="hourly", cron="0 * * * *", limit=1)
