"""Codes one by one: what is kept of them, and how one is revoked while the others stay good (R1.9)."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.registration import CodeRevoked
from tests.conftest import MakeService
from tests.registration.resident import Resident, resident
from tests.registration.test_codes import verifier
from tests.support.service import MORNING


async def issued(one: Resident, client: Any = None) -> dict[str, Any]:
    """The code that the resident's phone shows now."""
    answer = await (client or one.here.clerk).get(f"/v1/residents/{one.resident_id}/code")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def valid(one: Resident) -> list[str]:
    """The ids of the codes that are valid now, the newest first."""
    listed = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/codes")).json()["items"]
    return [code["code_id"] for code in listed]


async def revoke(one: Resident, code_id: str, client: Any = None, **changes: Any) -> Any:
    body = {"reason": "copied", "note": "seen twice"} | changes
    return await (client or one.here.clerk).post(f"/v1/codes/{code_id}/revoke", json=body)


async def test_a_code_carries_an_id_of_its_own_by_which_it_is_listed_until_it_expires(
    service: MakeService, tmp_path: Path
) -> None:
    one = await resident(service)
    first = await issued(one)
    assert verifier(tmp_path).verify(first["code"], MORNING).code_id == first["code_id"]
    one.here.service.clock.advance(timedelta(minutes=10))
    second = await issued(one)
    assert await valid(one) == [second["code_id"], first["code_id"]]
    one.here.service.clock.advance(timedelta(minutes=5))
    assert await valid(one) == [second["code_id"]]
    (listed,) = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/codes")).json()["items"]
    assert listed == {
        "code_id": second["code_id"],
        "colour": "green",
        "issued_at": "2026-02-10T01:10:00Z",
        "expires_at": "2026-02-10T01:25:00Z",
        "printed": False,
    }


async def test_a_phone_that_asks_again_within_a_minute_gets_the_same_code(service: MakeService) -> None:
    one = await resident(service)
    first = await issued(one)
    one.here.service.clock.advance(timedelta(seconds=59))
    assert await issued(one) == first
    one.here.service.clock.advance(timedelta(seconds=1))
    assert await issued(one) != first
    assert len(await valid(one)) == 2


async def test_a_code_of_another_colour_or_a_revoked_one_is_never_reused(service: MakeService) -> None:
    one = await resident(service)
    green = await issued(one)
    await one.here.service.receive(one.open_case())
    red = await issued(one)
    assert (red["colour"], red["code_id"] != green["code_id"]) == ("red", True)
    await revoke(one, red["code_id"])
    assert (await issued(one))["code_id"] not in (red["code_id"], green["code_id"])


async def test_what_is_kept_of_codes_goes_by_itself_a_day_after_they_expire(service: MakeService) -> None:
    one = await resident(service)
    plain = await issued(one)
    one.here.service.clock.advance(timedelta(minutes=1))
    revoked = await issued(one)
    await revoke(one, revoked["code_id"])
    kept = {row["_id"]: row["gone_at"] async for row in one.here.service.database["codes"].find()}
    minute = timedelta(minutes=1)
    for code, days in ((plain, 1), (revoked, 180)):
        stays = kept[code["code_id"]] - datetime.now(UTC)
        assert timedelta(days=days) < stays < timedelta(days=days) + 16 * minute


async def test_one_code_is_revoked_and_the_others_stay_good(service: MakeService) -> None:
    one = await resident(service)
    bad = await issued(one)
    one.here.service.clock.advance(timedelta(minutes=2))
    good = await issued(one)
    answer = await revoke(one, bad["code_id"])
    assert answer.status_code == 200
    revoked = {"code_id": bad["code_id"], "reason": "copied", "revoked_by": "office-liu"}
    assert revoked.items() <= answer.json().items()
    (event,) = await one.here.service.emitted(CodeRevoked)
    now = MORNING + timedelta(minutes=2)
    assert (event.code_id, event.resident_id, event.reason) == (bad["code_id"], one.resident_id, "copied")
    assert (event.revoked_at, event.expires_at) == (now, MORNING + timedelta(minutes=15))
    assert event.area_path == (await one.here.find_resident())["area_path"]
    assert await valid(one) == [good["code_id"]]


async def test_to_revoke_a_code_again_changes_nothing_whatever_the_reason(service: MakeService) -> None:
    one = await resident(service)
    code = await issued(one)
    answers = await asyncio.gather(*(revoke(one, code["code_id"]) for _ in range(3)))
    one.here.service.clock.advance(timedelta(hours=1))
    answers += [await revoke(one, code["code_id"], reason="lost")]
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(await one.here.service.emitted(CodeRevoked)) == 1


async def test_a_code_that_has_expired_is_not_revoked(service: MakeService) -> None:
    one = await resident(service)
    code = await issued(one)
    one.here.service.clock.advance(timedelta(minutes=15))
    refused = await revoke(one, code["code_id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.code_expired")
    assert await one.here.service.emitted(CodeRevoked) == []


async def test_residents_revoke_their_own_codes_alone(service: MakeService) -> None:
    one = await resident(service)
    other = Resident(one.here, await one.here.resident(2))
    own = one.here.service.client("resident", area="/", subject=one.resident_id)
    mine, theirs = await issued(one, own), await issued(other)
    assert (await revoke(one, mine["code_id"], own)).status_code == 200
    for client in (own, one.here.elsewhere):
        for code_id in (theirs["code_id"], new_id()):
            refused = await revoke(one, code_id, client)
            assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_code")
        hidden = await client.get(f"/v1/residents/{other.resident_id}/codes")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "registration.no_such_resident")


@pytest.mark.parametrize(
    "body", [{}, {"reason": "whim"}, {"reason": "lost", "note": "x" * 201}, {"reason": "lost", "x": 1}]
)
async def test_a_revocation_states_why(service: MakeService, body: dict[str, Any]) -> None:
    one = await resident(service)
    code = await issued(one)
    refused = await one.here.clerk.post(f"/v1/codes/{code['code_id']}/revoke", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
