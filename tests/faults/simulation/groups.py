"""Consumer groups: who has which partition, what was committed, and members that are given up for dead."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, RequestTimedOutError

from shared.bus.receiver import Receiver
from shared.envelope.letters import Record
from tests.faults.simulation.bus import Bus
from tests.faults.simulation.loop import Life

HEARTBEAT_S = 1.0
SESSION_S = 3.0
PAUSE_S = 1.0
JOIN_S = 0.2


class Group:
    """One consumer group as its coordinator on the bus sees it."""

    def __init__(self, name: str, topics: list[str], bus: Bus) -> None:
        self.name, self.bus = name, bus
        self.partitions = [partition for topic in topics for partition in bus.partitions(topic)]
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 0
        self.members: dict[Life, Member] = {}
        self._seen: dict[Life, float] = {}
        self._joined: dict[Life, int] = {}

    def rebalance(self) -> None:
        """Assign the partitions again, once every member has released its own."""
        self.generation += 1

    def receive(self, life: Life, now: float) -> int:
        """Hear from a member, old or new; return the generation that it should be in."""
        if life not in self._seen:
            self.rebalance()
        self._seen[life] = now
        return self.generation

    def expire(self, now: float) -> None:
        """Remove members without a heartbeat for too long."""
        for life in [one for one, seen in self._seen.items() if now - seen > SESSION_S]:
            del self._seen[life]
            self._joined.pop(life, None)
            self.rebalance()

    def join(self, life: Life, generation: int) -> None:
        """Note that a member has let go of its partitions and waits for new ones."""
        self._joined[life] = generation

    def assigned(self, life: Life, generation: int) -> list[TopicPartition] | None:
        """Return a member's partitions, or None until every other member has released its own."""
        members = sorted(self._seen, key=str)
        if generation != self.generation or any(self._joined.get(one) != generation for one in members):
            return None
        at = members.index(life)
        return [partition for number, partition in enumerate(self.partitions) if number % len(members) == at]

    def commit(self, life: Life, generation: int, offsets: Mapping[TopicPartition, int]) -> None:
        """Commit. Raises `CommitFailedError` for a caller that is no member of this generation."""
        if generation != self.generation or life not in self._seen:
            raise CommitFailedError
        self.committed.update(offsets)

    def lag(self) -> int:
        """Return the number of unhandled records; records without a commit may be delivered again."""
        come_to = dict.fromkeys(self.partitions, 0)
        for member in self.members.values():
            come_to |= member.handled()
        return sum(len(self.bus.logs[partition]) - at for partition, at in come_to.items())


class Member:
    """A consumer in a group: what the receiver calls of aiokafka's, and the loop in which FastStream calls it."""

    def __init__(self, group: Group, life: Life, receiver: Receiver) -> None:
        self._group, self._life, self._receiver = group, life, receiver
        self._generation = -1
        self._positions: dict[TopicPartition, int] = {}
        self._in_hand: dict[TopicPartition, int] = {}
        group.members = {one: member for one, member in group.members.items() if one.alive} | {life: self}

    def handled(self) -> dict[TopicPartition, int]:
        """Return up to where it has handled its partitions."""
        return self._positions | self._in_hand if self._life.alive else {}

    async def stay(self) -> None:
        """Be a member: heartbeats, and rebalances when the coordinator says so."""
        membership = self._receiver._membership
        while True:
            self._group.bus.wire.check()
            wanted = self._group.receive(self._life, asyncio.get_running_loop().time())
            if wanted != self._generation:
                await membership.on_partitions_revoked(self.assignment())
                self._positions = {}
                await self._join()
                await membership.on_partitions_assigned(self.assignment())
            await asyncio.sleep(HEARTBEAT_S)

    async def _join(self) -> None:
        assigned = None
        while assigned is None:
            self._generation = self._group.receive(self._life, asyncio.get_running_loop().time())
            self._group.join(self._life, self._generation)
            await asyncio.sleep(JOIN_S)
            assigned = self._group.assigned(self._life, self._generation)
        self._positions = {partition: self._group.committed.get(partition, 0) for partition in assigned}

    async def consume(self, records_at_once: int) -> None:
        """Hand batches to the receiver; one that fails as a whole is handed over again."""
        while True:
            before = self._in_hand = dict(self._positions)
            records = self._fetch(records_at_once)
            if not records:
                self._in_hand = {}
                await self._group.bus.more(PAUSE_S)
                continue
            try:
                await self._receiver._receive(Message(records, self))  # type: ignore[arg-type]
            except Exception:
                self._positions |= {partition: at for partition, at in before.items() if partition in self._positions}
            self._in_hand = {}

    def _fetch(self, most: int) -> tuple[Record, ...]:
        records: list[Record] = []
        for partition, at in self._positions.items():
            new = self._group.bus.logs[partition][at : at + most - len(records)]
            self._positions[partition] = at + len(new)
            records += new
        return tuple(records)

    def assignment(self) -> set[TopicPartition]:
        """Return the partitions it has."""
        return set(self._positions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Read on from there."""
        self._positions[partition] = offset

    async def commit(self) -> None:
        """Commit where it stands. Raises `KafkaError`."""
        offsets, generation = dict(self._positions), self._generation

        def effect(share: float) -> None:
            if share > 0.5:
                self._group.commit(self._life, generation, offsets)

        await self._group.bus.wire.ask(f"commit {self._group.name}", effect, lambda _: RequestTimedOutError())


class Message:
    """A batch as FastStream hands it over."""

    def __init__(self, records: tuple[Record, ...], member: Member) -> None:
        self.raw_message, self.consumer = records, member
        self.committed: Any = None

    async def ack(self) -> None:
        """Commit where the consumer stands."""
        await self.consumer.commit()


class Reader:
    """A consumer without a group, that reads every partition from the start: aiokafka's, as replicas use it."""

    bus: Bus  # of the simulation that runs

    def __init__(self, *topics: str, **_: Any) -> None:
        self._positions = {partition: 0 for topic in topics for partition in self.bus.partitions(topic)}

    async def start(self) -> None:
        """Nothing is to be connected."""
        self.bus.wire.check()

    async def stop(self) -> None:
        """Nothing is to be closed."""

    def assignment(self) -> set[TopicPartition]:
        """Return every partition of its topics."""
        return set(self._positions)

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Record]]:
        """Return what is new, or nothing after so long."""
        records = self._new(max_records)
        if not records:
            await self.bus.more(timeout_ms / 1000)
            records = self._new(max_records)
        return records

    def _new(self, most: int) -> dict[TopicPartition, list[Record]]:
        self.bus.wire.check()
        new = {partition: self.bus.logs[partition][at : at + most] for partition, at in self._positions.items()}
        by_partition = {partition: records for partition, records in new.items() if records}
        self._positions |= {partition: records[-1].offset + 1 for partition, records in by_partition.items()}
        return by_partition

    async def position(self, partition: TopicPartition) -> int:
        """Return where it stands."""
        return self._positions[partition]

    def highwater(self, partition: TopicPartition) -> int:
        """Return the partition's end."""
        return len(self.bus.logs[partition])

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Return the partitions' ends. Raises `KafkaError`."""
        ends: dict[TopicPartition, int] = await self.bus.wire.ask(
            "ends",
            lambda _: {partition: self.highwater(partition) for partition in partitions},
            lambda _: RequestTimedOutError(),
        )
        return ends

    async def seek_to_beginning(self, partition: TopicPartition) -> None:
        """Read a partition again."""
        self._positions[partition] = 0
