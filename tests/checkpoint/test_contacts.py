"""Who was at the same gate as a resident (R2.8), and who read such data of whom."""

from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.usecases import contacts as usecase
from shared.base.ids import new_id
from shared.events.registration import ResidentRegistered
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate
from tests.checkpoint.passing import OTHER_GATE, THERE, ago, passage
from tests.support.http import stated


async def ask_contacts(gate: Gate, resident: str, area: str = AREA, **more: Any) -> Any:
    async with gate.service.client("doctor", area=area, subject="doctor-1") as doctor:
        purpose = more.pop("purpose", "流行病学调查")
        return await doctor.get("/v1/contacts", params={"resident_id": resident} | more, headers=stated(purpose))


async def contacts(gate: Gate, resident: str, area: str = AREA, **more: Any) -> Any:
    response = await ask_contacts(gate, resident, area, **more)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_contact_was_at_the_same_gate_within_the_window_before_or_after(gate: Gate) -> None:
    ill, before, after, early, late = (new_id() for _ in range(5))
    await gate.service.receive(
        passage(ill, ago(60)),
        passage(before, ago(70)),
        passage(after, ago(50)),
        passage(early, ago(70.1)),
        passage(late, ago(49.9)),
        passage(after, ago(60), **THERE),
    )
    answer = await contacts(gate, ill)
    assert {one["resident_id"] for one in answer["items"]} == {before, after}
    assert [(one["times"], one["closest_s"]) for one in answer["items"]] == [(1, 600.0), (1, 600.0)]
    assert len((await contacts(gate, ill, window_s=606))["items"]) == 4
    assert (await contacts(gate, ill, window_s=599))["items"] == []


async def test_each_contact_has_how_often_how_close_where_and_when_they_met(gate: Gate) -> None:
    ill, often, once = new_id(), new_id(), new_id()
    await gate.service.receive(
        passage(ill, ago(300)),
        passage(once, ago(299)),
        passage(often, ago(303)),
        passage(often, ago(302)),
        passage(ill, ago(100), **THERE),
        passage(often, ago(99.5), **THERE),
    )
    first, second = (await contacts(gate, ill))["items"]
    assert first == {
        "resident_id": often,
        "times": 2,
        "closest_s": 30.0,
        "first_at": ago(303).isoformat().replace("+00:00", "Z"),
        "last_at": ago(99.5).isoformat().replace("+00:00", "Z"),
        "gates": sorted([GATE, OTHER_GATE]),
        "gate_names": ["大门", OTHER_GATE],
        "same_vehicle": False,
    }
    assert (second["resident_id"], second["times"], second["closest_s"]) == (once, 1, 60.0)


async def test_a_person_in_the_same_vehicle_comes_first(gate: Gate) -> None:
    ill, near, aboard, elsewhere = (new_id() for _ in range(4))
    await gate.service.receive(
        passage(ill, ago(10), vehicle_scan_id="v-1"),
        passage(near, ago(10)),
        passage(elsewhere, ago(10), vehicle_scan_id="v-2"),
        passage(aboard, ago(5), vehicle_scan_id="v-1"),
    )
    first, *others = (await contacts(gate, ill))["items"]
    assert (first["resident_id"], first["same_vehicle"]) == (aboard, True)
    assert [one["same_vehicle"] for one in others] == [False, False]


async def test_strangers_are_counted_once_and_not_named(gate: Gate) -> None:
    ill = new_id()
    await gate.service.receive(
        passage(ill, ago(20)),
        passage(ill, ago(15)),
        passage(None, ago(18)),
        passage(None, ago(17)),
        passage(None, ago(90)),
    )
    answer = await contacts(gate, ill)
    assert (answer["strangers"], answer["items"], answer["passages"]) == (2, [], 2)


async def test_only_gates_in_the_callers_area_are_looked_at(gate: Gate) -> None:
    ill, here, there = new_id(), new_id(), new_id()
    await gate.service.receive(
        passage(ill, ago(60)),
        passage(here, ago(60)),
        passage(ill, ago(30), **THERE),
        passage(there, ago(30), **THERE),
    )
    assert [one["resident_id"] for one in (await contacts(gate, ill, COMPOUND))["items"]] == [here]
    assert (await contacts(gate, ill, "/jinhe/hexi"))["items"] == []
    assert len((await contacts(gate, ill))["items"]) == 2


async def test_more_than_the_limit_are_counted_and_those_met_most_are_named(gate: Gate) -> None:
    ill, others = new_id(), [new_id() for _ in range(5)]
    await gate.service.receive(passage(ill, ago(20)), passage(ill, ago(300)), passage(others[3], ago(300)))
    await gate.service.receive(*(passage(other, ago(20)) for other in others))
    answer = await contacts(gate, ill, limit=2)
    assert (answer["found"], len(answer["items"]), answer["items"][0]["resident_id"]) == (5, 2, others[3])


