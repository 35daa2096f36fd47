"""Reviews: of alerts, and of those whom a gate let through all the same (R2.9, R2.4)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from services.checkpoint.domain.alerts import Wanted
from services.checkpoint.store import INDEXES, Store
from shared.base.ids import new_id
from shared.events.checkpoint import (
    AlertRaised,
    AlertReviewed,
    AlertRule,
    CheckpointDefined,
    GateDefined,
    OverrideRecorded,
    Policy,
)
from shared.events.registration import Colour
from shared.store.mongo import Database, ensure_indexes
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, scan, standing
from tests.support.plans import Reads
from tests.support.sealers import SEALER

DAY = timedelta(days=1)
TRUTH = ("true", "false")


def staff(gate: Gate, subject: str = "officer-1", area: str = AREA, role: str = "grid_worker") -> Any:
    return gate.service.client(role, area=area, subject=subject)


async def alerted(gate: Gate) -> str:
    """Let a feverish visitor be scanned, and return the alert's id."""
    await gate.answer(scan(temperature_c=38.5))
    await gate.service.receive(gate.passages[-1])
    return (await gate.service.emitted(AlertRaised))[-1].alert_id


async def overridden(gate: Gate, **more: Any) -> str:
    """Let a resident in isolation out in an emergency, and return the override's id."""
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True))
    fields = {"direction": "out", "override": "medical_emergency"} | more
    await gate.answer(scan("code", gate.code(resident), **fields))
    await gate.service.receive(gate.passages[-1])
    return (await gate.service.emitted(OverrideRecorded))[-1].override_id


async def review(client: Any, path: str, **body: Any) -> httpx.Response:
    response: httpx.Response = await client.post(f"/v1/{path}/review", json=body)
    return response


async def alerts(gate: Gate, **query: Any) -> list[Any]:
    return list((await staff(gate).get("/v1/alerts", params=query)).json()["items"])


async def overrides(gate: Gate, area: str = AREA, **query: Any) -> list[Any]:
    return list((await staff(gate, area=area).get("/v1/overrides", params=query)).json()["items"])


