"""Checkpoints with their policies, stated, restated and withdrawn (R2.1)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.events.checkpoint import CheckpointDefined, GateDefined, Policy
from tests.checkpoint.gate import AREA, COMPOUND, NOW, Gate

CHECKPOINT = "cp-north"
PATH = f"/v1/checkpoints/{CHECKPOINT}"
BODY = {"name": "北门卡口", "kind": "compound", "area_path": COMPOUND}
SEALED = {"exits": "permit", "curfew": ["22:00", "05:00"], "visitors": "registered", "reason": "封闭管理"}


def why(reason: str) -> dict[str, str]:
    return {"Lastmetre-Reason": quote(reason)}


def office(gate: Gate, area: str = AREA, role: str = "community") -> Any:
    return gate.service.client(role, area=area, subject="office-1")


async def defined(gate: Gate, **changes: Any) -> Any:
    """Define the checkpoint and return the office's client."""
    client = office(gate)
    response = await client.put(PATH, json=BODY | changes)
    assert response.status_code == 200, response.text
    return client


async def state(client: Any, since: datetime, **stated: Any) -> httpx.Response:
    """State a policy that holds from then on."""
    body = {"reason": "疫情防控"} | stated
    response: httpx.Response = await client.put(f"{PATH}/policies/{since.isoformat()}", json=body)
    return response


async def published_policies(gate: Gate) -> tuple[Policy, ...]:
    """Return the policies that the service published to the gates last."""
    return (await gate.service.emitted(CheckpointDefined))[-1].policies


async def test_a_checkpoint_is_defined_once_and_published_when_it_changes(gate: Gate) -> None:
    for changed in (BODY, BODY, BODY | {"name": "北门", "kind": "dormitory"}):
        response = await office(gate).put(PATH, json=changed)
        assert (response.status_code, response.json()) == (200, changed | {"checkpoint_id": CHECKPOINT})
    events = await gate.service.emitted(CheckpointDefined)
    assert [(event.checkpoint_id, event.name, event.kind.value) for event in events] == [
        (CHECKPOINT, "北门卡口", "compound"),
        (CHECKPOINT, "北门", "dormitory"),
    ]


async def test_a_checkpoint_does_not_move_and_its_id_is_not_taken_over(gate: Gate) -> None:
    await defined(gate)
    for area, path in ((AREA, f"{AREA}/a2"), ("/jinhe/hexi/x/c02", "/jinhe/hexi/x/c02")):
        response = await office(gate, area).put(PATH, json=BODY | {"area_path": path})
        assert (response.status_code, response.json()["code"]) == (409, "checkpoint.checkpoint_taken")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"area_path": "/jinhe/hexi"}, 404, "access.not_found"),
        ({"area_path": "jinhe"}, 422, "request.invalid"),
        ({"kind": "airport"}, 422, "request.invalid"),
        ({"name": " "}, 422, "request.invalid"),
        ({"open": True}, 422, "request.invalid"),
    ],
)
async def test_a_checkpoint_that_cannot_be_is_a_problem(
    gate: Gate, changes: dict[str, Any], status: int, code: str
) -> None:
    response = await office(gate).put(PATH, json=BODY | changes)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_checkpoints_are_listed_by_page_within_one_s_area(gate: Gate) -> None:
    for number in range(5):
        body = BODY | {"area_path": f"{AREA}/a{number}"}
        await office(gate).put(f"/v1/checkpoints/cp-{4 - number}", json=body)
    listed, after = [], ""
    while after is not None:
        page = (await office(gate).get("/v1/checkpoints", params={"after": after, "limit": 2})).json()
        listed += [one["checkpoint_id"] for one in page["items"]]
        after = page["next"]
    assert listed == ["cp-4", "cp-3", "cp-2", "cp-1", "cp-0"]
    assert (await office(gate, f"{AREA}/a9").get("/v1/checkpoints")).json() == {"items": [], "next": None}


