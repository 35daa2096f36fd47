"""One replica at a time, and another when it is gone."""

import asyncio
from datetime import timedelta

import pytest

from shared.store.leases import Lease, LeaseLost
from shared.store.mongo import Database
from tests.support.waiting import eventually

LONG, SHORT = timedelta(minutes=1), timedelta(milliseconds=200)


async def test_of_replicas_that_race_one_holds_the_lease(database: Database) -> None:
    leases = [Lease(database, "outbox", LONG) for _ in range(8)]
    for _ in range(3):
        held = await asyncio.gather(*(lease.hold() for lease in leases))
        assert sum(held) == 1


async def test_its_holder_renews_it_and_keeps_others_out(database: Database) -> None:
    mine, other = Lease(database, "outbox", LONG), Lease(database, "outbox", LONG)
    assert await mine.hold()
    await mine.keep()
    assert not await other.hold()


async def test_another_takes_over_when_it_has_run_out_and_the_first_learns_of_it(database: Database) -> None:
    mine, other = Lease(database, "outbox", SHORT), Lease(database, "outbox", LONG)
    assert await mine.hold()
    await eventually(other.hold)
    with pytest.raises(LeaseLost):
        await mine.keep()


async def test_a_released_lease_is_free_at_once_and_is_released_by_its_holder_alone(database: Database) -> None:
    mine, other = Lease(database, "outbox", LONG), Lease(database, "outbox", LONG)
    assert await mine.hold()
    await other.release()
    assert not await other.hold()
    await mine.release()
    assert await other.hold()


async def test_leases_of_other_names_do_not_meet(database: Database) -> None:
    assert await Lease(database, "outbox", LONG).hold()
    assert await Lease(database, "weekly", LONG).hold()
