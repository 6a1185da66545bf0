"""A plain destination on Airbyte's Python CDK: five fields, 100 records a call, states echoed once their records are sent."""

import json
import resource
import sys
from typing import Any, Iterable, Mapping

import requests
from airbyte_cdk.destinations import Destination
from airbyte_cdk.models import (
    AirbyteConnectionStatus,
    AirbyteMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    Status,
    Type,
)

FIELDS = ("email", "first_name", "last_name", "title", "organization_name")


class Plain(Destination):
    # The CDK would read it from a file beside the package of a connector.
    def spec(self, logger: Any) -> ConnectorSpecification:
        return ConnectorSpecification(connectionSpecification={})

    def check(self, logger: Any, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED)

    def write(
        self,
        config: Mapping[str, Any],
        configured_catalog: ConfiguredAirbyteCatalog,
        input_messages: Iterable[AirbyteMessage],
    ) -> Iterable[AirbyteMessage]:
        session = requests.Session()
        batch: list[dict[str, Any]] = []

        def send() -> None:
            if not batch:
                return
            answer = session.post(
                f"{config['api_base_url']}/contacts/bulk_create",
                json={"run_dedupe": True, "contacts": batch},
                headers={"x-api-key": "emulator-key"},
                timeout=60,
            )
            answer.raise_for_status()
            told = {contact["email"] for contact in answer.json()["created_contacts"]}
            missing = [contact for contact in batch if contact["email"] not in told]
            if missing:
                raise RuntimeError(f"{len(missing)} records were not confirmed")
            batch.clear()

        for message in input_messages:
            if message.type == Type.RECORD:
                data = message.record.data
                batch.append({name: data[name] for name in FIELDS if data.get(name) is not None})
                if len(batch) == 100:
                    send()
            elif message.type == Type.STATE:
                send()
                yield message
        send()


if __name__ == "__main__":
    Plain().run(sys.argv[1:])
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"cpu": used.ru_utime + used.ru_stime, "peakMb": used.ru_maxrss / 1024}
    print(json.dumps(told), file=sys.stderr)
