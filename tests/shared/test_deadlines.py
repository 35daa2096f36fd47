"""What falls due is done once, by whichever replica comes first, and never given up for a server's fault."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from shared.base.errors import Conflict, NotYet
from shared.base.logs import correlation_id
from shared.store import deadlines
from shared.store.deadlines import MAX_MISTAKES, Deadline, Deadlines
from shared.store.mongo import ConnectionFailure, Document
from shared.store.unit_of_work import AlreadyHandled
from tests.shared.conftest import Works
from tests.shared.samples import NOON, case_opened
from tests.support.waiting import PATIENCE_S, eventually

KIND = "test.due"
HOUR = timedelta(hours=1)


class Office:
    """A replica with a handler that answers in a unit of work, and fails where a test says so."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.deadlines = Deadlines(works.database, works.clock)
        self.seen: list[Deadline] = []
        self.correlations: list[str] = []
        self.fails: Callable[[], Exception] | None = None

    async def schedule(self, subject: str = "s", due_at: datetime = NOON + HOUR, key: str = "", **payload: str) -> None:
        async with self.works.begin() as work:
            await self.deadlines.schedule(work, KIND, subject, due_at, key=key, **payload)

    async def cancel(self, subject: str = "s", kind: str | None = None, key: str | None = None) -> None:
        async with self.works.begin() as work:
            await self.deadlines.cancel(work, subject, kind, key)

    async def handle(self, _: None, deadline: Deadline) -> None:
        self.seen.append(deadline)
        self.correlations.append(correlation_id.get())
        if self.fails:
            raise self.fails()
        async with self.works.begin(deadline) as work:
            work.emit(case_opened())

    async def due(self) -> int:
        """Do everything that is due now; return how many things that was."""
        count = 0
        while await self.deadlines.handle_one({KIND: self.handle}, None):
            count += 1
        return count

    async def due_again(self) -> int:
        """Do what is due after the pause between two attempts."""
        await self.works.database["deadlines"].update_many(
            {}, {"$set": {"leased_until": datetime.fromtimestamp(0, UTC)}}
        )
        return await self.due()

    async def states(self) -> list[str]:
        rows: list[Document] = await self.works.database["deadlines"].find().sort("due_at", 1).to_list(None)
        return [row["state"] for row in rows]


@pytest.fixture
def office(works: Works) -> Office:
    """One replica."""
    return Office(works)


async def test_it_is_done_when_its_hour_has_come_and_once(works: Works, office: Office) -> None:
    await office.schedule(step="person")
    assert await office.due() == 0
    works.clock.advance(HOUR)
    assert await office.due() == 1
    assert await office.due() == 0
    (deadline,) = office.seen
    assert (deadline.kind, deadline.subject, deadline.due_at) == (KIND, "s", NOON + HOUR)
    assert deadline.payload == {"step": "person"}
    assert await office.states() == ["done"]
    assert await works.count("outbox") == 1


async def test_replicas_that_race_do_each_thing_once_in_the_order_of_their_hours(works: Works) -> None:
    offices = [Office(works) for _ in range(4)]
    for number in range(12):
        await offices[0].schedule(str(number))
    works.clock.advance(HOUR)
    done = await asyncio.gather(*(office.due() for office in offices))
    assert sum(done) == 12
    assert sorted(deadline.subject for office in offices for deadline in office.seen) == sorted(map(str, range(12)))
    assert await works.count("outbox") == 12


async def test_what_others_have_or_no_handler_knows_does_not_stand_in_the_way_of_what_comes_later(
    works: Works, office: Office
) -> None:
    await office.schedule("taken")
    async with works.begin() as work:
        await office.deadlines.schedule(work, "test.unknown", "s", NOON + HOUR)
    await office.schedule("later", NOON + 2 * HOUR)
    taken = {"$set": {"leased_until": datetime.now(UTC) + HOUR}}
    await works.database["deadlines"].update_one({"subject": "taken"}, taken)
    works.clock.advance(2 * HOUR)
    assert await office.due() == 1
    assert [deadline.subject for deadline in office.seen] == ["later"]


async def test_what_a_dead_replica_had_in_hand_is_done_by_another_without_a_second_effect(
    works: Works, office: Office
) -> None:
    await office.schedule()
    works.clock.advance(HOUR)
    await office.due()
    back = {"$set": {"state": "pending", "leased_until": datetime.now(UTC) + HOUR}}  # it died before it wrote "done"
    await works.database["deadlines"].update_many({}, back)
    other = Office(works)
    assert await other.due() == 0  # the lease still runs
    assert await other.due_again() == 1
    assert await other.states() == ["done"]
    assert await works.count("outbox") == 1


async def test_nothing_is_scheduled_unless_the_unit_of_work_commits(works: Works, office: Office) -> None:
    async def refuse() -> None:
        async with works.begin() as work:
            await office.deadlines.schedule(work, KIND, "s", NOON)
            raise Conflict("test.refused", "no")

    with pytest.raises(Conflict):
        await refuse()
    assert await office.due() == 0


async def test_a_cancelled_one_is_never_done(works: Works, office: Office) -> None:
    for key in ("a", "b"):
        await office.schedule("s1", key=key)
    await office.schedule("s2")
    await office.schedule("s3")
    await office.cancel("s1", KIND, "a")
    await office.cancel("s2")
    await office.cancel("s3", "another.kind")
    works.clock.advance(HOUR)
    await office.due()
    assert sorted(deadline.subject for deadline in office.seen) == ["s1", "s3"]


