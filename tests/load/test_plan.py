"""The plan for a city holds: its page says what the code says, its formulas are right, and the rush played agrees."""

import math
import random
from dataclasses import replace

import pytest

from deploy.topics import load_topics
from services.checkpoint.store.retention import PASSAGES_S
from shared.events.checkpoint import PASSAGES
from tests.load import queueing
from tests.load.costs import DAY_S, City
from tests.load.plan import PAGE, TABLES, filled
from tests.load.simulate import Outcome, Simulation, at_the_gates, at_the_recorder, rush
from tests.load.sizing import PARTITIONS_STEP, Plan

PLAN = Plan()
SCANNING, RECORDING = PLAN.scanning(PLAN.partitions), PLAN.recording(PLAN.partitions)
RUSH = PLAN.city.rush
# Batches are few and large: how their number falls by chance would hide what is asked of single scans.
ONE_BY_ONE = replace(PLAN, city=replace(PLAN.city, batched=0.0))
USUAL_S, RUSH_S, FULL_AFTER_S = 2.0, 16.0, 12.0
LONG_S = 100.0  # waits that follow one another are alike: a tail shows itself only over many busy periods
SEED = 7


def test_the_page_says_what_the_plan_comes_to() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == filled(page, PLAN), "write it again with 'python -m tests.load.plan --write'"
    assert [name for name in TABLES if f"<!-- table: {name} -->" not in page] == []


def test_the_plan_keeps_things_as_long_as_the_product_does() -> None:
    kept = {topic.name: topic.retention_hours for topic in load_topics()}
    assert kept[PASSAGES] == PLAN.city.topic_kept_hours
    assert PLAN.city.passages_kept_days * DAY_S == PASSAGES_S


def test_half_the_randomness_is_half_the_wait() -> None:
    busy, service_s = 0.8, 0.001
    rate = busy / service_s
    exponential = queueing.mean_wait(busy, 2 * service_s**2, rate)
    assert exponential == pytest.approx(busy * service_s / (1 - busy))  # M/M/1
    assert queueing.mean_wait(busy, service_s**2, rate) == pytest.approx(exponential / 2)  # M/D/1
    assert queueing.mean_wait(1.0, service_s**2, rate) == math.inf


def test_the_quantile_of_a_wait_is_that_of_m_m_1() -> None:
    busy, mean = 0.8, 4.0
    quantile = queueing.wait_quantile(busy, mean)
    assert busy * math.exp(-quantile * busy / mean) == pytest.approx(0.01)
    assert queueing.wait_quantile(0.005, mean) == 0.0  # fewer than one in a hundred wait at all


def test_a_lag_is_gone_when_the_plan_says() -> None:
    rate = queueing.rate_for_drain(20_000, 2_000, 3_600, 900)
    waiting = queueing.lag(20_000, rate, 3_600)
    assert queueing.drain_s(waiting, 2_000, rate) == pytest.approx(900)
    assert queueing.drain_s(waiting, rate, rate) == math.inf


def test_a_run_touches_as_many_buckets_as_are_met_by_chance() -> None:
    chance, bins, drawn = random.Random(SEED), 400, 500
    met = [len({chance.randrange(bins) for _ in range(drawn)}) for _ in range(200)]
    assert queueing.touched(drawn, bins) == pytest.approx(sum(met) / len(met), rel=0.01)
    assert queueing.touched(drawn, 0.5) == 1.0


@pytest.mark.parametrize("times", [1, 2, 5])
def test_pods_are_left_for_the_rush_when_a_zone_is_lost(times: int) -> None:
    rate, zones = times * RUSH, PLAN.city.zones
    left = SCANNING.pods(rate) * (zones - 1) // zones
    assert queueing.busiest(SCANNING.cores(rate), left, SCANNING.devices) <= PLAN.city.busy
    assert 1000 * SCANNING.p99_wait_s(left, rate) < PLAN.city.p99_wait_ms


def test_partitions_are_enough_to_make_recorders_four_times_as_many() -> None:
    assert PLAN.partitions % PARTITIONS_STEP == 0
    assert PLAN.partitions >= PLAN.city.partitions_a_recorder * RECORDING.pods
    fewer = PLAN.partitions - PARTITIONS_STEP
    assert fewer < PLAN.city.partitions_a_recorder * PLAN.recording(fewer).pods


