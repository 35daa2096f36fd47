"""Chains the log of acts and publishes its head once a day: one process of a service at a time, under a lease."""

import asyncio
import logging
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from shared.base import metrics
from shared.base.clock import Clock
from shared.envelope.log_head import LogHead
from shared.store.act_chain import Chain, Head
from shared.store.act_log import HEADS, log_of
from shared.store.faults import SERVER_ERRORS
from shared.store.leases import Lease
from shared.store.mongo import Database
from shared.store.turns import take_turns
from shared.store.unit_of_work import UnitOfWorkFactory, retry_conflicts

POLL_S = 0.5
LAST_WORDS_S = 2.0
NAMED = 20
LEASE = timedelta(seconds=10)

logger = logging.getLogger(__name__)


class Chaining:
    """Links entries within a second until it is cancelled; `publishes` is the contract of the daily event, if any."""

    def __init__(
        self,
        database: Database,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        zone: ZoneInfo,
        publishes: type[LogHead] | None,
    ) -> None:
        self.chain = Chain(database, unit_of_work)
        self._heads = log_of(database)[HEADS]
        self._lease = Lease(database, "acts", LEASE)
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._zone = zone
        self._publishes = publishes
        self._published: date | None = None

    async def run(self) -> None:
        """Work until cancelled; faults of the store are waited out."""
        try:
            await take_turns("the chaining of the log of acts", self.turn, partial(asyncio.sleep, POLL_S))
        finally:
            with suppress(TimeoutError, *SERVER_ERRORS):
                await asyncio.wait_for(self._lease.release(), LAST_WORDS_S)

    async def turn(self) -> None:
        """Link what waits, and publish the head where the day has begun. Raises the store's errors."""
        waiting = await self.chain.waiting()
        metrics.ACTS_WAITING.set(waiting)
        if not (waiting or self._is_due) or not await self._lease.hold():
            return
        while await self.chain.extend():
            await self._lease.keep()
        if self._is_due and self._publishes is not None:
            await self._check()
            await self._publish(self._publishes, self._today)
            self._published = self._today

    async def _check(self) -> None:
        """Verify what was linked since the head that was published last, and let operators know what does not verify.

        `lastmetre verify-log` verifies the whole log, and names the entries.
        """
        rows = await self._heads.find().sort("_id", -1).limit(1).to_list(1)
        published = Head(rows[0]["number"], rows[0]["hash"]) if rows else Head()
        faults: list[str] = []
        async for some in self.chain.faults_after(published):
            faults += some
            await self._lease.keep()
        metrics.LOG_BROKEN.set(len(faults))
        if faults:
            logger.error("the log of acts does not verify: links %s", ", ".join(faults[:NAMED]))

    @property
    def _today(self) -> date:
        return self._clock.now().astimezone(self._zone).date()

    @property
    def _is_due(self) -> bool:
        return self._publishes is not None and self._published != self._today

    @retry_conflicts
    async def _publish(self, contract: type[LogHead], day: date) -> None:
        head = await self.chain.head()
        async with self._unit_of_work() as work:
            if await self._heads.find_one({"_id": day.isoformat()}, session=work.session):
                return
            row = {"_id": day.isoformat(), "number": head.number, "hash": head.hash}
            await self._heads.insert_one(row, session=work.session)
            work.emit(contract(day=day, number=head.number, hash=head.hash))
