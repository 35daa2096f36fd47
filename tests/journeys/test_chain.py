"""The chain through five services as processes, over HTTP and the bus, with each of them killed midway.

The chain without kills is in test_audit.py: the audit examines the same city, and its journey ends on the day on which
it is declared. Here journeys are declared late, so that few days of isolation are left.
"""

import asyncio
from collections.abc import Sequence

import pytest

from deploy.audit.books import Finding
from deploy.cli.audit import run_audit
from deploy.services import SERVICES
from tests.conftest import MakeCity
from tests.journeys.chain import DOCTOR, KEEPER, LEADER, POLICE, Chain, begin_chain
from tests.support.city import CityUnderTest

DAYS = 14
DECLARED_LATE = 13  # days after the arrival
# The number of messages of each template at the end, by recipient.
MESSAGES = {
    "resident": {"case_opened": 1, "standing_changed": 2, "delivery_planned": 1, "case_released": 1},
    KEEPER: {
        "case_opened_staff": 1,
        "delivery_planned_staff": 1,
        "case_breached_staff": 1,
        "case_released_staff": 1,
    },
    DOCTOR: {"case_opened_staff": 1, "case_breached_staff": 1},
    POLICE: {"case_breached_staff": 1},
    LEADER: {"release_requested_staff": 1},
}


@pytest.mark.early
async def test_each_service_killed_in_the_middle_of_a_chain_and_started_again_changes_nothing(city: MakeCity) -> None:
    town = await city()
    chains = [await begin_chain(town.running, number) for number in range(1, len(SERVICES) + 1)]
    async with asyncio.TaskGroup() as starting:
        for killed, chain in zip(SERVICES, chains, strict=True):
            await chain.declare(DECLARED_LATE)
            town.kill(killed)  # the journey is acknowledged, and everything that follows from it is under way
            starting.create_task(town.start(killed))  # the next journey begins meanwhile
    await play_on(town, chains, DECLARED_LATE)


async def play_on(town: CityUnderTest, chains: Sequence[Chain], days_ago: int = 0) -> None:
    """Follow chains from journeys that are declared now to their ends, and see that nothing is missing or doubled.

    `days_ago` is how many days before today the journeys ended.
    """
    await asyncio.gather(*map(Chain.isolated, chains))
    await asyncio.gather(*(chain.exit_is("deny", "isolated_no_exit") for chain in chains))
    await asyncio.gather(*map(Chain.breached, chains))
    await asyncio.gather(*map(Chain.delivered, chains))
    if days_ago:
        await asyncio.gather(*map(Chain.measured, chains))  # this morning; on the day of an arrival nothing is due
    for hour in ((14,) if days_ago else ()) + (8, 14) * (DAYS - days_ago):
        await chains[0].clock_at(hour)
        await asyncio.gather(*map(Chain.measured, chains))
    await chains[0].clock_at(19)
    notices = await asyncio.gather(*map(Chain.released, chains))
    for chain, notice in zip(chains, notices, strict=True):
        await chain.coloured("green")
        await chain.exit_is("allow")
        await chain.notified(MESSAGES)
        assert (await chain.genuine(notice))["genuine"]
    await town.wait_until_quiet()
    for chain in chains:
        assert await chain.stock() == dict.fromkeys(("flour", "milk", "disinfectant"), (49, 0))
    assert disagreements(await run_audit(town.running, (), 30)) == []


def disagreements(findings: list[Finding]) -> list[Finding]:
    """Return what the audit found to differ."""
    return [finding for finding in findings if not finding.agrees]
