"""A code at two gates at once, and one that is refused again and again (R2.9)."""

import random
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.store import presence
from services.checkpoint.usecases.recording import record
from shared.base.ids import new_id
from shared.events.checkpoint import AlertRaised, AlertRule, CredentialKind, Mode, Verdict
from shared.store.mongo import PyMongoError
from tests.checkpoint.gate import AREA, COMPOUND, GATE, Gate, lives
from tests.checkpoint.passing import OTHER_GATE, THERE, ago, passage


async def raised(gate: Gate, rule: AlertRule) -> list[AlertRaised]:
    return [alert for alert in await gate.service.emitted(AlertRaised) if alert.rule is rule]


async def test_a_code_at_two_compounds_within_five_minutes_raises_an_alert_that_names_both_gates(gate: Gate) -> None:
    resident = new_id()
    gate.learns(lives(resident))
    await gate.service.receive(passage(resident, ago(9)))
    _, second = await gate.service.receive(passage(new_id(), ago(5), **THERE), passage(resident, ago(4), **THERE))
    (alert,) = await raised(gate, AlertRule.COPIED)
    assert (alert.subject, alert.resident_id, alert.scan_id) == (resident, resident, second.scan_id)
    assert (alert.gate_id, alert.at, alert.detail) == (OTHER_GATE, second.at, f"{GATE} {OTHER_GATE}")
    assert alert.meta.correlation_id == second.meta.correlation_id
    assert alert.home_path is not None


async def test_one_day_of_one_resident_is_one_alert_however_often_it_comes(gate: Gate) -> None:
    resident = new_id()
    events = await gate.service.receive(
        passage(resident, ago(9)),
        passage(resident, ago(7), **THERE),
        passage(resident, ago(5)),
        passage(resident, ago(3), **THERE),
    )
    await gate.service.receive(*reversed(events))
    assert len(await raised(gate, AlertRule.COPIED)) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_a_copy_raises_one_alert_in_whatever_order_and_company_the_passages_come(gate: Gate, seed: int) -> None:
    resident, chance = new_id(), random.Random(seed)
    middle = {"gate_id": "gate-community", "area_path": AREA}
    passages = [passage(resident, ago(9)), passage(resident, ago(7), **middle), passage(resident, ago(5), **THERE)]
    passages += [passage(resident, ago(minutes)) for minutes in (300, 200, 1)]
    chance.shuffle(passages)
    while passages:
        size = chance.randint(1, 3)
        await gate.service.receive(*passages[:size])
        passages = passages[size:]
    assert len(await raised(gate, AlertRule.COPIED)) == 1


async def test_a_late_passage_is_compared_with_those_before_the_newest(gate: Gate) -> None:
    resident = new_id()
    for one in (passage(resident, ago(9)), passage(resident, ago(3), **THERE)):
        await gate.service.receive(one)
    assert await raised(gate, AlertRule.COPIED) == []
    await gate.service.receive(passage(resident, ago(5), **THERE))
    assert len(await raised(gate, AlertRule.COPIED)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"at": ago(9) + timedelta(minutes=5, milliseconds=1), **THERE},
        {"at": ago(8), "gate_id": "gate-community", "area_path": AREA},
        {"at": ago(8), "gate_id": "gate-back", "area_path": COMPOUND},
        {"at": ago(8), "gate_id": "gate-door", "area_path": f"{COMPOUND}/3"},
        {"at": ago(8), "mode": Mode.PAPER, **THERE},
        {"at": ago(8), "credential_kind": CredentialKind.PLATE, **THERE},
    ],
    ids=["later", "around it", "same compound", "within it", "on paper", "in a vehicle"],
)
async def test_what_may_well_be_one_person_raises_nothing(gate: Gate, other: dict[str, Any]) -> None:
    resident = new_id()
    await gate.service.receive(passage(resident, ago(9)), passage(resident, **other))
    assert await raised(gate, AlertRule.COPIED) == []


async def test_five_minutes_are_still_too_few(gate: Gate) -> None:
    resident = new_id()
    await gate.service.receive(passage(resident, ago(9)), passage(resident, ago(4), **THERE))
    assert len(await raised(gate, AlertRule.COPIED)) == 1


async def test_a_crash_before_presence_is_stored_loses_no_alert(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    resident = new_id()
    await gate.service.receive(passage(resident, ago(9)))
    second = gate.service.stamp(passage(resident, ago(7), **THERE))

    async def crash(*_: Any) -> Any:
        raise PyMongoError("the store is gone")

    for step in ("of", "save"):
        with monkeypatch.context() as broken:
            broken.setattr(presence.Presence, step, crash)
            with pytest.raises(PyMongoError):
                await record(gate.service.deps, [second])
    await gate.service.receive(second)
    assert len(await raised(gate, AlertRule.COPIED)) == 1


async def test_the_third_denial_within_an_hour_raises_an_alert(gate: Gate) -> None:
    resident = new_id()
    passages = [passage(resident, ago(minutes), verdict=Verdict.DENY) for minutes in (60, 30, 0)]
    for one in passages[:2]:
        await gate.service.receive(one)
    assert await raised(gate, AlertRule.REPEATED) == []
    await gate.service.receive(passages[2])
    (alert,) = await raised(gate, AlertRule.REPEATED)
    assert (alert.subject, alert.scan_id) == (resident, passages[2].scan_id)


async def test_a_denial_that_comes_late_counts_where_it_belongs(gate: Gate) -> None:
    resident = new_id()
    first, late, last = (passage(resident, ago(minutes), verdict=Verdict.DENY) for minutes in (70, 50, 20))
    for one in (last, first, late):
        await gate.service.receive(one)
    (alert,) = await raised(gate, AlertRule.REPEATED)
    assert alert.scan_id == last.scan_id


async def test_two_denials_or_three_in_more_than_an_hour_or_of_several_people_are_none(gate: Gate) -> None:
    one, other = new_id(), new_id()
    await gate.service.receive(
        *(passage(one, ago(minutes), verdict=Verdict.DENY) for minutes in (60.1, 30, 0)),
        *(passage(other, ago(minutes), verdict=Verdict.DENY) for minutes in (2, 1)),
        passage(other, ago(0), verdict=Verdict.RECHECK),
        *(passage(None, ago(1), verdict=Verdict.DENY) for _ in range(5)),
    )
    assert await raised(gate, AlertRule.REPEATED) == []
