"""What Dagster makes of examples/dagster, with real processes against the emulator. Called by run.mjs."""

import faulthandler
import io
import json
import os
import subprocess
import sys
import traceback
import urllib.request
from contextlib import redirect_stdout
from pathlib import Path

import dagster as dg
import yaml
from dagster._core.pipes.context import PipesMessageHandler
from dagster._core.pipes.utils import extract_message_or_forward_to_stdout
from definitions import CHECKS, DestinationApollo, apollo, defs

# What hangs says where, and ends.
faulthandler.dump_traceback_later(1_200, exit=True)
NODE, EXECUTABLE, URL = sys.argv[1:]
EXAMPLE = Path(defs.resources["destination"].config)
ACCOUNTS, CONTACTS = dg.AssetKey(["apollo", "accounts"]), dg.AssetKey(["apollo", "contacts"])


def control(method: str, path: str, body=None) -> None:
    request = urllib.request.Request(
        f"{URL.removesuffix('/api/v1')}/__emulator/{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"content-type": "application/json"},
    )
    urllib.request.urlopen(request).read()


def configured(**more) -> DestinationApollo:
    """The resource of the example, with its configuration pointed at the emulator."""
    config = {**yaml.safe_load(EXAMPLE.read_text()), "api_base_url": URL, "state": {"type": "none"}, **more.pop("config", {})}
    path = Path("sync.yaml")
    path.write_text(json.dumps(config))
    return DestinationApollo(command=[NODE, EXECUTABLE], config=str(path), **more)


class Ran:
    """One materialization, in process."""

    def __init__(self, selection=None, **more):
        instance = dg.DagsterInstance.ephemeral()
        self.result = dg.materialize(
            [apollo],
            resources={"destination": configured(**more)},
            selection=selection,
            instance=instance,
            raise_on_error=False,
        )
        self.materialized = {m.asset_key: m.metadata for m in self.result.asset_materializations_for_node("apollo")}
        self.checks = {
            (evaluation.asset_key, evaluation.check_name): evaluation
            for evaluation in self.result.get_asset_check_evaluations()
        }
        self.logs = [entry.user_message for entry in instance.all_logs(self.result.run_id) if not entry.is_dagster_event]
        self.engine_events = [
            entry.dagster_event.engine_event_data
            for entry in instance.all_logs(self.result.run_id)
            if entry.is_dagster_event and "pipes closed with exception" in (entry.dagster_event.message or "")
        ]
        self.events = self.result.all_events

    def passed(self, key, name) -> bool:
        return self.checks[(key, name)].passed

    def failure(self):
        (failed,) = [event for event in self.events if event.event_type_value == "STEP_FAILURE"]
        return failed.step_failure_data


def a_run_materializes_each_stream() -> None:
    ran = Ran()
    assert ran.result.success
    assert set(ran.materialized) == {ACCOUNTS, CONTACTS}
    contacts = ran.materialized[CONTACTS]
    counts = {name: contacts[name] for name in ("read", "created", "updated", "unchanged", "rejected", "deferred")}
    assert counts == {
        "read": dg.MetadataValue.int(300),
        "created": dg.MetadataValue.int(298),
        "updated": dg.MetadataValue.int(0),
        "unchanged": dg.MetadataValue.int(0),
        "rejected": dg.MetadataValue.int(2),
        "deferred": dg.MetadataValue.int(0),
    }, counts
    assert ran.materialized[ACCOUNTS]["created"] == dg.MetadataValue.int(40)
    # 1 profile, 1 for the accounts, 3 for the contacts.
    assert contacts["run_calls"] == dg.MetadataValue.int(5), contacts["run_calls"]
    assert "| POST contacts/bulk_create | 3 |" in contacts["run_calls_by_request"].md_str
    assert contacts["status"] == dg.MetadataValue.text("succeeded")
    rejects = contacts["rejects"]
    assert isinstance(rejects, dg.MarkdownMetadataValue) and "| contacts | invalid_email | 2 |" in rejects.md_str
    assert "no address" not in str(contacts), "a value of a row was reported"
    assert isinstance(contacts["rejects_file"], dg.PathMetadataValue)
    quota = contacts["quota_used_percent"]
    assert isinstance(quota, dg.FloatMetadataValue) and 0 < quota.value < 1, quota
    assert "2000 requests of the day" in contacts["quota_window"].text, contacts["quota_window"]


def a_materialization_links_the_report_of_its_run() -> None:
    ran = Ran(reports=str(Path("reports").resolve()))
    report = ran.materialized[CONTACTS]["report"]
    assert isinstance(report, dg.PathMetadataValue), report
    assert Path(report.path).name == f"{ran.result.run_id}.html" and ran.materialized[ACCOUNTS]["report"] == report
    page = Path(report.path).read_text()
    assert "invalid_email" in page and "no address" not in page
    assert "report" not in Ran().materialized[CONTACTS]