async def test_an_officer_says_once_what_came_of_an_alert(gate: Gate) -> None:
    alert_id = await alerted(gate)
    body = {"outcome": "handled", "note": " 已送发热门诊 "}
    answers = [await review(staff(gate), f"alerts/{alert_id}", **body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == (await alerts(gate))[0]
    at = NOW.isoformat().replace("+00:00", "Z")
    assert answers[0].json()["reviews"] == [
        {"officer": "officer-1", "outcome": "handled", "note": "已送发热门诊", "at": at}
    ]
    (event,) = await gate.service.emitted(AlertReviewed)
    assert (event.alert_id, event.officer, event.outcome, event.area_path) == (
        alert_id,
        "officer-1",
        "handled",
        COMPOUND,
    )
    assert event.subject == (await gate.service.emitted(AlertRaised))[0].subject
    assert "发热门诊" not in event.model_dump_json()


async def test_another_review_joins_the_ones_before_it(gate: Gate) -> None:
    alert_id = await alerted(gate)
    outcomes = [("officer-1", "confirmed"), ("officer-2", "confirmed"), ("officer-1", "false_alarm")]
    for officer, outcome in outcomes:
        await review(staff(gate, officer), f"alerts/{alert_id}", outcome=outcome)
    (alert,) = await alerts(gate)
    assert [(one["officer"], one["outcome"]) for one in alert["reviews"]] == outcomes
    assert len(await gate.service.emitted(AlertReviewed)) == 3


async def test_reviews_at_the_same_time_are_all_kept(gate: Gate) -> None:
    alert_id = await alerted(gate)
    officers = [staff(gate, f"officer-{number}") for number in range(4)]
    answers = await asyncio.gather(*(review(one, f"alerts/{alert_id}", outcome="handled") for one in officers))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len((await alerts(gate))[0]["reviews"]) == len(await gate.service.emitted(AlertReviewed)) == 4


async def test_alerts_are_listed_by_whether_they_were_reviewed(gate: Gate) -> None:
    first, second = await alerted(gate), await alerted(gate)
    await review(staff(gate), f"alerts/{first}", outcome="false_alarm")
    assert [one["alert_id"] for one in await alerts(gate, reviewed=True)] == [first]
    assert [one["alert_id"] for one in await alerts(gate, reviewed=False)] == [second]
    assert len(await alerts(gate)) == 2


async def test_alerts_are_listed_and_counted_by_rule_and_gate(gate: Gate) -> None:
    first, second = await alerted(gate), await alerted(gate)
    await gate.service.database["alerts"].update_one({"_id": second}, {"$set": {"rule": "breach", "gate_id": "other"}})
    assert [one["alert_id"] for one in await alerts(gate, rule="breach")] == [second]
    assert [one["alert_id"] for one in await alerts(gate, gate_id=GATE)] == [first]
    assert (await staff(gate).get("/v1/alerts", params={"rule": "none"})).status_code == 422
    nothing = {"alerts": 0, "alerts_by_rule": {}, "overrides": 0, "overrides_late": 0, "silent_gates": 0}
    counts = (await staff(gate).get("/v1/to-do")).json()
    assert counts == nothing | {"alerts": 2, "alerts_by_rule": {"breach": 1, "fever": 1}}
    await review(staff(gate), f"alerts/{first}", outcome="handled")
    assert (await staff(gate).get("/v1/to-do")).json() == nothing | {"alerts": 1, "alerts_by_rule": {"breach": 1}}
    assert (await staff(gate, area="/jinhe/hexi").get("/v1/to-do")).json() == nothing


async def test_one_alert_has_the_name_of_its_gate_and_the_reading_is_recorded(gate: Gate) -> None:
    alert_id = await alerted(gate)
    answer = await staff(gate).get(f"/v1/alerts/{alert_id}")
    assert (answer.json(), answer.json()["gate_name"]) == ((await alerts(gate))[0], "大门")
    reading = await gate.service.database["readings"].find_one({"subject": answer.json()["subject"]})
    assert (reading["kind"], reading["reader"], reading["subject_area"]) == ("alerts", "officer-1", COMPOUND)
    elsewhere = await staff(gate, area=f"{AREA}/a2").get(f"/v1/alerts/{alert_id}")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "checkpoint.no_such_alert")


async def test_an_alert_of_a_rule_that_a_later_version_has_added_is_listed_and_reviewed(gate: Gate) -> None:
    alert_id = await alerted(gate)
    await gate.service.database["alerts"].update_one({"_id": alert_id}, {"$set": {"rule": "drone"}})
    assert [one["rule"] for one in await alerts(gate)] == ["drone"]
    answer = await review(staff(gate), f"alerts/{alert_id}", outcome="handled")
    assert (answer.status_code, answer.json()["rule"]) == (200, "drone")
    assert [event.alert_id for event in await gate.service.emitted(AlertReviewed)] == [alert_id]


@pytest.mark.parametrize("kind", ["alerts", "overrides"])
async def test_only_staff_of_the_area_reviews(gate: Gate, kind: str) -> None:
    identity, outcome = (await alerted(gate), "handled") if kind == "alerts" else (await overridden(gate), "justified")
    code = f"checkpoint.no_such_{kind[:-1]}"
    elsewhere = await review(staff(gate, area=f"{AREA}/a2"), f"{kind}/{identity}", outcome=outcome)
    unknown = await review(staff(gate), f"{kind}/{new_id()}", outcome=outcome)
    for response in (elsewhere, unknown):
        assert (response.status_code, response.json()["code"]) == (404, code)
    assert (await review(gate.device, f"{kind}/{identity}", outcome=outcome)).status_code == 403
    for body in ({"outcome": "fine"}, {}, {"outcome": outcome, "note": "x" * 501}):
        assert (await review(staff(gate), f"{kind}/{identity}", **body)).status_code == 422
    assert await gate.service.emitted(AlertReviewed) == []


async def test_an_emergency_is_let_through_and_waits_for_its_review_once(gate: Gate) -> None:
    override_id = await overridden(gate)
    passage = gate.passages[-1]
    assert (passage.verdict.value, passage.reasons) == ("allow", ("isolated_no_exit",))
    await gate.service.receive(passage, passage)
    (event,) = await gate.service.emitted(OverrideRecorded)
    assert (event.scan_id, event.reason, event.resident_id) == (
        passage.scan_id,
        "medical_emergency",
        passage.resident_id,
    )
    assert event.meta.correlation_id == passage.meta.correlation_id
    assert [one.rule for one in await gate.service.emitted(AlertRaised)] == [AlertRule.BREACH]
    (override,) = await overrides(gate)
    assert (override["override_id"], override["state"], override["overdue"]) == (override_id, "open", False)
    assert await overrides(gate, area=f"{AREA}/a2") == []


async def test_a_scan_without_an_override_waits_for_no_review(gate: Gate) -> None:
    await gate.answer(scan())
    await gate.service.receive(gate.passages[-1])
    assert await overrides(gate) == []


async def test_an_ambulance_is_one_override_however_many_are_on_board(gate: Gate) -> None:
    on_board = [{"kind": "code", "value": gate.code(new_id())} for _ in range(3)]
    await gate.answer(scan("plate", "津A12345", on_board=on_board, override="medical_emergency"))
    assert len(gate.passages) == 4
    await gate.service.receive(*reversed(gate.passages))
    (event,) = await gate.service.emitted(OverrideRecorded)
    assert event.scan_id == gate.passages[0].scan_id


async def test_an_override_is_reviewed_by_another_officer_than_made_it(gate: Gate) -> None:
    gate.learns(GateDefined(gate_id=GATE, name="大门", area_path=COMPOUND))
    guard = gate.service.client("community", area=AREA, subject="guard-1")
    fire = scan("card", "K-404", override="fire")
    assert (await guard.post("/v1/scans", json=fire)).json()["verdict"] == "allow"
    await gate.service.receive(gate.passages[-1])
    (override,) = await overrides(gate)
    own = await review(guard, f"overrides/{override['override_id']}", outcome="justified")
    assert (own.status_code, own.json()["code"]) == (409, "checkpoint.own_override")
    body = {"outcome": "unjustified", "note": "并无火情"}
    answers = [await review(staff(gate), f"overrides/{override['override_id']}", **body) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["state"] == "reviewed"
    (event,) = await gate.service.emitted(AlertReviewed)
    assert (event.alert_id, event.outcome, event.officer) == (override["override_id"], "unjustified", "officer-1")
    assert await overrides(gate) == []
    assert [one["override_id"] for one in await overrides(gate, state="reviewed")] == [override["override_id"]]


async def test_what_has_waited_for_over_a_day_is_listed_first(gate: Gate) -> None:
    old, new = [(NOW + timedelta(minutes=minutes)).isoformat() for minutes in (-3, -1)]
    later, first = await overridden(gate, at=new), await overridden(gate, at=old)
    gate.service.clock.at = NOW + DAY - timedelta(minutes=2)
    listed = await overrides(gate)
    assert [(one["override_id"], one["overdue"]) for one in listed] == [(first, True), (later, False)]


async def test_overrides_are_listed_by_page_and_none_is_lost_between_pages(gate: Gate) -> None:
    times = [(NOW + timedelta(minutes=minutes)).isoformat() for minutes in (-2, -1, -1, -1, -3)]
    made = {await overridden(gate, at=time) for time in times}
    listed, after = [], ""
    while after is not None:
        page = (await staff(gate).get("/v1/overrides", params={"after": after, "limit": 2})).json()
        listed += [one["override_id"] for one in page["items"]]
        after = page["next"]
    assert len(listed) == 5
    assert set(listed) == made


async def test_operators_see_how_many_overrides_wait(gate: Gate) -> None:
    await overridden(gate, at=(NOW - timedelta(minutes=3)).isoformat())
    gate.service.clock.at = NOW + DAY
    await overridden(gate, at=(NOW + DAY).isoformat())
    await gate.reads_gauges()
    waiting = {
        overdue: REGISTRY.get_sample_value("lastmetre_overrides_open", {"overdue": overdue}) for overdue in TRUTH
    }
    assert waiting == {"true": 1.0, "false": 1.0}


async def test_each_vehicle_from_a_watched_region_is_an_alert(gate: Gate) -> None:
    policy = Policy(since=NOW - DAY, watched_plates=("鄂A",))
    gate.learns(
        CheckpointDefined(
            checkpoint_id="cp",
            name="国道卡口",
            kind="road",  # type: ignore[arg-type]
            area_path=AREA,
            policies=(policy,),
        ),
        GateDefined(gate_id=GATE, name="大门", area_path=COMPOUND, checkpoint_id="cp"),
    )
    for plate in ("鄂A12345", "鄂a·54321", "津A12345"):
        await gate.answer(scan("plate", plate))
    await gate.service.receive(*gate.passages)
    raised = await gate.service.emitted(AlertRaised)
    assert [one.rule for one in raised] == [AlertRule.WATCHED] * 2
    assert {one.scan_id for one in raised} == {passage.scan_id for passage in gate.passages[:2]}


async def test_a_person_in_isolation_on_board_is_one_breach_and_a_feverish_driver_one_fever(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True))
    on_board = [{"kind": "code", "value": gate.code(resident)}]
    await gate.answer(scan("plate", "津A12345", direction="out", on_board=on_board, temperature_c=38.2))
    await gate.service.receive(*gate.passages)
    raised = [(one.rule, one.subject) for one in await gate.service.emitted(AlertRaised)]
    assert sorted(raised) == [(AlertRule.BREACH, resident), (AlertRule.FEVER, f"scan:{gate.passages[0].scan_id}")]


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_of_overrides_is_read_by_an_index(database: Database, mongo_url: str, within: str) -> None:
    await ensure_indexes(database, INDEXES)
    async with Reads(mongo_url, database.name) as reads:
        store = Store(reads.database, SEALER)
        for after in (None, (NOW, "x")):
            await store.overrides.within(within, True, False, after, 10)
            await store.alerts.within(within, NOW - DAY, True, after, 10, Wanted(reviewed=False))
        await store.overrides.count_open(None, NOW)
        await store.alerts.count_open(within)
        await store.devices.signs_at([GATE])
        await store.devices.signs_within(within)
        plans = await reads.plans()
    assert len(plans) == 8
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
        assert "IXSCAN" in stages, command
