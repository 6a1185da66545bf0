#!/usr/bin/env python3
"""A source of made-up people that speaks the Airbyte protocol, without a CDK: what it prints is what is tested.

One incremental stream, `contacts`. Config: `count` (people), `state_every` (records between states). It goes on after
the id in its state.
"""
import json
import sys
import time

COLUMNS = {
    "id": {"type": "integer"},
    "email": {"type": "string"},
    "given_name": {"type": "string"},
    "family_name": {"type": "string"},
    "job": {"type": ["null", "string"]},
    "employer": {"type": "string"},
    "seen_at": {"type": "string", "format": "date-time"},
}
FIRST = ["Zoë", "Émile", "Ren\u2028é", "Ana", "李", "Olu", "Priya", "Björn"]
LAST = ["O'Neil", "Nuñez", "Smith", "Å", "García", "van Dyk"]


def emit(message):
    print(json.dumps(message, ensure_ascii=False), flush=False)


def person(number):
    return {
        "id": number,
        "email": f"person{number}@company{number % 997}.example",
        "given_name": FIRST[number % len(FIRST)],
        "family_name": LAST[number % len(LAST)],
        "job": None if number % 5 == 0 else f"Analyst {number % 40}",
        "employer": f"Company {number % 997}",
        "seen_at": f"2026-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}Z",
    }


def state(number):
    return {
        "type": "STATE",
        "state": {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "contacts"}, "stream_state": {"id": number}},
        },
    }


def discover():
    stream = {
        "name": "contacts",
        "json_schema": {"type": "object", "properties": COLUMNS},
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": ["id"],
        "source_defined_primary_key": [["id"]],
    }
    emit({"type": "CATALOG", "catalog": {"streams": [stream]}})


def read(config, previous):
    emit({"type": "LOG", "log": {"level": "INFO", "message": "reading"}})
    last = 0
    for entry in previous:
        last = entry.get("stream", {}).get("stream_state", {}).get("id", last)
    for number in range(last + 1, config["count"] + 1):
        record = {"stream": "contacts", "data": person(number), "emitted_at": int(time.time() * 1000)}
        emit({"type": "RECORD", "record": record})
        if number % config["state_every"] == 0:
            emit(state(number))
    emit(state(max(last, config["count"])))


def option(name):
    return json.load(open(sys.argv[sys.argv.index(name) + 1], encoding="utf-8")) if name in sys.argv else None


def main():
    command = sys.argv[1]
    if command == "spec":
        schema = {"type": "object", "properties": {"count": {"type": "integer"}, "state_every": {"type": "integer"}}}
        emit({"type": "SPEC", "spec": {"connectionSpecification": schema}})
    elif command == "check":
        emit({"type": "CONNECTION_STATUS", "connectionStatus": {"status": "SUCCEEDED"}})
    elif command == "discover":
        discover()
    else:
        read(option("--config"), option("--state") or [])


main()
