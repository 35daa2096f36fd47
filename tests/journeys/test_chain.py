"""The chain through five services as processes, over HTTP and the bus, with each of them killed midway.

The chain without kills is in test_audit.py: the audit examines the same city.
"""

import asyncio
from collections.abc import Sequence

from deploy.audit.books import Finding
from deploy.cli.audit import run_audit
from deploy.services import SERVICES
from tests.conftest import MakeCity
from tests.journeys.chain import DOCTOR, KEEPER, LEADER, POLICE, Chain, begin_chain
from tests.support.city import CityUnderTest

DAYS = 14
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


async def test_each_service_killed_in_the_middle_of_a_chain_and_started_again_changes_nothing(city: MakeCity) -> None:
    town = await city()
    chains = [await begin_chain(town.running, number) for number in range(1, len(SERVICES) + 1)]
    async with asyncio.TaskGroup() as starting:
        for killed, chain in zip(SERVICES, chains, strict=True):
            await chain.declare()
            town.kill(killed)  # the journey is acknowledged, and everything that follows from it is under way
            starting.create_task(town.start(killed))  # the next journey begins meanwhile
    await play_on(town, chains)


async def play_on(town: CityUnderTest, chains: Sequence[Chain]) -> None:
    """Follow chains from their declared journeys to their ends, and see that nothing is missing or doubled."""
    await asyncio.gather(*map(Chain.isolated, chains))
    await asyncio.gather(*(chain.exit_is("deny", "isolated_no_exit") for chain in chains))
    await asyncio.gather(*map(Chain.breached, chains))
    await asyncio.gather(*map(Chain.delivered, chains))
    for hour in (8, 14) * DAYS:
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
