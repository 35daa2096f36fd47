"""The lists of a checkpoint in another order, looked up by name, and page by page."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from tests.checkpoint.gate import AREA, GATE, NOW, Gate
from tests.checkpoint.passing import ago, passage
from tests.checkpoint.test_reviews import alerted, overridden
from tests.checkpoint.test_visitors import CHECKPOINT, define_gate, staff
from tests.support.http import stated


async def pages(client: Any, path: str, purpose: str = "", **params: Any) -> list[Any]:
    """Return the items of all pages, two a page."""
    items: list[Any] = []
    after: str | None = ""
    while after is not None:
        answer = await client.get(path, params=params | {"after": after, "limit": 2}, headers=stated(purpose))
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
    return items


async def test_passages_are_listed_from_either_end(gate: Gate) -> None:
    await gate.service.receive(*(passage(new_id(), ago(minute)) for minute in (3, 1, 2, 2, 5)))
    there = {"gate_id": GATE, "purpose": "a test of lists"}
    first = await pages(staff(gate), "/v1/passages", **there)
    assert len(first) == 5
    assert [one["at"] for one in first] == sorted(one["at"] for one in first)
    assert await pages(staff(gate), "/v1/passages", sort="-at", **there) == list(reversed(first))


@pytest.mark.parametrize("path", ["alerts", "overrides"])
async def test_alerts_and_overrides_are_listed_from_either_end(gate: Gate, path: str) -> None:
    for _ in range(3):
        await (alerted(gate) if path == "alerts" else overridden(gate))
    up, down = [await pages(staff(gate), f"/v1/{path}", sort=sort) for sort in ("at", "-at")]
    assert len(up) == 3
    assert up == list(reversed(down))
    assert await pages(staff(gate), f"/v1/{path}") == (down if path == "alerts" else up)


@pytest.mark.parametrize("area", ["/", AREA])
async def test_devices_are_listed_by_their_last_sign_of_life_and_looked_up_by_name(gate: Gate, area: str) -> None:
    await define_gate(gate)
    office = staff(gate, area=area)
    for n, name in enumerate(("北门一号", "北门 二号", "南门")):
        gate.service.clock.at = NOW - timedelta(minutes=n)
        code = (await office.post(f"/v1/gates/{GATE}/enrolments", json={"enrolment_id": new_id()})).json()["code"]
        body = {"code": code, "request_id": new_id(), "name": name}
        assert (await gate.service.client().post("/v1/devices/enrol", json=body)).status_code == 200
    by_life = [one["name"] for one in await pages(office, "/v1/devices", sort="last_seen")]
    assert by_life == ["南门", "北门 二号", "北门一号"]
    assert [one["name"] for one in await pages(office, "/v1/devices", sort="-last_seen")] == by_life[::-1]
    assert {one["name"] for one in await pages(office, "/v1/devices", q="北门")} == set(by_life[1:])
    assert [one["name"] for one in await pages(office, "/v1/devices", q="北门", sort="last_seen")] == by_life[1:]


async def test_gates_and_checkpoints_are_looked_up_by_the_beginning_of_their_names(gate: Gate) -> None:
    await define_gate(gate)
    for path, name in (("/v1/gates", "大门"), ("/v1/checkpoints", "北门")):
        assert [one["name"] for one in await pages(staff(gate), path, q=name[0])] == [name]
        assert await pages(staff(gate), path, q="门") == []


async def test_policies_reasons_and_contacts_are_paged(gate: Gate) -> None:
    await define_gate(gate)
    body = {"reason": "封闭管理", "exits": "permit"}
    times = [(NOW + timedelta(minutes=minutes)).isoformat() for minutes in range(3)]
    for at in times:
        path = f"/v1/checkpoints/{CHECKPOINT}/policies/{at}"
        assert (await staff(gate).put(path, json=body)).status_code == 200
    policies = await pages(staff(gate), f"/v1/checkpoints/{CHECKPOINT}/policies")
    since = [one["since"].replace("Z", "+00:00") for one in policies]
    assert since[-3:] == times
    assert len(since) == len(set(since))

    reasons = await pages(gate.device, "/v1/reasons")
    assert reasons == (await gate.device.get("/v1/reasons")).json()["items"]

    ill = new_id()
    await gate.service.receive(passage(ill, ago(5)), *(passage(new_id(), ago(5 + n / 10)) for n in range(1, 6)))
    asked, purpose = {"resident_id": ill}, "流行病学调查"
    contacts = await pages(staff(gate), "/v1/contacts", purpose, **asked)
    whole = await staff(gate).get("/v1/contacts", params=asked, headers=stated(purpose))
    assert contacts == whole.json()["items"]
    assert len(contacts) == 5
