"""Passages are kept for thirty days and no longer (R2.8)."""

from datetime import UTC, datetime, timedelta

from services.checkpoint.store.passages import PASSAGE_RETENTION
from shared.base.ids import new_id
from tests.checkpoint.gate import NOW, Gate
from tests.checkpoint.passing import ago, passage

OLDEST = NOW - PASSAGE_RETENTION


async def begin(gate: Gate) -> None:
    """Begin the recurring work, as each process that works does when it starts."""
    for recurring in gate.service.parts.recurring:
        await recurring.begin(gate.service.deps)


async def count_passages(gate: Gate) -> int:
    return int(await gate.service.database["passages"].count_documents({}))


async def test_passages_are_forgotten_when_they_have_been_kept_for_thirty_days(gate: Gate) -> None:
    too_old = passage(new_id(), OLDEST - timedelta(milliseconds=1))
    await gate.service.receive(too_old, passage(new_id(), OLDEST), passage(new_id(), ago(1)))
    await begin(gate)
    assert await count_passages(gate) == 3
    await gate.service.due()
    assert await count_passages(gate) == 2


async def test_it_goes_on_minute_by_minute(gate: Gate) -> None:
    await gate.service.receive(
        *(passage(new_id(), OLDEST + timedelta(minutes=minute, seconds=-1)) for minute in range(3))
    )
    await begin(gate)
    left = []
    for _ in range(3):
        await gate.service.due()
        left.append(await count_passages(gate))
        gate.service.clock.advance(timedelta(minutes=1, seconds=1))
    assert left == [2, 1, 0]


async def test_the_deadline_of_an_earlier_version_goes_on_and_many_processes_leave_one(gate: Gate) -> None:
    deps = gate.service.deps
    async with deps.unit_of_work() as work:  # as the version before this one did
        await deps.deadlines.schedule(work, "passages.forget", "passages", datetime.fromtimestamp(0, UTC))
    for _ in range(3):
        await begin(gate)
    assert await gate.service.database["deadlines"].count_documents({"kind": "passages.forget"}) == 1
    await gate.service.due()
    assert await gate.service.database["deadlines"].count_documents({"kind": "passages.forget"}) == 1
