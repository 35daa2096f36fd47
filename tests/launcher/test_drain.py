"""A city is drained when the bus, too, knows of nothing that waits."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from deploy.launcher.city import City
from deploy.launcher.probe import reading
from shared.bus import lag

METRICS = """# TYPE lastmetre_consumer_lag gauge
lastmetre_consumer_lag{topic="isolation.cases.v1"} 0.0
# TYPE lastmetre_consumer_reads gauge
lastmetre_consumer_reads{group="supply",topic="isolation.cases.v1"} 1.0
lastmetre_consumer_reads{group="supply",topic="registration.residents.v1"} 1.0
lastmetre_consumer_reads{group="recorder",topic="checkpoint.passages.v1"} 1.0
"""
GROUPS = {
    "recorder": ["checkpoint.passages.v1"],
    "supply": ["isolation.cases.v1", "registration.residents.v1"],
}


class Running:
    """A service that runs, and says that all of its own partitions are handled."""

    name, running = "supply", True

    def __init__(self) -> None:
        self.reading = reading(METRICS, ready=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Sequence[str]]]:
    """What the bus was asked for; at first a partition waits that no process has."""
    questions: list[Mapping[str, Sequence[str]]] = []

    async def none_waits(bootstrap: str, groups: Mapping[str, Sequence[str]]) -> bool:
        assert bootstrap == "bus:9092"
        questions.append(groups)
        return len(questions) > 2

    async def look(*_: object) -> None:
        pass

    monkeypatch.setattr(lag, "none_waits", none_waits)
    monkeypatch.setattr(City, "look", look)
    monkeypatch.setattr("deploy.launcher.city.QUIET_S", 0.0)
    return questions


async def test_partitions_of_a_process_that_is_gone_are_waited_for(asked: list[Any]) -> None:
    service: Any = Running()
    city = City([service], "bus:9092")
    assert not await city.drain(0.1)
    assert await city.drain(60.0)
    assert asked == [GROUPS] * 3


async def test_without_a_bus_the_services_alone_are_asked(asked: list[Any]) -> None:
    service: Any = Running()
    assert await City([service]).drain(60.0)
    assert asked == []
