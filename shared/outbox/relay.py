"""The outbox's relay: publishes what units of work stored, in order per key.

One replica of a service at a time relays, under a lease. What was published stays for a while, so that a bus that was
lost can be filled again. Readers know a repeat by its id.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.base import metrics
from shared.base.clock import Clock, machine_time
from shared.bus.consumer import LONGEST_PRODUCE_S
from shared.envelope.event import Event
from shared.envelope.letters import topic_of
from shared.envelope.macs import OFF, Macs
from shared.outbox.ordered import OrderedPublisher, Place
from shared.outbox.refill import Refill
from shared.store.faults import SERVER_ERRORS
from shared.store.leases import Lease
from shared.store.mongo import Database, Document
from shared.store.queries import find_each
from shared.store.turns import take_turns
from shared.store.unit_of_work import OUTBOX

ROWS = 50
POLL_S = 0.5
# Longer than a produce can take, so that a relay that lost its lease has nothing on its way any more.
LEASE = timedelta(seconds=LONGEST_PRODUCE_S + 1)
LAST_WORDS_S = 2.0


class Relay:
    """Publishes a service's outbox until it is cancelled; `wake` tells that there is something new."""

    def __init__(
        self,
        database: Database,
        producer: AIOKafkaProducer,
        bootstrap: str,
        service: str,
        publishes: Iterable[type[Event]],
        wake: asyncio.Event,
        clock: Clock,
        macs: Macs = OFF,
    ) -> None:
        self._outbox = database[OUTBOX]
        self._producer = producer
        self._wake = wake
        self._clock = clock
        self._lease = Lease(database, "outbox", LEASE)
        self._publisher = OrderedPublisher(producer, self._lease.keep, macs)
        self._refill = Refill(database, producer, bootstrap, self._publisher, publishes, [topic_of(service)], macs)

    async def run(self) -> None:
        """Relay until cancelled; faults of the store or the bus are waited out."""
        try:
            await take_turns("the relay", self.turn, self._rest, after_fault=self.close)
        finally:
            await self._end()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            # `wait_for` forgets that it was cancelled if it is woken just then.
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()

    async def close(self) -> None:
        """Close what turns have opened."""
        await self._refill.drop_reader()

    async def _end(self) -> None:
        await self.close()
        with suppress(TimeoutError, *SERVER_ERRORS):
            # What is on its way must arrive before another relays, or an old event might come after a new one.
            await asyncio.wait_for(self._producer.flush(), LAST_WORDS_S)
            await self._lease.release()

    async def turn(self) -> None:
        """Publish what is pending, if the lease is ours, and keep the topics whole. Raises the servers' errors."""
        self._wake.clear()
        pending = await self._count_pending()  # before the bus is asked for anything: this grows while it is away
        if not (pending or self._refill.due) or not await self._lease.hold():
            return
        await self._refill.refill()
        as_of = self._clock.now()
        published = await self.flush()
        await self._refill.mark_complete(as_of)
        if pending or published:
            await self._count_pending()

    async def _count_pending(self) -> int:
        pending = await self._outbox.count_documents({"published_at": None})
        metrics.OUTBOX.set(pending)
        return pending

    async def flush(self) -> int:
        """Publish what is pending, once through; return how many events the bus took.

        Raises `KafkaError` at the end when it did not take all: a key that cannot go holds up no other.
        """
        failed: set[Place] = set()
        count, pending = 0, await self._pending()
        for at in range(0, len(pending), ROWS):
            count += await self._publish(await self._rows(pending[at : at + ROWS]), failed)
        if failed:
            raise KafkaError(f"{len(failed)} keys could not be published")
        return count

    async def _pending(self) -> list[str]:
        """Return the ids of the rows that are pending, in order.

        All at once: an embedded server reads all that are pending to give the next few, and they may be many.
        """
        rows = await self._outbox.find({"published_at": None}, {"_id": 1}).sort("_id", 1).to_list(None)
        return [row["_id"] for row in rows]

    async def _rows(self, ids: list[str]) -> list[Document]:
        """Return those of the rows that are still pending, in order."""
        return sorted(await find_each(self._outbox, ids, published_at=None), key=lambda row: str(row["_id"]))

    async def _publish(self, rows: list[Document], failed: set[Place]) -> int:
        """Publish the rows' events and mark what arrived: a whole row, or some of its events by their ids."""
        going = [(row, event) for row in rows for event in row["events"] if event["id"] not in row.get("sent", ())]
        arrived = await self._publisher.publish([event for _, event in going], failed)
        sent, left = defaultdict(list), set()
        for (row, event), there in zip(going, arrived, strict=True):
            if there:
                sent[row["_id"]].append(event["id"])
                metrics.PUBLISHED.labels(event["type"]).inc()
            else:
                left.add(row["_id"])
        whole = {"$set": {"published_at": machine_time()}, "$unset": {"sent": ""}}
        await self._outbox.update_many({"_id": {"$in": [row["_id"] for row in rows if row["_id"] not in left]}}, whole)
        for row_id in sorted(left & sent.keys()):
            await self._outbox.update_one({"_id": row_id}, {"$addToSet": {"sent": {"$each": sent[row_id]}}})
        return sum(arrived)
