"""A rolling upgrade: processes of an earlier version and of this one serve the same city side by side."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from deploy.cli.audit import run_audit
from deploy.launcher.city import City
from deploy.launcher.processes.child import ROOT, free_port
from deploy.launcher.service import COMMANDS, State
from deploy.launcher.state import RunningCity
from tests.conftest import MakeCity
from tests.journeys.chain import KEEPER, Chain, begin_chain
from tests.journeys.test_chain import MESSAGES, disagreements
from tests.support.city import CityUnderTest
from tests.support.waiting import eventually

# The commit of the version that cities run before they upgrade to this one.
EARLIER = Path(__file__).with_name("earlier-version.txt").read_text(encoding="utf-8").strip()
READY_S, DRAIN_S, END_S = 120.0, 60.0, 20.0
DAYS = 14
DECLARED_LATE = 11  # days after the arrival: what was due before is waived, and few days of isolation are left


class ByTurns(Chain):
    """A chain that calls the processes of both versions in turn, as a balancer in front of them would."""

    def between(self, *cities: RunningCity) -> None:
        """Call these cities' services from now on, one after the other."""
        self._cities = cycle(cities)

    async def call(self, *args: Any, **options: Any) -> Any:
        """Return the answer of the next version's service."""
        self.city = next(self._cities)
        return await super().call(*args, **options)


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the earlier version."""
    directory = tmp_path_factory.mktemp("earlier")
    archive = directory / "earlier.tar"
    made = subprocess.run(["git", "-C", str(ROOT), "archive", "-o", str(archive), EARLIER], check=False)
    if made.returncode:
        pytest.skip(f"the commit {EARLIER[:7]} is not in the history that is here: clone all of it")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(directory)], check=True)
    return directory


def commands_of(root: Path) -> Mapping[str, Sequence[str]]:
    """Return the commands that run the services of a version whose files lie there."""
    module = ("env", f"PYTHONPATH={root}", sys.executable, "-m")
    return {name: (*module, f"services.{name}.main") for name in COMMANDS}


@asynccontextmanager
async def beside(town: CityUnderTest) -> AsyncIterator[City]:
    """Run this version's services beside those of the town, on its store and bus."""
    ports: dict[str, int] = {}
    for name in COMMANDS:
        ports[name] = free_port([*ports.values()])
    logs = town.directory / "logs-newer"
    logs.mkdir()
    with pytest.MonkeyPatch.context() as careful:
        # As docs/operations.md says: while the earlier version runs, this one seals in a form that both read.
        careful.setenv("LASTMETRE_SEAL_FORM", "1")
        newer = City.of(COMMANDS, ports, town.surroundings()._replace(logs=logs))
    try:
        for service in newer.services.values():
            service.start()

        async def ready() -> bool:
            await newer.look()
            for service in newer.services.values():
                assert service.running, service.last_words()
            return all(service.state is State.READY for service in newer.services.values())

        await eventually(ready, READY_S, 0.5)
        yield newer
    finally:
        await newer.end(END_S)


def by_turns(chain: Chain, *cities: RunningCity) -> ByTurns:
    """Return the chain as it stands, calling these cities in turn."""
    made = ByTurns(cities[0], chain.number)
    vars(made).update(vars(chain))
    made.between(*cities)
    return made


async def test_a_city_is_upgraded_amid_its_work_and_loses_nothing(
    city: MakeCity, earlier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LASTMETRE_UNSIGNED_EVENTS_UNTIL", "2100-01-01T00:00:00+08:00")  # its events have no MACs
    town = await city(commands=commands_of(earlier))
    first, *others = [await begin_chain(town.running, number) for number in (1, 2, 3)]
    await first.declare(DECLARED_LATE)
    await first.isolated()
    async with beside(town) as newer:
        upgraded = replace(town.running, services=newer.urls, metrics=newer.metrics)
        chains = [by_turns(others[0], town.running), by_turns(others[1], upgraded)]  # each version declares a journey
        await asyncio.gather(*(chain.declare(DECLARED_LATE) for chain in chains))
        chains = [by_turns(one, town.running, upgraded) for one in (first, *chains)]
        await asyncio.gather(*(chain.isolated() for chain in chains[1:]))
        await asyncio.gather(*(chain.exit_is("deny", "isolated_no_exit") for chain in chains))
        await asyncio.gather(*map(Chain.breached, chains))
        await asyncio.gather(*map(Chain.measured, chains))
        for hour in (14, 8, 14):
            await first.clock_at(hour)
            await asyncio.gather(*map(Chain.measured, chains))
        await asyncio.gather(*(town.stop(name) for name in COMMANDS))
        for chain in chains:
            chain.between(upgraded)
        await asyncio.gather(*map(Chain.delivered, chains))
        await end_well(chains, newer, upgraded)


async def end_well(chains: Sequence[ByTurns], newer: City, upgraded: RunningCity) -> None:
    """Follow the chains to their ends with this version alone; nothing is missing, doubled or dead-lettered."""
    for hour in (8, 14) * (DAYS - DECLARED_LATE - 1):
        await chains[0].clock_at(hour)
        await asyncio.gather(*map(Chain.measured, chains))
    await chains[0].clock_at(19)
    await asyncio.gather(*map(Chain.released, chains))
    for chain in chains:
        await chain.coloured("green")
        await chain.exit_is("allow")
        await chain.notified(MESSAGES)
        assert (await chain.stock())["flour"] == (49, 0), KEEPER
    assert await newer.drain(DRAIN_S)
    assert disagreements(await run_audit(upgraded, (), DRAIN_S)) == []
