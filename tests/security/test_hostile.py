"""Dates, numbers and texts beyond what a program can bear: refused with a reason, never an error of ours."""

import base64
import importlib
import json
from contextlib import suppress
from typing import Any

import jwt
import pytest

from deploy.launcher.secrets.issuer import Issuer
from deploy.services import SERVICES
from shared.base.errors import Unauthenticated
from shared.web.access import Access, Role
from shared.web.pages import _cursor as cursor
from tests.access.table import OPERATIONS, ROUTES
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import Gate, scan
from tests.conftest import MakeService
from tests.security.hostile import calls
from tests.support.service import AREA

CURSORS = (
    "x",
    "/x",
    '["x"]',
    '["x", {}, false]',
    '[{"$gt": ""}, "x", false]',
    '["x", "x", true]',
    '["0001-01-01T00:00:00+14:00", "x", true]',
    "0001-01-01T00:00:00+14:00/x",
    "9999-12-31T23:59:59-14:00/x",
    "2026-01-01T00:00:00/x",
    "9" * 400,
    "\0",
)
BEYOND = 10**400
CLAIMS: dict[str, list[Any]] = {
    "exp": [BEYOND, -BEYOND, "x", [], {}, None, True, float("inf"), float("nan"), str(BEYOND)],
    "iat": [BEYOND, "x", [], float("inf")],
    "nbf": [BEYOND, "x", [], float("-inf")],
    "sub": [BEYOND, [], {}, None, "\0", "\ud800"],
    "iss": [[], {}, None, BEYOND],
    "aud": [[], {}, None, BEYOND, [[]]],
    "roles": [BEYOND, "city", {}, [[]], [None]],
    "area": [BEYOND, [], None, "", "\0"],
    "gate": [BEYOND, [], {}],
    "serial": [BEYOND, -BEYOND, "x", [], True],
}


@pytest.mark.parametrize("name", list(SERVICES))
async def test_no_value_in_a_query_a_header_or_a_body_is_an_error_of_ours(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    made.feed_replicas()
    table, wrong = ROUTES[name] | OPERATIONS, set()
    roles = sorted(role for allowed in table.values() for role in allowed if role)
    async with made.client(*set(roles), area=AREA, subject="person", gate="gate-1") as client:
        for call in calls(made.app.openapi()):
            if call.url.startswith("/health/"):
                continue
            headers = call.headers | {"content-type": "application/json"}
            answer = await client.request(call.method, call.url, content=call.body, headers=headers)
            if answer.status_code >= 500:
                sent = f"{call.headers} {(call.body or b'')[:300]!r}"
                wrong.add(f"{answer.status_code} {call.method} {call.url[:160]} {sent}")
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("name", list(SERVICES))
async def test_no_cursor_that_no_list_made_is_an_error_of_ours(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    made.feed_replicas()
    wrong = set()
    async with made.client(*Role, area=AREA, subject="person", gate="gate-1") as client:
        for path, methods in made.app.openapi()["paths"].items():
            parameters = {one["name"]: one["schema"] for one in methods.get("get", {}).get("parameters", ())}
            for sort in parameters.get("sort", {"enum": [""]})["enum"] if "after" in parameters else ():
                asked = {"gate_id": "gate-1", "resident_id": "r"} | ({"sort": sort} if sort else {})
                for position in CURSORS:
                    answer = await client.get(path, params=asked | {"after": cursor(path, sort, position)})
                    if answer.status_code >= 500:
                        wrong.add(f"{answer.status_code} {path} {sort} {position[:60]!r} {answer.text[:200]}")
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("claim", CLAIMS)
async def test_no_claim_of_a_token_is_an_error_of_ours(issuer: Issuer, claim: str) -> None:
    good = jwt.decode(issuer.mint("city", area="/"), options={"verify_signature": False})
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    for value in CLAIMS[claim]:
        token = signed(issuer, good | {claim: value})
        with suppress(Unauthenticated):
            assert (await access.principal(token)).subject


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
async def test_a_scan_with_a_time_beyond_all_calendars_harms_no_neighbour(gate: Gate, time: str) -> None:
    first, second = await gate.answers([scan(at=time), scan()])
    assert first["error"]["code"] == "checkpoint.invalid_scan"
    assert second["verdict"] == "allow"
    refused = await gate.post_many([scan()], {"Lastmetre-Device-Time": time})
    assert (refused.status_code, refused.json()["code"]) == (400, "checkpoint.device_time")


async def test_a_day_beyond_all_calendars_is_refused_with_its_name(service: MakeService) -> None:
    isolation = importlib.import_module("services.isolation.main")
    made = await service(isolation.build, importlib.import_module("services.isolation.settings").Settings)
    async with made.client("doctor") as client:
        answer = await client.post("/v1/cases", json={"starts_on": "9999-12-31"})
    assert answer.status_code == 422
    assert "body.starts_on" in {one["where"] for one in answer.json()["errors"]}


def signed(issuer: Issuer, claims: dict[str, Any]) -> str:
    """Return a token with any claims: a library would refuse to sign some of them."""
    head = {"alg": "EdDSA", "typ": "JWT", "kid": issuer._public["kid"]}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims)]
    message = b".".join(parts)
    signature = base64.urlsafe_b64encode(issuer._key.sign(message)).rstrip(b"=")
    return b".".join((message, signature)).decode()
