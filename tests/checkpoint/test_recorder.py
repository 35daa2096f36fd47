"""The recorder: each scan once, presence by the newest passage, alerts once per subject, rule and day (R2.7-R2.9)."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.usecases.recording import record
from shared.base.errors import NotYet
from shared.base.ids import new_id
from shared.events.checkpoint import AlertRaised, AlertRule, PassageRecorded
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, DOOR, GATE, NOW, Gate, lives, scan, standing


def at(minutes: int) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


async def stored(gate: Gate) -> dict[str, Any]:
    return {row["_id"]: row async for row in gate.service.database["passages"].find()}


async def inside(gate: Gate) -> Any:
    async with gate.service.client("community", area="/") as office:
        return (await office.get("/v1/presence")).json()["inside"]


async def walks(gate: Gate, resident: str, *steps: tuple[str, int]) -> list[PassageRecorded]:
    """Let a green resident go through the gate at those minutes; return the passages."""
    before = len(gate.passages)
    code = gate.code(resident, age_s=6000, lasts_s=20000)
    await gate.answers([scan("code", code, direction=way, at=at(minute)) for way, minute in steps])
    return gate.passages[before:]


async def test_a_passage_is_stored_once_however_often_it_comes(gate: Gate) -> None:
    await gate.answers([scan(seq=seq) for seq in range(30)])
    events = await gate.service.receive(*gate.passages)
    before = await stored(gate)
    await gate.service.receive(*events, *reversed(gate.passages))
    assert await stored(gate) == before
    assert before.keys() == {passage.scan_id for passage in gate.passages}


async def test_a_stored_passage_holds_what_was_sent_and_decided(gate: Gate) -> None:
    passage = await gate.passes(kind="card", value="K-404", direction="out", mask=False)
    await gate.service.receive(passage)
    row = (await stored(gate))[passage.scan_id]
    assert (row["gate_id"], row["area_path"], row["direction"]) == (GATE, COMPOUND, "out")
    assert (row["verdict"], row["reasons"]) == ("recheck", ["credential_unknown", "mask_missing"])
    assert (row["at"], row["received_at"], row["standing_as_of"]) == (NOW, NOW, NOW)


@pytest.mark.parametrize("seed", range(5))
async def test_presence_goes_by_the_newest_passage_in_whatever_order_they_come(gate: Gate, seed: int) -> None:
    passages = await walks(gate, new_id(), ("in", -50), ("out", -40), ("in", -30), ("out", -20))
    passages += await walks(gate, new_id(), ("out", -45), ("in", -15))
    random.Random(seed).shuffle(passages)
    for passage in passages:
        await gate.service.receive(passage)
    assert await inside(gate) == 1


async def test_a_late_or_repeated_passage_moves_no_resident(gate: Gate) -> None:
    resident = new_id()
    early, late = await walks(gate, resident, ("in", -30), ("out", -10))
    await gate.service.receive(late)
    await gate.service.receive(early)
    await gate.service.receive(early, late, early)
    assert await inside(gate) == 0


async def test_only_residents_who_were_let_through_are_counted(gate: Gate) -> None:
    yellow = new_id()
    gate.learns(standing(yellow, Colour.YELLOW))
    await gate.answers([scan("visitor"), scan("code", gate.code(yellow)), scan("code", gate.code(new_id()))])
    await gate.service.receive(*gate.passages)
    assert await inside(gate) == 1


async def breaks_out(gate: Gate, resident: str, minute: int = 0) -> PassageRecorded:
    code = gate.code(resident, age_s=90_000, lasts_s=200_000)
    return await gate.passes(kind="code", value=code, direction="out", at=at(minute))


async def test_a_breach_raises_one_alert_a_day_with_where_the_person_lives(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True, since=NOW - timedelta(days=9)), lives(resident))
    passages = [await breaks_out(gate, resident, minute) for minute in (0, 1, -1440)]
    await record(gate.service.deps, passages[:1])
    await record(gate.service.deps, passages)
    today, yesterday = await gate.service.emitted(AlertRaised)
    assert (today.rule, today.subject, today.resident_id) == (AlertRule.BREACH, resident, resident)
    assert (today.gate_id, today.area_path, today.home_path) == (GATE, COMPOUND, DOOR)
    assert (today.scan_id, today.meta.correlation_id) == (passages[0].scan_id, passages[0].meta.correlation_id)
    assert yesterday.at == NOW - timedelta(days=1)


async def test_an_alert_of_several_passages_names_the_first(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True, since=NOW - timedelta(days=9)))
    passages = [await breaks_out(gate, resident, minute) for minute in (-2, -1, 0)]
    await record(gate.service.deps, passages)
    breach, repeated = await gate.service.emitted(AlertRaised)
    assert (breach.rule, breach.scan_id) == (AlertRule.BREACH, passages[0].scan_id)
    assert (repeated.rule, repeated.scan_id) == (AlertRule.REPEATED, passages[2].scan_id)


async def test_each_rule_raises_its_own_alert(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True))
    passage = await gate.passes(kind="code", value=gate.code(resident), direction="out", temperature_c=38.4)
    await gate.service.receive(passage)
    raised = {alert.rule: alert for alert in await gate.service.emitted(AlertRaised)}
    assert raised.keys() == {AlertRule.BREACH, AlertRule.FEVER}
    assert raised[AlertRule.FEVER].temperature_c == 38.4


async def test_forged_codes_at_a_gate_are_one_alert_and_each_feverish_stranger_is_one(gate: Gate) -> None:
    await gate.answers([scan("code", "LM1:AAAA") for _ in range(3)])
    await gate.answers([scan("visitor", temperature_c=38.0) for _ in range(2)])
    await gate.service.receive(*gate.passages)
    rules = [alert.rule for alert in await gate.service.emitted(AlertRaised)]
    assert sorted(rules) == [AlertRule.FEVER, AlertRule.FEVER, AlertRule.FORGED]


async def test_alerts_are_raised_for_passages_that_were_stored_before_a_crash(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED))
    passage = await gate.passes(kind="code", value=gate.code(resident), direction="out")
    await gate.service.deps.store.passages.add([StoredPassage.of(passage)])
    await gate.service.receive(passage)
    assert [alert.rule for alert in await gate.service.emitted(AlertRaised)] == [AlertRule.COLOUR]


async def test_many_recorders_at_once_raise_one_alert(gate: Gate) -> None:
    passages = [await gate.passes(kind="code", value="LM1:AAAA") for _ in range(6)]
    await asyncio.gather(*(record(gate.service.deps, [passage]) for passage in passages))
    assert len(await gate.service.emitted(AlertRaised)) == 1
    assert len(await stored(gate)) == 6


async def test_an_alert_waits_until_it_is_known_where_residents_live(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED))
    passage = await gate.passes(kind="code", value=gate.code(resident), direction="out")
    gate.service.deps.known.credentials.replicas[0].expect({0, 1})  # one partition is still being read
    with pytest.raises(NotYet):
        await record(gate.service.deps, [passage])
    gate.service.deps.known.credentials.replicas[0].expect({0})
    await record(gate.service.deps, [passage])
    assert len(await gate.service.emitted(AlertRaised)) == 1


async def test_an_alert_of_an_unknown_rule_of_a_newer_version_is_no_failure(gate: Gate) -> None:
    passage = await gate.passes()
    newer = passage.model_copy(update={"reasons": ("drone_seen",)})
    await gate.service.receive(newer.stamped(passage.meta))
    assert (await stored(gate))[passage.scan_id]["reasons"] == ["drone_seen"]
    assert await gate.service.emitted() == []


async def test_another_scan_with_an_id_that_is_taken_is_kept_apart_and_moves_no_resident(gate: Gate) -> None:
    first, second, isolated = new_id(), new_id(), new_id()
    gate.learns(standing(isolated, Colour.RED, isolated=True))
    scan_id = new_id()
    mine = await gate.passes(kind="code", value=gate.code(first), scan_id=scan_id)
    await gate.passes(kind="code", value=gate.code(isolated), scan_id=scan_id, direction="out", seq=2)
    await gate.passes(kind="code", value=gate.code(second), scan_id=scan_id)
    before = REGISTRY.get_sample_value("lastmetre_scan_ids_reused_total") or 0
    for _ in range(2):
        await gate.service.receive(*gate.passages)
    assert (await stored(gate))[scan_id]["resident_id"] == first == mine.resident_id
    apart = await gate.service.database["reused"].find({"scan_id": scan_id}).to_list(None)
    assert {row["resident_id"] for row in apart} == {isolated, second}
    assert REGISTRY.get_sample_value("lastmetre_scan_ids_reused_total") == before + 2
    assert await inside(gate) == 1
    assert await gate.service.emitted(AlertRaised) == []


async def test_a_scan_that_was_sent_again_counts_as_it_was_decided_first(gate: Gate) -> None:
    resident, again = new_id(), new_id()
    for _ in range(2):
        await gate.passes(kind="code", value=gate.code(resident), direction="out", scan_id=again)
        gate.learns(standing(resident, Colour.RED, isolated=True))
    first, second = gate.passages
    assert (first.verdict, second.verdict) == ("allow", "deny")
    await gate.service.receive(first, second)
    assert (await stored(gate))[again]["verdict"] == "allow"
    assert await gate.service.emitted(AlertRaised) == []
    assert await gate.service.database["reused"].count_documents({}) == 0


async def test_a_scan_decided_otherwise_when_it_was_sent_again_keeps_both_verdicts(gate: Gate) -> None:
    resident = new_id()
    leaving = scan("code", gate.code(resident), direction="out")
    await gate.answer(leaving)
    gate.learns(standing(resident, Colour.RED, isolated=True))
    await gate.answer(leaving)
    for _ in range(2):
        await gate.service.receive(*gate.passages)
    (stored,) = await gate.service.database["passages"].find().to_list(None)
    assert (stored["verdict"], stored["also_told"]) == ("allow", ["deny"])
    assert await gate.service.database["reused"].count_documents({}) == 0