async def test_what_is_too_much_for_one_answer_is_asked_for_again_and_nothing_is_lost(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecase, "MOST_READ", 8)
    ill, others = new_id(), [new_id() for _ in range(9)]
    for number, other in enumerate(others):
        await gate.service.receive(passage(ill, ago(60 * number + 30)), passage(other, ago(60 * number + 31)))
    met: list[str] = []
    until, answers = NOW.isoformat(), 0
    while True:
        answer = await contacts(gate, ill, until=until)
        met += [one["resident_id"] for one in answer["items"]]
        answers += 1
        if not answer["cut"]:
            break
        until = answer["since"]
    assert (sorted(met), answers) == (sorted(others), 3)


async def test_one_gate_with_more_passages_than_one_answer_holds_is_answered_as_far_as_it_goes(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usecase, "MOST_READ", 3)
    ill = new_id()
    await gate.service.receive(passage(ill, ago(30)), *(passage(new_id(), ago(30)) for _ in range(9)))
    answer = await contacts(gate, ill)
    assert answer["cut"]
    assert 0 < len(answer["items"]) <= 3


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"purpose": " x "}, 400, "request.purpose_missing"),
        ({"since": "2026-11-24T08:00:00"}, 400, "checkpoint.time_zone"),
        ({"window_s": 0}, 422, "request.invalid"),
        ({"window_s": 3601}, 422, "request.invalid"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_not_recorded(
    gate: Gate, query: dict[str, Any], status: int, code: str
) -> None:
    response = await ask_contacts(gate, new_id(), **query)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await gate.service.database["readings"].count_documents({}) == 0


async def test_auditors_read_who_read_what_of_a_resident(gate: Gate) -> None:
    ill, other = new_id(), new_id()
    await contacts(gate, ill)
    gate.service.clock.advance(timedelta(minutes=1))
    async with gate.service.client("community", subject="office-1") as office:
        await office.get("/v1/passages", params={"resident_id": ill}, headers=stated("上门核查"))
        await office.get("/v1/passages", params={"resident_id": other}, headers=stated("上门核查"))
    async with gate.service.client("auditor") as auditor:
        page = (await auditor.get("/v1/readings", params={"subject": ill})).json()
        assert [(one["kind"], one["reader"], one["purpose"]) for one in page["items"]] == [
            ("trajectory", "office-1", "上门核查"),
            ("contacts", "doctor-1", "流行病学调查"),
        ]
        assert page["items"][1]["at"] == NOW.isoformat().replace("+00:00", "Z")
        read = (await auditor.get("/v1/readings", params={"reader": "office-1", "limit": 1})).json()
        rest = (await auditor.get("/v1/readings", params={"reader": "office-1", "after": read["next"]})).json()
        assert {one["subject"] for one in read["items"] + rest["items"]} == {ill, other}
        refused = await auditor.get("/v1/readings")
        assert (refused.status_code, refused.json()["code"]) == (400, "request.subject_missing")
    async with gate.service.client("auditor", area="/jinhe/hexi") as stranger:
        assert (await stranger.get("/v1/readings", params={"subject": ill})).json()["items"] == []


async def test_auditors_see_that_temperatures_at_gates_were_read_with_the_usual_purpose_where_none_is_stated(
    gate: Gate,
) -> None:
    async with gate.service.client("community", subject="office-1") as office:
        await office.get("/v1/passages", params={"gate_id": GATE})
        await office.get("/v1/alerts", headers=stated("晨间检查"))
    async with gate.service.client("auditor") as auditor:
        items = (await auditor.get("/v1/readings", params={"reader": "office-1"})).json()["items"]
    read = {(one["kind"], one["subject"], one["purpose"]) for one in items}
    assert read == {("passages", GATE, "passages at a gate"), ("alerts", AREA, "晨间检查")}


@pytest.mark.parametrize("role", ["community", "doctor", "device", "resident"])
async def test_only_auditors_and_the_city_see_who_read_what(gate: Gate, role: str) -> None:
    async with gate.service.client(role) as client:
        assert (await client.get("/v1/readings", params={"subject": "r"})).status_code == 403


async def test_who_reads_a_gate_s_passages_reads_of_each_person_on_them(gate: Gate) -> None:
    """The person lives elsewhere than the gate is: the auditors of the home see the reading."""
    home = "/jinhe/hexi/s02/c07"
    visitor = new_id()
    gate.learns(
        ResidentRegistered(resident_id=visitor, household_id=new_id(), area_path=f"{home}/p01", id_number_hash="h1")
    )
    await gate.service.receive(passage(visitor, ago(5)))
    async with gate.service.client("community", subject="office-1") as office:
        assert (await office.get("/v1/passages", params={"gate_id": GATE})).status_code == 200
    async with gate.service.client("auditor", area=home) as auditor:
        rows = (await auditor.get("/v1/readings", params={"subject": visitor})).json()["items"]
    assert [(row["kind"], row["reader"]) for row in rows] == [("passages", "office-1")]
