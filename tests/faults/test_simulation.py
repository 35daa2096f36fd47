"""The simulated city: a hundred seeds hold, known mistakes do not, and a seed replays event by event."""

import os
import subprocess
import sys

import pytest

from deploy.launcher.processes.child import ROOT
from tests.faults.simulation import mutants
from tests.faults.simulation.city import play

SEEDS, SEEDS_FOR_A_MISTAKE = 100, 500


@pytest.mark.early
def test_every_invariant_holds_in_a_hundred_seeds() -> None:
    for seed in range(SEEDS):
        assert play(seed).wrong == [], f"see it with: python -m tests.faults.simulation --seed {seed}"


@pytest.mark.parametrize("name", sorted(mutants.ALL))
def test_a_known_mistake_is_noticed_within_some_hundred_seeds(name: str) -> None:
    with mutants.make_mistake(name):
        assert any(play(seed).wrong for seed in range(SEEDS_FOR_A_MISTAKE)), mutants.ALL[name].__doc__
    assert play(0).wrong == []


def test_a_seed_replays_event_by_event_in_another_process() -> None:
    trace = "\n".join(play(7, trace=True).trace)
    assert "WRONG" not in trace
    command = (sys.executable, "-m", "tests.faults.simulation", "--seed", "7")
    env = os.environ | {"PYTHONHASHSEED": "5"}
    again = subprocess.run(command, capture_output=True, text=True, env=env, check=True, cwd=ROOT)
    assert trace in again.stdout


def test_another_seed_is_another_city() -> None:
    assert play(1, trace=True).trace != play(2, trace=True).trace
