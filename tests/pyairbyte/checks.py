"""What real PyAirbyte does with the executable, checked at the emulator and in the states that come back.

Arguments: the executable, the URL of the emulator's API, and a folder for what is written.
"""
import faulthandler
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

EXECUTABLE, API, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])
HERE = Path(__file__).parent
CONTROL = API.removesuffix("/api/v1") + "/__emulator/"
PEOPLE = 20_000
LATER = 137
CREDENTIALS = {"auth_type": "api_key", "api_key": "emulator-key"}

# What hangs says where, and ends.
faulthandler.dump_traceback_later(1_200, exit=True)
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["AIRBYTE_OFFLINE_MODE"] = "1"
os.environ["DO_NOT_TRACK"] = "1"

import airbyte  # noqa: E402
import yaml  # noqa: E402
from airbyte.caches import DuckDBCache  # noqa: E402


def emulator(path, method="GET", body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(CONTROL + path, data=data, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def contacts():
    entries, page = {}, 1
    while True:
        found = emulator(f"state?of=contacts&page={page}&per_page=5000")["entries"]
        if not found:
            return entries
        entries.update({each["email"]: each for each in found})
        page += 1


def config(**keys):
    return {
        "credentials": CREDENTIALS,
        "api_base_url": API,
        "rate_limits": {"plan": "custom", "per_minute": 1_000_000, "per_hour": 1_000_000, "per_day": 1_000_000},
        "rejects": {"path": str(FOLDER / "rejects.jsonl")},
        **keys,
    }


PEOPLE_STREAM = {
    "name": "contacts",
    "object": "contacts",
    "primary_key": "id",
    "mapping": [
        {"to": "email", "from": "email"},
        {"to": "first_name", "from": "given_name"},
        {"to": "last_name", "from": "family_name"},
        {"to": "title", "from": "job"},
        {"to": "organization_name", "from": "employer"},
    ],
}


def check(what, condition, detail=""):
    print(f"{'ok  ' if condition else 'FAIL'} {what}{'' if condition else f': {detail}'}", flush=True)
    if not condition:
        sys.exit(1)


def pyab(*arguments):
    program = Path(sys.executable).parent / "pyab"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def metadata():
    from airbyte_connector_models.metadata.v0.connector_metadata_definition_v0 import ConnectorMetadataDefinitionV0

    found = ConnectorMetadataDefinitionV0.model_validate(yaml.safe_load(Path("metadata.yaml").read_text()))
    check("metadata.yaml is what Airbyte's registry takes", found.data.supports_data_activation is True, found)


def validate():
    path = FOLDER / "config.json"
    path.write_text(json.dumps(config(streams=[PEOPLE_STREAM])))
    result = pyab("validate", f"--connector={EXECUTABLE}", f"--config={path}")
    check("pyab validate accepts spec and check", result.returncode == 0, result.stdout + result.stderr)
    path.write_text(json.dumps({**config(), "credentials": {"auth_type": "api_key", "api_key": "wrong"}}))
    result = pyab("validate", f"--connector={EXECUTABLE}", f"--config={path}")
    check("pyab validate refuses a wrong key", result.returncode != 0, result.stdout)


def source(count):
    return airbyte.get_source(
        "source-people",
        config={"count": count, "state_every": 1_500},
        local_executable=str(HERE / "source_people.py"),
        streams="*",
    )


def destination(**keys):
    return airbyte.get_destination("destination-apollo", config=config(**keys), local_executable=EXECUTABLE)


def states_of(result):
    return [each.model_dump(by_alias=True) for each in result.get_state_provider().state_message_artifacts]


def sync():
    cache = DuckDBCache(db_path=FOLDER / "state.duckdb", schema_name="people")
    target = destination(streams=[PEOPLE_STREAM])
    result = target.write(source(PEOPLE), cache=False, state_cache=cache)
    found = contacts()
    check(f"{PEOPLE} people are at the emulator", len(found) == PEOPLE, len(found))
    some = found["person2@company2.example"]
    check("with their names, U+2028 and all", some["first_name"] == "Ren\u2028é", some["first_name"])
    check("and their employers", some["organization_name"] == "Company 2", some)
    state = states_of(result)[-1]["stream"]["stream_state"]
    check("the last state came back", state == {"id": PEOPLE}, state)

    emulator("requests", "DELETE")
    result = target.write(source(PEOPLE + LATER), cache=False, state_cache=cache)
    check("the second sync begins where the first ended", len(contacts()) == PEOPLE + LATER, len(contacts()))
    calls = emulator("counts")["counts"]["contacts/bulk_create"]["200"]
    check("and sends the new rows only", calls == 2, calls)
    check("it read as many", result.processed_records == LATER, result.processed_records)
    state = states_of(result)[-1]["stream"]["stream_state"]
    check("its state came back", state == {"id": PEOPLE + LATER}, state)


def replay():
    emulator("reset", "POST", {})
    cache = DuckDBCache(db_path=FOLDER / "replay.duckdb", schema_name="people")
    read = source(300).read(cache=cache)
    result = destination(streams=[PEOPLE_STREAM]).write(read, state_cache=False)
    check("a cache can be replayed", len(contacts()) == 300, len(contacts()))
    check("with as many records", result.processed_records == 300, result.processed_records)


def refusal():
    emulator("reset", "POST", {})
    try:
        destination(streams=[{**PEOPLE_STREAM, "name": "others", "object": "accounts", "mapping": []}]).write(
            airbyte.get_source(
                "source-smoke-test", local_executable="source-smoke-test", config={"scenario_filter": ["basic_types"]},
                streams="*",
            ),
            cache=False,
            state_cache=False,
        )
    except Exception as error:  # noqa: BLE001
        text = f"{error} {error.__cause__} {getattr(error, 'original_exception', '')}"
        check("a stream that cannot be served fails the sync", True)
        check("and nothing was sent", emulator("state")["contacts"] == 0, text)
        return
    check("a stream that cannot be served fails the sync", False)


def smoke():
    """A destination that writes to two fixed objects needs to be told what 23 odd streams become: contacts, by an id."""
    emulator("reset", "POST", {})
    from airbyte.cli.smoke_test_source._scenarios import PREDEFINED_SCENARIOS, get_scenario_records

    def stream(scenario):
        columns = list(scenario["json_schema"]["properties"])
        title = [{"to": "title", "from": columns[1]}] if scenario["name"] in TITLES else []
        return {
            "name": scenario["name"],
            "object": "contacts",
            "primary_key": columns[0],
            "mapping": [{"to": "hubspot_id", "from": columns[0]}, *title],
        }

    streams = [stream(each) for each in PREDEFINED_SCENARIOS]
    # The preflight is basic_types under another name.
    streams.append({**streams[0], "name": "_preflight_basic_types"})
    path = FOLDER / "smoke.json"
    path.write_text(json.dumps(config(streams=streams)))
    result = pyab("destination-smoke-test", f"--destination={EXECUTABLE}", f"--config={path}", "--scenarios=all")
    check("pyab destination-smoke-test succeeds", result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:])
    report = json.loads(result.stdout[result.stdout.index("{") :])
    check("it delivered every record", report["success"] and report["records_delivered"] > 1_000, report)
    held = emulator("state")["contacts"]
    first = [(each, next(iter(each["json_schema"]["properties"]))) for each in PREDEFINED_SCENARIOS]
    ids = {str(record[key]) for each, key in first for record in get_scenario_records(each)}
    check(f"the emulator holds a contact for each of {len(ids)} ids", held == len(ids), held)
    check("and nothing was rejected", not (FOLDER / "rejects.jsonl").exists())


# Scenarios whose second column is text that a job title can hold.
TITLES = {"basic_types", "unicode_and_special_strings", "duplicate_primary_keys", "large_decimals_and_numbers"}

metadata()
validate()
sync()
replay()
refusal()
smoke()
check("nothing was asked of the emulator that is not documented", emulator("violations")["violations"] == [])
