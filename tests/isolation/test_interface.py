"""Isolation's interface: what OpenAPI says of it, and what it makes of bad input (issue: each has its answer)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.base.ids import new_id
from shared.envelope.event import encode
from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import AREA, TODAY, isolated, journey, town


async def test_without_a_token_only_a_notice_can_be_verified(service: MakeService) -> None:
    here = await town(service)
    stranger = here.service.client()
    for path in ("/v1/cases", f"/v1/cases/{here.case_id}", "/v1/measurements"):
        refused = await stranger.get(path)
        assert (refused.status_code, refused.json()["code"]) == (401, "access.token_missing")


async def test_a_forged_or_expired_token_opens_nothing(
    service: MakeService, mint: Callable[..., str], tmp_path: Path
) -> None:
    here = await town(service)
    client = here.service.client()
    forged = Issuer.at(tmp_path / "another").mint("doctor", area="/")
    expired = mint("doctor", area="/", hours=-1)
    for token, code in ((forged, "access.key_unknown"), (expired, "access.token_expired"), ("x.y.z", "access.token")):
        refused = await client.get("/v1/cases", headers={"Authorization": f"Bearer {token}"})
        assert refused.status_code == 401
        assert refused.json()["code"].startswith(code)
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "change",
    [
        {"case_id": "1"},
        {"case_id": "-" * 36},
        {"resident_id": None},
        {"kind": "hospital"},
        {"reason": " "},
        {"reason": "x" * 201},
        {"starts_on": "tomorrow"},
        {"starts_on": "2026-02-30"},
        {"length_days": "two weeks"},
        {"length_days": 7.5},
        {"priority": "high"},
    ],
)
async def test_an_order_that_cannot_be_read_names_the_field(service: MakeService, change: dict[str, Any]) -> None:
    here = await town(service)
    refused = await here.order(**change)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    assert refused.json()["errors"][0]["where"] == f"body.{next(iter(change))}"
    assert await here.service.emitted() == []


async def test_text_that_no_store_can_keep_is_refused(service: MakeService) -> None:
    here = await town(service)
    body = b'{"extension_id": "%s", "days": 1, "reason": "\\ud800\\ud800"}' % new_id().encode()
    headers = {"content-type": "application/json"}
    refused = await here.doctor.post(f"/v1/cases/{here.case_id}/extension", content=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_a_body_of_ten_megabytes_is_refused(service: MakeService) -> None:
    here = await town(service)
    refused = await here.order(reason="x" * (10 << 20))
    assert (refused.status_code, refused.json()["code"]) == (413, "request.too_large")


async def test_an_unknown_case_is_not_found_under_any_name(service: MakeService) -> None:
    here = await town(service)
    refused = await here.doctor.get(f"/v1/cases/{new_id()}")
    assert (refused.status_code, refused.json()["code"]) == (404, "isolation.no_such_case")
    for no_id in ("nobody", "%00", "x" * 3000):
        refused = await here.doctor.get(f"/v1/cases/{no_id}")
        assert refused.status_code == 422


async def test_a_message_of_an_unknown_version_is_put_aside_and_harms_no_neighbour(service: MakeService) -> None:
    here = await town(service)
    good = here.service.stamp(journey(here.resident_id, TODAY))
    newer = encode(here.service.stamp(journey(new_id(), TODAY)))
    headers = [(n, b"registration.JourneyDeclared.v9" if n == "ce_type" else v) for n, v in newer.headers]
    strange = here.service._record(newer.topic, newer.key, newer.value, headers)
    broken = here.service._record(newer.topic, newer.key, b"{", newer.headers)
    await here.service.receive_records([strange, broken, here.service.record(good)])
    assert len(await here.emitted(events.CaseOpened)) == 1


async def test_the_area_of_a_token_bounds_what_is_listed(service: MakeService) -> None:
    here = await isolated(service)
    for area, count in (("/", 1), ("/jinhe", 1), (AREA, 1), (f"{AREA}/a1/g02", 0)):
        client = here.service.client("community", area=area)
        assert len((await client.get("/v1/cases")).json()["items"]) == count
