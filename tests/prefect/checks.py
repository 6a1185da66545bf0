"""What Prefect makes of examples/prefect, with real processes against the emulator. Called by run.mjs."""

import json
import sys
import traceback
import urllib.request
from pathlib import Path

from apollo_sync import apollo_sync
from prefect.testing.utilities import prefect_test_harness

(URL,) = sys.argv[1:]


def control(path: str, body: dict) -> None:
    data = json.dumps(body).encode()
    request = urllib.request.Request(
        f"{URL.removesuffix('/api/v1')}/__emulator/{path}", method="POST", data=data, headers={"content-type": "application/json"}
    )
    urllib.request.urlopen(request).read()


def ran(table: str = "marts.contacts", **more):
    """The state in which a run of the flow ends."""
    stream = {
        "name": "contacts",
        "table": table,
        "object": "contacts",
        "mapping": [{"to": "email", "from": "work_email"}, {"to": "first_name", "from": "given_name"}],
    }
    config = {
        "api_base_url": URL,
        "source": {"type": "duckdb", "database": "warehouse.duckdb"},
        "streams": [stream],
        "state": {"type": "none"},
        **more,
    }
    Path("sync.yaml").write_text(json.dumps(config))
    return apollo_sync("sync.yaml", return_state=True)


def a_run_ends_well_and_returns_its_summary() -> None:
    state = ran()
    assert state.is_completed() and state.name == "Completed", state
    (stream,) = state.result()["streams"]
    assert (stream["read"], stream["created"], stream["rejected"]) == (300, 298, 2), stream


def a_deferred_run_ends_well_and_says_so() -> None:
    match = {"path": "contacts/bulk_create", "nth": 1}
    control("trouble", {"match": match, "fault": {"kind": "status", "status": 429, "retryAfterSeconds": 3600}})
    state = ran(rate_limits={"max_wait_seconds": 0})
    assert state.is_completed() and state.name == "Deferred", state
    assert "Some rows are left until 20" in state.message, state.message


def a_refused_configuration_fails_the_flow_with_its_message() -> None:
    state = ran(table="marts.nowhere")
    assert state.is_failed(), state
    assert "exit code 2" in state.message and "nowhere" in state.message, state.message


def main() -> int:
    cases = [
        a_run_ends_well_and_returns_its_summary,
        a_deferred_run_ends_well_and_says_so,
        a_refused_configuration_fails_the_flow_with_its_message,
    ]
    failed = 0
    for case in cases:
        control("reset", {})
        try:
            case()
            print(f"ok    {case.__name__.replace('_', ' ')}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL  {case.__name__.replace('_', ' ')}", flush=True)
            traceback.print_exc()
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    with prefect_test_harness(server_startup_timeout=300):
        code = main()
    sys.exit(code)