def every_check_is_evaluated() -> None:
    ran = Ran()
    assert set(ran.checks) == {(key, name) for key in (ACCOUNTS, CONTACTS) for name in CHECKS}
    assert [ran.passed(ACCOUNTS, name) for name in CHECKS] == [True, True, True]
    assert [ran.passed(CONTACTS, name) for name in CHECKS] == [False, True, True]
    no_rejects = ran.checks[(CONTACTS, "no_rejects")]
    assert no_rejects.severity == dg.AssetCheckSeverity.WARN
    assert no_rejects.metadata["rejected"] == dg.MetadataValue.int(2)


def a_full_day_fails_the_quota_check() -> None:
    control("POST", "settings", {"plan": {"minute": 50, "hour": 50, "day": 3}})
    ran = Ran()
    control("POST", "settings", {"plan": "professional"})
    assert ran.result.success and not ran.passed(CONTACTS, "quota_below_80_percent")
    quota = ran.checks[(CONTACTS, "quota_below_80_percent")].metadata
    assert quota["quota_used_percent"] == dg.MetadataValue.float(100.0), quota
    assert quota["quota_window"].text == "POST contacts/bulk_create: 3 of 3 requests of the day", quota


def logs_are_those_of_the_run() -> None:
    ran = Ran()
    assert any("accounts (upsert accounts), contacts (upsert contacts)" in line for line in ran.logs), ran.logs
    assert any(line.startswith("Run ") and line.endswith(": succeeded.") for line in ran.logs), ran.logs


def a_selected_asset_is_synced_alone() -> None:
    ran = Ran(selection=[ACCOUNTS])
    assert ran.result.success and set(ran.materialized) == {ACCOUNTS}
    assert {key for key, _ in ran.checks} == {ACCOUNTS}


def a_deferred_run_is_tried_again_when_it_can_go_on() -> None:
    match = {"path": "contacts/bulk_create", "nth": 1}
    control("POST", "trouble", {"match": match, "fault": {"kind": "status", "status": 429, "retryAfterSeconds": 3}})
    ran = Ran(config={"rate_limits": {"max_wait_seconds": 0}})
    control("DELETE", "trouble")
    retries = [event for event in ran.events if event.event_type_value == "STEP_UP_FOR_RETRY"]
    # Of the 3 seconds some are gone by then, on a slow machine all; it asks for one at least.
    assert [1 <= event.event_specific_data.seconds_to_wait <= 4 for event in retries] == [True], retries
    assert any("Some rows are deferred; trying again in " in line for line in ran.logs), ran.logs
    assert ran.result.success and ran.passed(CONTACTS, "not_deferred")


def a_run_that_is_deferred_for_long_leaves_the_rest_to_the_next() -> None:
    match = {"path": "contacts/bulk_create", "times": 9}
    control("POST", "trouble", {"match": match, "fault": {"kind": "status", "status": 429, "retryAfterSeconds": 600}})
    ran = Ran(config={"rate_limits": {"max_wait_seconds": 0}}, wait_at_most_seconds=60)
    control("DELETE", "trouble")
    assert ran.result.success, ran.events
    assert not ran.passed(CONTACTS, "not_deferred") and ran.passed(ACCOUNTS, "not_deferred")
    contacts = ran.materialized[CONTACTS]
    assert contacts["status"] == dg.MetadataValue.text("deferred")
    assert contacts["deferred"].value == 298 and isinstance(contacts["retry_at"], dg.TimestampMetadataValue)
    assert "quota_exhausted" in ran.checks[(CONTACTS, "not_deferred")].metadata["codes"].md_str
    assert any("the next run takes them" in line for line in ran.logs)


def a_refused_configuration_fails_the_step_with_our_message() -> None:
    accounts = {"name": "accounts", "table": "marts.nowhere", "object": "accounts"}
    ran = Ran(selection=[ACCOUNTS], config={"streams": [accounts]})
    message = ran.failure().user_failure_data.description
    assert "nowhere" in message and "\n    at " not in message, message
    assert ran.failure().user_failure_data.metadata["exit_code"].value == 2, ran.failure()
    (event,) = ran.engine_events
    assert event.error.message.strip() == f"{message} [invalid_source]" and event.error.cls_name == "RunRefused", event.error
    assert event.error.stack == [], event.error.stack


def a_key_that_is_revoked_in_the_middle_fails_the_step_with_our_message() -> None:
    control("POST", "trouble", {"match": {"path": "contacts/bulk_create", "nth": 2}, "fault": {"kind": "revoke-key"}})
    ran = Ran()
    control("DELETE", "trouble")
    control("POST", "reset", {})
    failure = ran.failure().user_failure_data
    assert failure.metadata["exit_code"].value == 1, failure
    assert "key" in failure.description and "\n    at " not in failure.description, failure.description
    assert not ran.materialized, "a failed run materialized something"


