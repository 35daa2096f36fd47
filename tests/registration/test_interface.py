"""Registration's interface: what OpenAPI says of it, who is let in, and what it makes of bad input."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.base.ids import new_id
from shared.envelope.event import encode
from shared.events.registration import StandingChanged
from tests.conftest import MakeService
from tests.registration.office import GRID, office
from tests.registration.resident import resident

JSON = {"content-type": "application/json"}
RESIDENT_ID = "01a20cd9-9814-74c2-809f-e5d8fcdae1bd"


async def test_without_a_token_nothing_opens(service: MakeService) -> None:
    here = await office(service)
    stranger = here.service.client()
    for method, path in (
        ("GET", "/v1/places"),
        ("GET", "/v1/residents"),
        ("POST", "/v1/imports/residents"),
        ("GET", f"/v1/residents/{new_id()}/code"),
        ("POST", f"/v1/codes/{new_id()}/revoke"),
        ("POST", "/v1/colour-orders"),
        ("POST", f"/v1/colour-orders/{new_id()}/approve"),
        ("GET", "/v1/appeals"),
        ("GET", "/v1/risk-regions/2026-02-10"),
    ):
        refused = await stranger.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (401, "access.token_missing")


async def test_a_forged_or_expired_token_opens_nothing(
    service: MakeService, mint: Callable[..., str], tmp_path: Path
) -> None:
    here = await office(service)
    client = here.service.client()
    forged = Issuer.at(tmp_path / "another").mint("city", area="/")
    expired = mint("city", area="/", hours=-1)
    for token, code in ((forged, "access.key_unknown"), (expired, "access.token_expired"), ("a.b.c", "access.token")):
        refused = await client.get("/v1/residents", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert refused.json()["code"].startswith(code)
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/places"),
        ("PUT", f"/v1/places/keepers?path={GRID}"),
        ("POST", "/v1/residents/find"),
        ("PUT", "/v1/contacts/keeper-01"),
        ("POST", "/v1/journeys"),
        ("POST", f"/v1/residents/{RESIDENT_ID}/printed-codes"),
        ("POST", "/v1/colour-orders"),
        ("POST", f"/v1/residents/{RESIDENT_ID}/appeals"),
        ("POST", f"/v1/appeals/{RESIDENT_ID}/uphold"),
    ],
)
async def test_what_is_no_json_object_is_a_problem(service: MakeService, method: str, path: str) -> None:
    here = await office(service)
    for body in (b"{", b"\xff\xfe", b"[]", b"null", b'"text"', b""):
        refused = await here.clerk.request(method, path, content=body, headers=JSON)
        assert refused.status_code in (400, 422), body
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["detail"]


async def test_text_that_no_store_can_keep_is_refused(service: MakeService) -> None:
    here = await office(service)
    body = b'{"level": "compound", "code": "p07", "name": "\\ud800", "parent": "%s"}' % GRID.encode()
    refused = await here.clerk.post("/v1/places", content=body, headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_a_body_of_ten_megabytes_is_refused(service: MakeService) -> None:
    here = await office(service)
    regions = {"regions": {f"region-{n}": "high" for n in range(500_000)}}
    refused = await here.city.put("/v1/risk-regions/2026-02-10", json=regions)
    assert (refused.status_code, refused.json()["code"]) == (413, "request.too_large")
    assert "split it" in refused.json()["detail"]


@pytest.mark.parametrize("limit", [0, -1, 1001, "all"])
async def test_a_page_has_a_limit(service: MakeService, limit: Any) -> None:
    here = await office(service)
    for path in ("/v1/places", "/v1/residents", "/v1/journeys", "/v1/colour-orders", "/v1/appeals"):
        refused = await here.clerk.get(path, params={"limit": limit})
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_names_that_are_none_are_not_found_or_refused_and_never_an_error(service: MakeService) -> None:
    here = await office(service)
    for name in ("nobody", "%00", "..", "x" * 3000, "$where"):
        for path in (f"/v1/residents/{name}", f"/v1/journeys/{name}", f"/v1/imports/{name}", f"/v1/appeals/{name}"):
            assert (await here.clerk.get(path)).status_code in (404, 422)
    for person_id in ("a b", "x" * 65, "%00"):
        refused = await here.clerk.put(f"/v1/contacts/{person_id}", json={"phone": "13800138000"})
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_a_message_that_cannot_be_read_is_put_aside_and_harms_no_neighbour(service: MakeService) -> None:
    one = await resident(service)
    town = one.here.service
    good, other = (encode(town.stamp(one.open_case(case_id))) for case_id in (one.case_id, new_id()))
    newer = [(n, b"isolation.CaseOpened.v9" if n == "ce_type" else v) for n, v in other.headers]
    records = [
        town._record(other.topic, other.key, other.value, newer),
        town._record(other.topic, other.key, b"{", other.headers),
        town._record(good.topic, good.key, good.value, good.headers),
    ]
    await town.receive_records(records)
    (event,) = await town.emitted(StandingChanged)
    assert event.evidence == one.case_id