async def test_only_the_office_changes_a_checkpoint_and_staff_reads_it(gate: Gate) -> None:
    await defined(gate)
    doctor = gate.service.client("doctor", area=AREA)
    assert (await doctor.put(PATH, json=BODY)).status_code == 403
    assert (await state(doctor, NOW)).status_code == 403
    assert (await doctor.delete(f"{PATH}/policies/{NOW.isoformat()}", headers=why("错误"))).status_code == 403
    for path in ("/v1/checkpoints", f"{PATH}/policies", f"{PATH}/trail"):
        assert (await doctor.get(path)).status_code == 200
        for role in ("device", "resident", "volunteer"):
            assert (await gate.service.client(role, area=AREA).get(path)).status_code == 403


@pytest.mark.parametrize("path", ["/policies", "/trail"])
async def test_outside_one_s_area_there_is_no_checkpoint(gate: Gate, path: str) -> None:
    await defined(gate)
    other = office(gate, f"{AREA}/a2")
    responses = [await other.get(PATH + path), await state(other, NOW), await state(office(gate, "/"), NOW)]
    assert [response.status_code for response in responses] == [404, 404, 200]
    assert responses[0].json()["code"] == "checkpoint.no_such_checkpoint"


async def test_a_policy_is_stated_once_with_its_officer_and_reason_and_published_to_the_gates(gate: Gate) -> None:
    client = await defined(gate)
    answers = [(await state(client, NOW, **SEALED)).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert (answers[0]["stated_by"], answers[0]["reason"], answers[0]["exits"]) == ("office-1", "封闭管理", "permit")
    assert answers[0]["stated_at"] == NOW.isoformat().replace("+00:00", "Z")
    assert (await client.get(f"{PATH}/policies")).json()["items"] == answers[:1]
    events = await gate.service.emitted(CheckpointDefined)
    assert len(events) == 2
    assert events[1].policies == (
        Policy(since=NOW, exits="permit", curfew=("22:00", "05:00"), visitors="registered"),  # type: ignore[arg-type]
    )
    assert "封闭管理" not in events[1].model_dump_json()


async def test_published_policies_survive_a_changed_name(gate: Gate) -> None:
    client = await defined(gate)
    await state(client, NOW, **SEALED)
    before = await published_policies(gate)
    await client.put(PATH, json=BODY | {"name": "北大门"})
    assert await published_policies(gate) == before != ()


async def test_watched_plates_are_kept_plain_and_once(gate: Gate) -> None:
    client = await defined(gate)
    await state(client, NOW, watched_plates=["鄂a", "鄂A", "鄂·A", "湘"])
    assert (await published_policies(gate))[0].watched_plates == ("鄂A", "湘")


async def test_a_policy_that_has_not_begun_is_restated_and_withdrawn(gate: Gate) -> None:
    client = await defined(gate)
    later = NOW + timedelta(hours=2)
    await state(client, later, fever_over_c=37.0)
    assert (await state(client, later, fever_over_c=37.2)).status_code == 200
    assert [policy.fever_over_c for policy in await published_policies(gate)] == [37.2]
    for _ in range(2):
        response = await client.delete(f"{PATH}/policies/{later.isoformat()}", headers=why("写错了"))
        assert response.status_code == 204
    assert await published_policies(gate) == ()
    assert len(await gate.service.emitted(CheckpointDefined)) == 4


async def test_a_policy_that_holds_is_neither_restated_nor_withdrawn_but_followed(gate: Gate) -> None:
    client = await defined(gate)
    await state(client, NOW, mask_required=False)
    refused = [
        await state(client, NOW, mask_required=True),
        await client.delete(f"{PATH}/policies/{NOW.isoformat()}", headers=why("写错了")),
    ]
    assert [(one.status_code, one.json()["code"]) for one in refused] == [(409, "checkpoint.policy_holds")] * 2
    gate.service.clock.advance(timedelta(seconds=1))
    assert (await state(client, NOW + timedelta(seconds=1), mask_required=True)).status_code == 200
    assert [policy.mask_required for policy in await published_policies(gate)] == [False, True]
    assert (await state(client, NOW, mask_required=False)).status_code == 200  # the same again, and late


async def test_the_past_is_not_written(gate: Gate) -> None:
    client = await defined(gate)
    assert (await state(client, NOW - timedelta(minutes=4))).status_code == 200
    response = await state(client, NOW - timedelta(minutes=6))
    assert (response.status_code, response.json()["code"]) == (409, "checkpoint.policy_past")


@pytest.mark.parametrize(
    ("since", "stated", "status", "code"),
    [
        (NOW.replace(tzinfo=None), {}, 400, "checkpoint.time_zone"),
        (NOW, {"fever_over_c": 39.5}, 400, "checkpoint.policy_threshold"),
        (NOW, {"curfew": ["25:00", "05:00"]}, 400, "checkpoint.policy_curfew"),
        (NOW, {"curfew": ["22:00"]}, 422, "request.invalid"),
        (NOW, {"watched_plates": ["A"]}, 400, "checkpoint.policy_plates"),
        (NOW, {"exits": "never"}, 422, "request.invalid"),
        (NOW, {"reason": " "}, 422, "request.invalid"),
        (NOW, {"until": NOW.isoformat()}, 422, "request.invalid"),
        (NOW + timedelta(days=400), {}, 400, "checkpoint.policy_far"),
    ],
)
async def test_a_policy_that_cannot_be_meant_says_what_to_correct(
    gate: Gate, since: datetime, stated: dict[str, Any], status: int, code: str
) -> None:
    response = await state(await defined(gate), since, **stated)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await published_policies(gate) == ()


async def test_a_time_in_the_city_s_zone_and_in_utc_is_one(gate: Gate) -> None:
    client = await defined(gate)
    local = NOW.astimezone(gate.service.deps.zone)
    assert (await state(client, local)).json()["since"] == (await state(client, NOW)).json()["since"]
    assert len(await published_policies(gate)) == 1


async def test_policies_stated_at_once_are_all_kept(gate: Gate) -> None:
    client = await defined(gate)
    begins = [NOW + timedelta(hours=hours) for hours in range(4)]
    answers = await asyncio.gather(*(state(client, since) for since in begins))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [policy.since for policy in await published_policies(gate)] == begins


async def test_the_trail_says_who_did_what_and_why_also_of_what_is_over(gate: Gate) -> None:
    client = await defined(gate)
    later = NOW + timedelta(hours=1)
    await state(client, later, fever_over_c=37.0, reason="返校")
    await client.delete(f"{PATH}/policies/{later.isoformat()}", headers=why("改期"))
    first = (await client.get(f"{PATH}/trail", params={"limit": 2})).json()
    rest = (await client.get(f"{PATH}/trail", params={"limit": 2, "after": first["next"]})).json()
    lines = first["items"] + rest["items"]
    assert [(line["what"], line["by"], line["reason"]) for line in lines] == [
        ("defined", "office-1", ""),
        ("policy_stated", "office-1", "返校"),
        ("policy_withdrawn", "office-1", "改期"),
    ]
    assert lines[1]["policy"]["fever_over_c"] == 37.0
    assert rest["next"] is None


async def test_a_gate_belongs_to_a_checkpoint_of_its_place(gate: Gate) -> None:
    client = await defined(gate)
    body = {"gate_id": "g1", "name": "东门", "area_path": COMPOUND, "checkpoint_id": CHECKPOINT}
    assert (await client.put("/v1/gates", json=body)).json() == body
    (listed,) = (await client.get("/v1/gates")).json()["items"]
    assert {name: listed[name] for name in body} == body
    (event,) = await gate.service.emitted(GateDefined)
    assert event.checkpoint_id == CHECKPOINT
    outside = await client.put("/v1/gates", json=body | {"area_path": f"{AREA}/a2"})
    assert (outside.status_code, outside.json()["code"]) == (400, "checkpoint.gate_outside")
    unknown = await client.put("/v1/gates", json=body | {"checkpoint_id": "cp-none"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "checkpoint.no_such_checkpoint")