async def test_scheduling_the_same_again_changes_nothing_unless_it_was_cancelled(works: Works, office: Office) -> None:
    await office.schedule()
    await office.schedule()
    await office.cancel()
    await office.schedule()
    works.clock.advance(HOUR)
    assert await office.due() == 1
    await office.schedule()
    assert await office.due() == 0


@pytest.mark.parametrize("fault", [lambda: ConnectionFailure("away"), lambda: NotYet("the tree")])
async def test_a_fault_is_waited_out_however_long_it_lasts(
    works: Works, office: Office, fault: Callable[[], Exception]
) -> None:
    await office.schedule()
    works.clock.advance(HOUR)
    office.fails = fault
    assert await office.due() == 1
    assert await office.due() == 0  # not at once
    for _ in range(MAX_MISTAKES + 3):
        assert await office.due_again() == 1
    office.fails = None
    await office.due_again()
    assert await office.states() == ["done"]


async def test_a_refusal_closes_it_at_once_and_a_mistake_after_many_attempts(works: Works, office: Office) -> None:
    await office.schedule("refused")
    works.clock.advance(HOUR)
    office.fails = lambda: Conflict("test.refused", "no")
    assert await office.due() == 1
    assert await office.states() == ["failed"]
    await office.schedule("mistaken", NOON)
    office.fails = lambda: KeyError("x")
    await office.due()
    for attempt in range(MAX_MISTAKES - 1):
        assert await office.due_again() == 1, attempt
    assert await office.due_again() == 0
    assert await office.states() == ["failed", "failed"]


async def test_what_is_looked_at_time_and_again_stays_one_deadline_and_is_answered_once_each_time(
    works: Works, office: Office
) -> None:
    async def look(_: None, deadline: Deadline) -> None:
        office.seen.append(deadline)
        async with works.begin() as work:
            await office.deadlines.again(work, deadline, deadline.due_at + HOUR)
            work.emit(case_opened())

    await office.schedule()
    for looks in range(1, 4):
        works.clock.advance(HOUR)
        assert await office.deadlines.handle_one({KIND: look}, None)
        assert not await office.deadlines.handle_one({KIND: look}, None)
        assert await works.count("outbox") == looks
    assert (await office.states(), await works.count("inbox")) == (["pending"], 0)
    with pytest.raises(AlreadyHandled):  # a replica whose lease had run out comes last
        await look(None, office.seen[-1])
    await office.cancel()
    with pytest.raises(AlreadyHandled):
        await look(None, office.seen[-1]._replace(due_at=NOON + 4 * HOUR, turn=3))
    assert await works.count("outbox") == 3


async def test_it_may_fall_due_again_at_the_same_moment_and_is_not_taken_for_done(works: Works, office: Office) -> None:
    async def look(_: None, deadline: Deadline) -> None:
        office.seen.append(deadline)
        if deadline.turn < 2:
            async with works.begin() as work:
                await office.deadlines.again(work, deadline, deadline.due_at)

    await office.schedule(due_at=NOON)
    for states in (["pending"], ["pending"], ["done"]):
        assert await office.deadlines.handle_one({KIND: look}, None)
        assert await office.states() == states
    assert not await office.deadlines.handle_one({KIND: look}, None)
    assert [deadline.turn for deadline in office.seen] == [0, 1, 2]
    with pytest.raises(AlreadyHandled):
        await look(None, office.seen[0])


async def test_it_is_done_under_the_correlation_id_of_what_scheduled_it(works: Works, office: Office) -> None:
    correlation_id.set("c1")
    await office.schedule()
    correlation_id.set("another")
    works.clock.advance(HOUR)
    await office.due()
    assert office.correlations == ["c1"]
    (row,) = await works.database["outbox"].find().to_list(None)
    assert dict(row["events"][0]["headers"])["ce_correlationid"] == b"c1"


async def test_due_work_runs_by_itself_and_what_is_in_hand_ends_before_it_stops(works: Works) -> None:
    office = Office(works)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(deps: None, deadline: Deadline) -> None:
        begun.set()
        await go_on.wait()
        await office.handle(deadline, deps)

    await office.schedule(due_at=NOON)
    running = asyncio.create_task(office.deadlines.run({KIND: slow}, None))
    await begun.wait()
    office.deadlines.end()
    await asyncio.sleep(0)
    assert not running.done()
    go_on.set()
    await running
    assert await office.states() == ["done"]


async def test_workers_without_work_share_a_look_and_what_is_due_at_once_need_not_wait_for_the_next(
    works: Works, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "POLL_S", 2 * PATIENCE_S)
    looks, look = [], office.deadlines._look_for_due
    monkeypatch.setattr(office.deadlines, "_look_for_due", lambda kinds: looks.append(kinds) or look(kinds))
    running = asyncio.create_task(office.deadlines.run({KIND: office.handle}, None))
    await eventually(lambda: len(office.deadlines._awake._waiters) == deadlines.AT_ONCE)
    assert len(looks) == 1
    await office.schedule(due_at=NOON)
    office.deadlines.wake()
    await eventually(lambda: office.seen)
    office.deadlines.end()
    await running


async def test_a_failure_is_logged_without_the_error_s_own_words(
    works: Works, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    await office.schedule(due_at=NOON)
    office.fails = lambda: KeyError("王芳 13800000000")
    with caplog.at_level(logging.ERROR):
        await office.due()
    assert [record.getMessage() for record in caplog.records] == ["due work failed"]


async def test_a_service_to_which_nothing_falls_due_has_nothing_to_run(works: Works) -> None:
    await asyncio.wait_for(Office(works).deadlines.run({}, None), PATIENCE_S)
