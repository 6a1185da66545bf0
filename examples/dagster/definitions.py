"""Contacts and accounts in Apollo.io as Dagster assets, written by destination-apollo.

An asset for each stream of sync.yaml, a schedule, and three checks on each asset. A run that is deferred, since the
quota of a window is used up, is retried when there is room again, or left to the next schedule when that is far away.
"""

import os
import signal
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg

STREAMS = ("accounts", "contacts")
CHECKS = ("no_rejects", "not_deferred", "quota_below_80_percent")
DEFERRED = 75
REJECTED = 3


class DestinationApollo(dg.ConfigurableResource):
    """How to start destination-apollo, and for how long its step may wait."""

    command: list[str] = ["destination-apollo"]
    config: str = str(Path(__file__).parent / "sync.yaml")
    # Dagster holds a slot while a step waits. What waits longer is left to the next run of the schedule.
    wait_at_most_seconds: int = 2 * 60 * 60
    max_retries: int = 3
    # The folder for a page about each run, which its materializations link; empty for none.
    reports: str = ""

    def start(self, streams: list[str], env: dict[str, str], run_id: str) -> int:
        """Runs the named streams to their end and returns the exit code."""
        arguments = [argument for stream in streams for argument in ("--stream", stream)]
        if self.reports:
            arguments += ["--report", str(Path(self.reports) / f"{run_id}.html")]
        process = subprocess.Popen(
            [*self.command, "sync", "--config", self.config, *arguments], env={**os.environ, **env}
        )
        try:
            return process.wait()
        except BaseException:
            # Requests in flight are finished, and every row that was read gets its outcome.
            process.send_signal(signal.SIGTERM)
            process.wait()
            raise


@dg.multi_asset(
    # Skippable, since a run that is deferred may not come to the last of them.
    specs=[dg.AssetSpec(["apollo", stream], kinds={"apollo"}, skippable=True) for stream in STREAMS],
    check_specs=[dg.AssetCheckSpec(check, asset=["apollo", stream]) for stream in STREAMS for check in CHECKS],
    can_subset=True,
    # One workspace has one quota: give the pool a limit of 1, so that no two runs share it.
    pool="apollo",
)
def apollo(context: dg.AssetExecutionContext, destination: DestinationApollo):
    """Syncs the selected streams."""
    streams = [stream for stream in STREAMS if dg.AssetKey(["apollo", stream]) in context.selected_asset_keys]
    with dg.open_pipes_session(
        context=context,
        context_injector=dg.PipesTempFileContextInjector(),
        message_reader=dg.PipesTempFileMessageReader(),
        extras={"asset_checks": sorted({check.name for check in context.selected_asset_check_keys})},
    ) as session:
        exit_code = destination.start(streams, dict(session.get_bootstrap_env_vars()), context.run_id)

    ended = next(iter(session.get_custom_messages()), {})
    if exit_code == DEFERRED:
        wait_or_go_on(context, destination, ended["retry_at"])
    if exit_code in (0, DEFERRED, REJECTED):
        # Also where too many rows were rejected: the others were written, and the checks say which were not.
        yield from session.get_results(implicit_materializations=False)
    if exit_code not in (0, DEFERRED):
        message = ended.get("error") or f"destination-apollo ended with exit code {exit_code} and gave no reason."
        raise dg.Failure(message, metadata={"exit_code": exit_code, "run_id": ended.get("run_id") or ""})


def wait_or_go_on(context: dg.AssetExecutionContext, destination: DestinationApollo, retry_at: str) -> None:
    """Asks Dagster to try again when the deferred rows can go on, unless that is too far away or was done enough."""
    at = datetime.fromisoformat(retry_at.replace("Z", "+00:00"))
    seconds = max(1, int((at - datetime.now(timezone.utc)).total_seconds()) + 1)
    if context.retry_number >= destination.max_retries or seconds > destination.wait_at_most_seconds:
        context.log.warning(f"Some rows are deferred until {retry_at}; the next run takes them.")
        return
    context.log.info(f"Some rows are deferred; trying again in {seconds} s, at {retry_at}.")
    raise dg.RetryRequested(max_retries=destination.max_retries, seconds_to_wait=seconds)


apollo_sync = dg.define_asset_job("apollo_sync", selection=dg.AssetSelection.assets(apollo))

defs = dg.Definitions(
    assets=[apollo],
    jobs=[apollo_sync],
    schedules=[dg.ScheduleDefinition(job=apollo_sync, cron_schedule="0 * * * *")],
    resources={"destination": DestinationApollo()},
)
