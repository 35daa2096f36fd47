"""Who comes by at a rehearsed gate, and when."""

import random
from pathlib import Path

import pytest

from deploy.rehearsal.plan import ClientPlan, Phase, PlannedGate, arrivals


def test_people_come_by_at_the_load_of_each_phase() -> None:
    phases = (Phase(100, 10), Phase(100, 100), Phase(100, 10))
    times = list(arrivals(phases, 0.5, random.Random(7)))
    counts = [sum(1 for at in times if begin <= at < begin + 100) for begin in (0, 100, 200)]
    assert times == sorted(times)
    for count, expected in zip(counts, (500, 5_000, 500), strict=True):
        assert abs(count - expected) < 5 * expected**0.5  # five standard deviations of a Poisson number


def test_a_phase_without_load_has_no_arrivals() -> None:
    assert list(arrivals((Phase(100, 0),), 1, random.Random(7))) == []


def test_a_seed_plays_the_same_rush_again() -> None:
    phases = (Phase(10, 10),)
    assert list(arrivals(phases, 1, random.Random(3))) == list(arrivals(phases, 1, random.Random(3)))


@pytest.mark.parametrize("gates", [(), (PlannedGate("g1", "t1", ("c1", "c2")),)])
def test_a_plan_is_read_as_it_was_written(tmp_path: Path, gates: tuple[PlannedGate, ...]) -> None:
    plan = ClientPlan("127.0.0.1", 80, gates, (Phase(1, 2),), 3.0, 4, "receipts", "report")
    assert ClientPlan.read(plan.save(tmp_path / "plan.json")) == plan
