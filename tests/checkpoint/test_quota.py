"""The exits of a household: counted by every gate of a compound, from memory (N2)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.checkpoint.domain import zones
from services.checkpoint.domain.zones import Exit, Zoned
from services.checkpoint.usecases.outings import FORGETTING
from shared.base.ids import new_id
from shared.events.checkpoint import AlertRaised, CheckpointDefined, CheckpointKind, GateDefined, Policy
from shared.events.checkpoint_outings import Outing, OutingsChanged
from shared.events.registration_zones import ZoneExits
from tests.checkpoint.gate import COMPOUND, DOOR, GATE, NOW, Gate, scan
from tests.checkpoint.passing import passage
from tests.checkpoint.zoning import CARDS, family, recorded, shows, zone

ALLOW: tuple[str, list[str]] = ("allow", [])
USED_UP = ("deny", ["household_quota"])
CITY = timezone(timedelta(hours=8))
NOON = datetime(2026, 2, 10, 4, tzinfo=UTC)  # 12:00 in the city
EVERY_TWO_DAYS = Zoned(exits=ZoneExits.QUOTA, persons=1, days=2)


def outing(resident_id: str, at: datetime, exempt: bool = False) -> Outing:
    return Outing(resident_id=resident_id, scan_id=new_id(), gate_id=GATE, at=at, exempt=exempt)


@pytest.mark.parametrize(
    ("before", "counts"),
    [(timedelta(), 1), (timedelta(hours=36), 1), (timedelta(hours=37), 0), (timedelta(days=3), 0)],
)
def test_exits_are_counted_by_days_of_the_city_today_among_them(before: timedelta, counts: int) -> None:
    leaving = Exit("wang", "scan", NOON)
    assert len(zones.counting([outing("li", NOON - before)], EVERY_TWO_DAYS, leaving, CITY)) == counts


def test_neither_an_exempt_exit_counts_nor_the_same_crossing_again() -> None:
    just_now = outing("wang", NOON - timedelta(seconds=3))
    leaving = Exit("wang", "another scan", NOON, timedelta(seconds=5))
    assert zones.counting([outing("li", NOON, True), just_now], EVERY_TWO_DAYS, leaving, CITY) == []
    of_another = Exit("li", "another scan", NOON, timedelta(seconds=5))
    assert zones.counting([just_now], EVERY_TWO_DAYS, of_another, CITY) == [just_now]


async def test_of_a_household_one_member_leaves_and_each_member_comes_home(gate: Gate) -> None:
    wang, li = family(gate)
    (neighbour,) = family(gate, 1, f"{COMPOUND}/1/1/102")
    gate.learns(zone("control"))
    assert await shows(gate, wang) == ALLOW
    assert await shows(gate, li) == USED_UP
    assert await shows(gate, wang, "in") == ALLOW
    assert await shows(gate, neighbour) == ALLOW
    gate.service.clock.advance(timedelta(days=2))
    gate.learns()  # the lists are as new as the day
    assert await shows(gate, li) == ALLOW


async def test_the_same_person_scanned_twice_within_seconds_went_out_once(gate: Gate) -> None:
    (wang,) = family(gate, 1)
    gate.learns(zone("control"))
    assert await shows(gate, wang) == ALLOW
    gate.service.clock.advance(timedelta(seconds=3))
    assert await shows(gate, wang) == ALLOW
    gate.service.clock.advance(timedelta(minutes=10))
    assert await shows(gate, wang) == USED_UP


async def test_what_another_gate_let_out_counts_here_once_it_is_recorded(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(zone("control"))
    there = passage(wang, NOW - timedelta(minutes=5), direction="out", gate_id="gate-p02")
    assert await shows(gate, li, "in") == ALLOW
    (published,) = await recorded(gate, there)
    assert (published.home_path, [one.resident_id for one in published.outings]) == (DOOR, [wang])
    assert await shows(gate, li) == USED_UP
    assert await recorded(gate, there) == []  # delivered again, it changes nothing


async def test_two_gates_that_let_out_a_household_at_once_raise_an_alert(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(zone("control"))
    at = NOW - timedelta(minutes=5)
    both = [passage(who, at, direction="out", gate_id=where) for who, where in ((wang, GATE), (li, "gate-p02"))]
    await recorded(gate, *both)
    assert {one.rule for one in await gate.service.emitted(AlertRaised)} == {"quota"}


async def test_a_device_that_was_cut_off_and_let_out_too_many_raises_an_alert(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(zone("control"))
    await shows(gate, wang)
    assert await shows(gate, li, mode="offline") == USED_UP
    await recorded(gate)
    (alert,) = await gate.service.emitted(AlertRaised)
    assert (alert.rule, alert.resident_id, alert.home_path) == ("quota", li, DOOR)


async def test_an_emergency_is_recorded_and_counts_against_no_exit(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(zone("control"))
    await shows(gate, wang, override="medical_emergency")
    (published,) = await recorded(gate)
    assert [one.exempt for one in published.outings] == [True]
    assert await shows(gate, li) == ALLOW


async def test_the_keeper_reads_masked_who_has_been_out_and_that_is_recorded_as_a_reading(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(zone("control"))
    assert await shows(gate, wang) == ALLOW
    answer = await gate.answer(scan("card", CARDS[li], direction="out"))
    assert (answer["reasons"], [one["name"] for one in answer["went_out"]]) == (["household_quota"], ["王**"])
    assert gate.passages[-1].revealed == (wang,)
    await recorded(gate)
    auditor = gate.service.client("auditor")
    readings = (await auditor.get("/v1/readings", params={"subject": wang})).json()["items"]
    assert [one["kind"] for one in readings] == ["gate_name"]


async def test_a_checkpoint_has_a_quota_of_its_own_by_date(gate: Gate) -> None:
    wang, li = family(gate)
    gate.learns(GateDefined(gate_id=GATE, name="东门", area_path=COMPOUND, checkpoint_id="c1"))
    policies = (
        Policy(since=NOW - timedelta(days=1), quota_persons=1, quota_days=3),
        Policy(since=NOW + timedelta(hours=2), quota_persons=2, quota_days=1),
    )
    facts = {"name": "东门", "kind": CheckpointKind.COMPOUND, "area_path": COMPOUND}
    gate.learns(CheckpointDefined(checkpoint_id="c1", policies=policies, **facts))
    assert await shows(gate, wang) == ALLOW
    assert await shows(gate, li) == USED_UP
    gate.service.clock.advance(timedelta(hours=2))
    assert await shows(gate, li) == ALLOW


async def test_outings_are_forgotten_when_no_quota_counts_them_any_more(gate: Gate) -> None:
    (wang,) = family(gate, 1)
    gate.learns(zone("control"))
    await shows(gate, wang)
    await recorded(gate)
    gate.service.clock.advance(timedelta(days=15))
    await FORGETTING.work(gate.service.deps)
    assert await gate.service.database["outings"].count_documents({}) == 0
    assert (await gate.service.emitted(OutingsChanged))[-1].outings == ()
