"""Logs of acts of the tests' own: written, chained and verified."""

import asyncio

from deploy.audit.act_log import verify
from shared.base.clock import FixedClock
from shared.envelope.log_head import LogHead
from shared.store import act_log, unit_of_work
from shared.store.act_chain import Chain
from shared.store.act_log import LINKS, Act, digest, log_of
from shared.store.mongo import Database, ensure_indexes
from shared.store.unit_of_work import UnitOfWorkFactory, units_of_work
from tests.isolation.town import Town
from tests.support.service import MORNING


def begin_on(database: Database) -> UnitOfWorkFactory:
    return units_of_work(database, "test", FixedClock(MORNING), asyncio.Event())


async def logged(database: Database, acts: int) -> list[str]:
    """Log some acts, each in a unit of work, chain them, and return the ids of their entries."""
    begin = begin_on(database)
    await ensure_indexes(database, unit_of_work.INDEXES)
    await act_log.make_collections(database)
    for number in range(acts):
        async with begin() as work:
            work.log(Act("test.Act", f"subject-{number}", digest({"n": number})))
    while await Chain(database, begin).extend():
        pass
    return [row["act"] for row in await log_of(database)[LINKS].find().sort("_id", 1).to_list(None)]


async def faults(database: Database, *heads: LogHead) -> list[str]:
    return (await verify(database, heads)).faults


async def chained(here: Town) -> list[str]:
    chain = Chain(here.service.database, begin_on(here.service.database))
    while await chain.extend():
        pass
    return await faults(here.service.database)
