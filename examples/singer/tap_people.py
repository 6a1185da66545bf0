#!/usr/bin/env python3
"""A Singer tap of made-up people, in the place of yours: it prints a schema, records and a state."""

import json
import sys

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "email": {"type": ["null", "string"]},
        "given_name": {"type": ["null", "string"]},
        "job": {"type": ["null", "string"]},
    },
}


def emit(kind: str, **message: object) -> None:
    print(json.dumps({"type": kind, **message}))


def discover() -> None:
    stream = {"tap_stream_id": "people", "stream": "people", "schema": SCHEMA, "metadata": []}
    print(json.dumps({"streams": [stream]}))


def sync() -> None:
    emit("SCHEMA", stream="people", schema=SCHEMA, key_properties=["id"])
    for number in range(1, 6):
        person = {
            "id": number,
            "email": f"person{number}@company{number}.example",
            "given_name": f"Person {number}",
            "job": None if number == 5 else "Analyst",
        }
        emit("RECORD", stream="people", record=person)
    emit("STATE", value={"bookmarks": {"people": {"id": 5}}})


discover() if "--discover" in sys.argv else sync()