def test_the_recorder_is_done_when_it_was_promised() -> None:
    assert RECORDING.drain_s == pytest.approx(PLAN.city.recorded_within_s)


def test_a_dearer_scan_needs_more_pods() -> None:
    dearer = replace(PLAN, costs=replace(PLAN.costs, single_us=2 * PLAN.costs.single_us))
    assert dearer.scanning(PLAN.partitions).pods(RUSH) > SCANNING.pods(RUSH)


def test_a_larger_city_needs_more_of_everything() -> None:
    larger = replace(PLAN, city=City(residents=20_000_000, scans_a_day=80_000_000, usual=4_000.0))
    assert larger.partitions >= PLAN.partitions
    assert larger.shards > PLAN.shards
    assert larger.scanning(larger.partitions).pods(larger.city.rush) > SCANNING.pods(RUSH)


def _played(plan: Plan, share: float, limit: int = 20_000, rush_s: float = RUSH_S) -> Outcome:
    part, load = at_the_gates(plan, share, processes=1, limit=limit)
    return Simulation(part, SEED).play(rush(plan, load, USUAL_S, rush_s, USUAL_S))


def test_with_the_planned_pods_one_in_a_hundred_waits_less_than_it_may_and_no_scan_gets_503() -> None:
    played = _played(PLAN, 1.0)
    assert 1000 * played.p99(played.waits, USUAL_S, USUAL_S + RUSH_S) < PLAN.city.p99_wait_ms
    assert played.turned_away == 0


def test_the_wait_is_what_the_formula_says() -> None:
    played = _played(ONE_BY_ONE, 1.0, rush_s=LONG_S)
    scanning = ONE_BY_ONE.scanning(ONE_BY_ONE.partitions)
    planned_s = scanning.p99_wait_s(scanning.cores(RUSH) / ONE_BY_ONE.city.busy, RUSH)
    assert played.p99(played.waits, USUAL_S, USUAL_S + LONG_S) == pytest.approx(planned_s, rel=0.15)


def test_with_a_fifth_fewer_pods_gates_wait_and_are_turned_away_when_the_plan_says() -> None:
    scanning = ONE_BY_ONE.scanning(ONE_BY_ONE.partitions)
    pods = 0.8 * scanning.cores(RUSH) / ONE_BY_ONE.city.busy
    limit = int(FULL_AFTER_S / scanning.turned_away_after_s(pods, RUSH, 1))
    played = _played(ONE_BY_ONE, 0.8, limit)
    assert 1000 * played.p99(played.waits, USUAL_S, USUAL_S + RUSH_S) > PLAN.city.p99_wait_ms
    assert played.turned_away_at is not None
    assert played.turned_away_at - USUAL_S == pytest.approx(FULL_AFTER_S, rel=0.3)


def test_every_scan_without_503_is_recorded_once() -> None:
    played = _played(PLAN, 0.8, limit=1_000)
    assert played.recorded == len(played.answers)
    assert played.lags[-1][1] == 0


def test_the_recorders_lag_grows_in_the_rush_and_is_gone_when_the_plan_says() -> None:
    part, load = at_the_recorder(PLAN)
    usual_s, rush_s = 5.0, 240.0
    played = Simulation(part, SEED).play(rush(PLAN, load, usual_s, rush_s, 90.0))
    scale, ends = rush_s / PLAN.city.rush_s, usual_s + rush_s
    at_usual = played.lag_at(usual_s)
    assert played.lag_at(ends) > 10 * at_usual
    assert played.lag_at(ends) == pytest.approx(load * RECORDING.lag * scale, rel=0.1)  # and a run that is in hand
    gone_s = played.lag_gone_at(int(load * PLAN.city.usual)) - ends
    assert gone_s == pytest.approx(RECORDING.drain_s * scale, rel=0.1)


def test_the_same_seed_plays_the_same_rush() -> None:
    part, load = at_the_gates(PLAN, processes=1)
    first, again = (Simulation(part, SEED).play(rush(PLAN, load, 0.2, 1.0, 0.2)) for _ in range(2))
    assert first == again
