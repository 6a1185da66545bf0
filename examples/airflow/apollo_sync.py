"""destination-apollo as an Airflow task, every hour.

The task's XCom is the run summary, a deferred run (75) is rescheduled for the time when there is room again, and any
other bad end fails the task with the message of the run.
"""

import json
import os
import subprocess
from datetime import datetime, timedelta, timezone

from airflow.exceptions import AirflowException
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowRescheduleException

COMMAND = os.environ.get("DESTINATION_APOLLO", "destination-apollo").split()
CONFIG = os.environ.get("APOLLO_SYNC_CONFIG", "/opt/airflow/apollo/sync.yaml")
DEFERRED = 75


@dag(
    schedule="0 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    # A run may wait for an hour's window, and two runs would share one quota.
    max_active_runs=1,
    tags=["apollo"],
)
def apollo_sync():
    @task(retries=0, execution_timeout=timedelta(hours=4))
    def sync() -> dict:
        """Makes one run and returns its summary."""
        ran = subprocess.Popen(
            [*COMMAND, "sync", "--config", CONFIG, "--output", "json"], stdout=subprocess.PIPE, text=True
        )
        try:
            stdout, _ = ran.communicate()
        except BaseException:
            # A timeout, or a task that was cleared: what is in flight ends, and its outcomes are kept.
            ran.terminate()
            ran.wait()
            raise
        lines = stdout.splitlines()
        summary = json.loads(lines[-1]) if lines else {}
        if ran.returncode == DEFERRED:
            # Frees the worker's slot while it waits.
            raise AirflowRescheduleException(datetime.fromisoformat(summary["retry_at"].replace("Z", "+00:00")))
        if ran.returncode != 0:
            reason = summary.get("error") or summary.get("status") or "see the log above"
            raise AirflowException(f"destination-apollo ended with exit code {ran.returncode}: {reason}")
        return summary

    @task
    def report(summary: dict) -> None:
        """Uses the summary: here it only says what was rejected."""
        for stream in summary["streams"]:
            print(f"{stream['name']}: {stream['read']} read, rejected: {stream['reject_codes'] or 'none'}")

    report(sync())


apollo_sync()