def too_many_rejects_fail_the_step_and_show_what_was_written() -> None:
    ran = Ran(config={"rejects": {"path": "rejects.jsonl", "fail_above_percent": 0}})
    failure = ran.failure().user_failure_data
    assert failure.metadata["exit_code"].value == 3 and "2 of 340 rows were rejected" in failure.description, failure
    assert CONTACTS in ran.materialized
    assert ran.checks[(CONTACTS, "no_rejects")].severity == dg.AssetCheckSeverity.ERROR


def messages_may_go_to_a_stream(stream: str) -> None:
    """As in the clients for Docker and Kubernetes: the context in a variable, messages among the lines of a stream."""
    found: list[dict] = []
    handled: list[str] = []

    @dg.asset(key=CONTACTS, check_specs=[dg.AssetCheckSpec(check, asset=CONTACTS) for check in CHECKS])
    def contacts(context: dg.AssetExecutionContext):
        reader = StreamReader(stream, found, handled)
        with dg.open_pipes_session(
            context=context, context_injector=dg.PipesEnvContextInjector(), message_reader=reader
        ) as session:
            env = {**os.environ, **session.get_bootstrap_env_vars()}
            ran = subprocess.run(
                [NODE, EXECUTABLE, "sync", "--config", configured().config, "--stream", "contacts"],
                env=env,
                capture_output=True,
                text=True,
            )
            reader.feed(getattr(ran, stream))
        return session.get_results()

    result = dg.materialize([contacts], instance=dg.DagsterInstance.ephemeral())
    assert result.success
    assert not handled, f"other lines among the messages: {handled}"
    assert [message["method"] for message in found][:1] == ["opened"] and found[-1]["method"] == "closed"
    assert len(result.get_asset_check_evaluations()) == len(CHECKS)


class StreamReader(dg.PipesMessageReader):
    """Reads as dagster_docker and dagster_k8s do, from text that is there already."""

    def __init__(self, stream: str, found: list, others: list):
        self.stream, self.found, self.others = stream, found, others
        self.handler: PipesMessageHandler

    def read_messages(self, handler):
        from contextlib import contextmanager

        @contextmanager
        def reading():
            self.handler = handler
            yield {"stdio": self.stream}

        return reading()

    def feed(self, text: str) -> None:
        for line in text.splitlines():
            with redirect_stdout(io.StringIO()) as other:
                extract_message_or_forward_to_stdout(self.handler, line)
            if other.getvalue():
                self.others.append(other.getvalue())
            else:
                self.found.append(json.loads(line))

    def no_messages_debug_text(self) -> str:
        return "Read what the process had written."


def the_subprocess_client_works_too() -> None:
    """For those who want the least code: one asset, which declares the checks that it asks for."""

    @dg.asset(check_specs=[dg.AssetCheckSpec("no_rejects", asset="crm")])
    def crm(context: dg.AssetExecutionContext, client: dg.PipesSubprocessClient):
        command = [NODE, EXECUTABLE, "sync", "--config", configured().config]
        return client.run(command=command, context=context, extras={"asset_checks": ["no_rejects"]}).get_results()

    result = dg.materialize(
        [crm], resources={"client": dg.PipesSubprocessClient()}, instance=dg.DagsterInstance.ephemeral()
    )
    (materialization,) = result.asset_materializations_for_node("crm")
    assert materialization.metadata["read"] == dg.MetadataValue.int(340)
    assert "| contacts | 300 |" in materialization.metadata["streams"].md_str
    assert [evaluation.passed for evaluation in result.get_asset_check_evaluations()] == [False]


def the_project_loads() -> None:
    dg.Definitions.validate_loadable(defs)
    job = defs.resolve_job_def("apollo_sync")
    assert job.name == "apollo_sync"
    assert [schedule.cron_schedule for schedule in defs.schedules] == ["0 * * * *"]


def main() -> int:
    failed = 0
    cases = [
        (the_project_loads, ()),
        (a_run_materializes_each_stream, ()),
        (a_materialization_links_the_report_of_its_run, ()),
        (every_check_is_evaluated, ()),
        (a_full_day_fails_the_quota_check, ()),
        (logs_are_those_of_the_run, ()),
        (a_selected_asset_is_synced_alone, ()),
        (a_deferred_run_is_tried_again_when_it_can_go_on, ()),
        (a_run_that_is_deferred_for_long_leaves_the_rest_to_the_next, ()),
        (a_refused_configuration_fails_the_step_with_our_message, ()),
        (a_key_that_is_revoked_in_the_middle_fails_the_step_with_our_message, ()),
        (too_many_rejects_fail_the_step_and_show_what_was_written, ()),
        (messages_may_go_to_a_stream, ("stderr",)),
        (messages_may_go_to_a_stream, ("stdout",)),
        (the_subprocess_client_works_too, ()),
    ]
    for case, arguments in cases:
        name = " ".join([case.__name__.replace("_", " "), *arguments])
        control("POST", "reset", {})
        try:
            case(*arguments)
            print(f"ok    {name}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {name}", flush=True)
            traceback.print_exc()
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
