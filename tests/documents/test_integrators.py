"""docs/integrators.md is true: its addresses, parameters, bodies, topics and Python are those of the services."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.launcher.processes.child import ROOT
from shared.envelope.event import contracts
from tests.documents.integrators import PAGE, blocks
from tests.documents.record import FOLDER

SERVICES = {"REGISTRATION": "registration", "CHECKPOINT": "checkpoint"}
_CALL = re.compile(r'call "\$(REGISTRATION|CHECKPOINT)([^"]*)"([^|)\n]*(?:"[^"\n]*(?:\\"[^"\n]*)*")?)')
_VALUE = re.compile(r"\$\((?:uuid7|date [^)]*)\)|\$\w+")


class Call(NamedTuple):
    service: str
    method: str
    path: str
    parameters: list[str]
    body: Any


def _calls() -> Iterator[Call]:
    text = "\n".join(block.text for block in blocks() if block.language == "bash")
    scans = re.findall(r'^SCAN=(".*")$', text, re.MULTILINE)
    for variable, address, rest in _CALL.findall(text):
        rest = rest.replace('"$SCAN"', scans[0])
        body = re.search(r"--json ('[^']*'|\"(?:[^\"\\]|\\.)*\")", rest)
        stated = json.loads(_filled(shlex.split(body[1])[0])) if body else None
        verb = re.search(r"--request (\w+)", rest)
        method = verb[1] if verb else "POST" if "--json" in rest or "--form" in rest else "GET"
        url = urlsplit(address)
        yield Call(SERVICES[variable], method.lower(), url.path, list(parse_qs(url.query)), stated)


def _filled(text: str) -> str:
    values = {"$(u": "019c4548-08d2-7864-86c7-ce84312b1905", "$(d": "2026-02-10T09:00:00Z"}
    return _VALUE.sub(lambda match: values.get(match[0][:3], "value"), text)


def _operation(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    document = json.loads((FOLDER / f"{call.service}.openapi.json").read_text(encoding="utf-8"))
    for path, operations in document["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, call.path) and call.method in operations:
            return document, operations[call.method]
    pytest.fail(f"no such operation: {call}")


def test_every_call_of_the_page_is_an_operation_with_its_parameters_and_its_body() -> None:
    made = list(_calls())
    assert len(made) >= 12
    wrong = []
    for call in made:
        document, operation = _operation(call)
        known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
        wrong += [name for name in call.parameters if name not in known]
        if call.body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            Draft202012Validator(schema | {"components": document["components"]}).validate(call.body)
    assert wrong == ["whithin"]  # the page shows what is refused


def test_every_topic_and_every_event_of_the_page_exists() -> None:
    text = PAGE.read_text(encoding="utf-8")
    topics = {one["name"] for one in yaml.safe_load((ROOT / "deploy/topics.yaml").read_text())["topics"]}
    named = set(re.findall(r"\b[a-z]+\.[a-z-]+\.v\d\b", text))
    assert named
    assert named <= topics
    types = set(re.findall(r"\b(?!shared)[a-z]+\.[A-Z]\w+\.v\d\b", text))
    assert types
    assert types <= contracts().keys()


def test_the_python_of_the_page_can_be_read_and_asks_known_addresses() -> None:
    paths = json.loads((FOLDER / "registration.openapi.json").read_text(encoding="utf-8"))["paths"]
    programs = [block.text for block in blocks() if block.language == "python"]
    assert len(programs) == 3
    for program in programs:
        ast.parse(program)
        assert all(path in paths for path in re.findall(r'"(/v1/[^"]*)"', program))
