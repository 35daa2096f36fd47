"""The AsyncAPI documents have an example of each event, which its contract takes, and texts for a reader outside."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator

from deploy.services import SERVICES
from shared.envelope.event import contracts


def test_each_event_has_texts_and_an_example_that_its_contract_takes(served: dict[str, Any]) -> None:
    for service in SERVICES:
        document = served[f"{service}.asyncapi.json"]
        assert document["info"]["license"]["name"] == "Apache-2.0"
        assert all(server["description"] for server in document["servers"].values())
        messages = document["components"]["messages"].values()
        assert messages
        for message in messages:
            (example,) = message["examples"]
            name = message["name"]
            assert example["headers"]["ce_type"] == name
            Draft202012Validator(message["headers"]).validate(example["headers"])
            schema = message["payload"] | {"components": document["components"]}
            Draft202012Validator(schema).validate(example["payload"])
            contracts()[name].model_validate_json(json.dumps(example["payload"]))
            assert message["summary"]
            assert not re.search(r"\bR\d", message["description"] + message["summary"]), name
        assert all(one["summary"] and one["description"] for one in document["operations"].values())
        assert all(one["description"] for one in document["channels"].values())
