"""State, outbox and inbox: all of them, once, or none, whatever breaks in between."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from shared.base.clock import FixedClock
from shared.base.errors import Conflict
from shared.base.ids import Ids, new_id
from shared.base.logs import correlation_id
from shared.envelope.letters import topic_of
from shared.events.isolation import MEASUREMENTS
from shared.events.registration import STANDINGS, Colour
from shared.store import unit_of_work
from shared.store.mongo import PyMongoError, connect, is_uncertain_commit
from shared.store.unit_of_work import AlreadyHandled, retry_conflicts, units_of_work
from tests.shared.conftest import Works
from tests.shared.crashes import Crash, crashing
from tests.shared.handling import answer, answer_again, cause_of, counts, forget_all
from tests.shared.samples import measured, stamped, standing
from tests.sizes import ROOT
from tests.support.proxy import LossyDoor

pytestmark = pytest.mark.store


async def test_state_outbox_and_inbox_are_stored_together(works: Works) -> None:
    await answer(works, stamped(measured()))
    assert await counts(works) == {1}
    assert works.wake.is_set()


async def test_a_refusal_stores_nothing(works: Works) -> None:
    async def refuse() -> None:
        async with works.begin(stamped(measured())) as work:
            await works.database["state"].insert_one({"_id": "s"}, session=work.session)
            work.emit(standing())
            raise Conflict("test.refused", "no")

    with pytest.raises(Conflict):
        await refuse()
    assert await counts(works) == {0}
    assert not works.wake.is_set()


@pytest.mark.parametrize("after", [False, True], ids=["before the step is done", "after the step is done"])
async def test_a_crash_between_any_two_steps_leaves_all_or_nothing_and_the_repeat_completes_it(
    works: Works, after: bool
) -> None:
    step, crashed = 0, True
    while crashed:
        step += 1
        await forget_all(works)
        cause = stamped(measured())
        try:
            await crashing(answer(works, cause), step, after=after)
            crashed = False
        except Crash:
            number = await counts(works)
            assert number in ({0}, {1}), f"a crash at step {step} leaves {number}"
        await answer_again(works, cause)
        assert await counts(works) == {1}, f"the repeat after a crash at step {step}"
    assert step > 8  # session, claim, state, outbox, latest, commit


async def test_a_process_that_dies_between_any_two_steps_leaves_all_or_nothing(works: Works, mongo_url: str) -> None:
    command = (sys.executable, "-m", "tests.shared.deaths", mongo_url, works.database.name)
    deaths = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    died = int((await deaths.communicate())[0])
    assert died > 5
    state = {row["_id"] for row in await works.database["state"].find().to_list(None)}
    emitted = {row["events"][0]["key"] for row in await works.database["outbox"].find().to_list(None)}
    claimed = {row["_id"].replace("cause", "case") for row in await works.database["inbox"].find().to_list(None)}
    assert state == emitted == claimed
    assert 1 <= len(state) < died
    await works.database.client.admin.command("killAllSessions", [])  # as the store does itself after a minute
    for number in range(1, died + 2):
        await answer_again(works, cause_of(number))
    assert await counts(works) == {died + 1}


async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(works: Works) -> None:
    for turns in range(60):
        await forget_all(works)
        cause = stamped(measured())
        task = asyncio.create_task(answer(works, cause))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        number = await counts(works)
        assert number in ({0}, {1}), f"cancelled after {turns} turns it leaves {number}"
        await answer_again(works, cause)
        assert await counts(works) == {1}


@pytest.mark.parametrize("losses", [1, 3])
async def test_a_commit_whose_outcome_is_unknown_is_committed_once(works: Works, mongo_url: str, losses: int) -> None:
    async with LossyDoor(urlsplit(mongo_url).port or 0, b"commitTransaction") as door:
        behind = Works(connect(f"mongodb://127.0.0.1:{door.port}/?directConnection=true")[works.database.name])
        door.losses_left = losses
        await answer(behind, stamped(measured()))
        assert door.lost == losses
        await asyncio.to_thread(behind.database.client.close)  # its last words go through the door too
    assert await counts(works) == {1}


async def test_a_commit_that_is_never_answered_is_an_error_and_its_repeat_is_known(
    works: Works, mongo_url: str
) -> None:
    cause = stamped(measured())
    async with LossyDoor(urlsplit(mongo_url).port or 0, b"commitTransaction") as door:
        behind = Works(connect(f"mongodb://127.0.0.1:{door.port}/?directConnection=true")[works.database.name])
        door.losses_left = 1000
        with pytest.raises(PyMongoError) as unknown:
            await answer(behind, cause)
        assert is_uncertain_commit(unknown.value)
        door.losses_left = 0
        with pytest.raises(AlreadyHandled):
            await answer(behind, cause)
        await asyncio.to_thread(behind.database.client.close)  # its last words go through the door too
    assert await counts(works) == {1}


async def test_a_repeated_message_has_no_second_effect(works: Works) -> None:
    cause = stamped(measured())
    await answer(works, cause)
    with pytest.raises(AlreadyHandled):
        await answer(works, cause)
    assert await counts(works) == {1}


async def test_two_steps_may_answer_to_one_cause_once_each(works: Works) -> None:
    cause = stamped(measured())
    for step in ("first", "second"):
        async with works.begin(cause, step) as work:
            work.emit(measured())
        with pytest.raises(AlreadyHandled):
            async with works.begin(cause, step):
                raise AssertionError("entered twice")
    assert await works.count("outbox") == 2


async def test_of_replicas_that_race_for_a_message_one_has_the_effect(works: Works) -> None:
    cause = stamped(measured())
    outcomes = await asyncio.gather(*(answer(works, cause) for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [AlreadyHandled] * 4
    assert await counts(works) == {1}


async def test_use_cases_that_meet_at_one_document_come_one_after_the_other(works: Works) -> None:
    await works.database["state"].insert_one({"_id": "s", "n": 0})

    @retry_conflicts
    async def count_up() -> None:
        async with works.begin() as work:
            row = await works.database["state"].find_one({"_id": "s"}, session=work.session)
            assert row is not None
            change = {"$set": {"n": row["n"] + 1}}
            await works.database["state"].update_one({"_id": "s"}, change, session=work.session)

    await asyncio.gather(*(count_up() for _ in range(6)))
    assert await works.database["state"].find_one() == {"_id": "s", "n": 6}


async def test_what_one_unit_of_work_says_carries_one_correlation_and_its_cause(works: Works) -> None:
    cause = stamped(measured(), correlation_id="c1")
    async with works.begin(cause) as work:
        work.emit(standing(), measured())
    correlation_id.set("")
    async with works.begin() as work:
        work.emit(standing(), measured())
    rows = await works.database["outbox"].find().sort("_id", 1).to_list(None)
    headers = [{name: bytes(value).decode() for name, value in row["events"][0]["headers"]} for row in rows]
    assert [one["ce_correlationid"] for one in headers[:2]] == ["c1", "c1"]
    assert [one["ce_causationid"] for one in headers[:2]] == [cause.id, cause.id]
    assert headers[2]["ce_correlationid"] == headers[3]["ce_correlationid"] != "c1"


async def test_one_unit_of_work_may_answer_to_many_requests(works: Works) -> None:
    async with works.begin() as work:
        work.emit(standing(), correlation="c1")
        work.emit(standing(), correlation="c2")
    headers = [
        dict(event["headers"]) for row in await works.database["outbox"].find().to_list(None) for event in row["events"]
    ]
    assert [one["ce_correlationid"] for one in headers] == [b"c1", b"c2"]


async def test_a_row_of_the_outbox_holds_events_of_one_topic_in_their_order(works: Works) -> None:
    async with works.begin() as work:
        work.emit(measured("a"), standing("r"), measured("b"), standing("r", Colour.GREEN))
    rows = {row["topic"]: row for row in await works.database["outbox"].find().to_list(None)}
    assert [event["key"] for event in rows[MEASUREMENTS]["events"]] == ["a", "b"]
    ids = [event["id"] for event in rows[STANDINGS]["events"]]
    assert len(ids) == 2
    assert ids == sorted(ids)


async def test_bulk_work_costs_a_row_for_hundreds_of_events(works: Works) -> None:
    async with works.begin() as work:
        work.emit(*(measured() for _ in range(1_001)))
    rows = await works.database["outbox"].find().to_list(None)
    assert sorted(len(row["events"]) for row in rows) == [1, 500, 500]


async def test_the_newest_event_of_each_key_is_kept_for_compacted_topics_alone(works: Works) -> None:
    for colour in (Colour.RED, Colour.GREEN):
        async with works.begin() as work:
            work.emit(standing("r1", colour), measured())
    (kept,) = await works.database["latest"].find().to_list(None)
    assert (kept["topic"], kept["key"]) == (STANDINGS, "r1")
    assert b"green" in bytes(kept["value"])


async def test_what_follows_the_word_of_a_process_whose_clock_is_ahead_sorts_behind_it(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unit_of_work, "ids", Ids())  # this process's own are not to be ahead of time
    async with works.begin() as work:
        work.emit(standing("r1", Colour.RED))
    ahead = str(UUID(int=UUID(new_id()).int + (60_000 << 80)))
    await works.database["latest"].update_one({"key": "r1"}, {"$set": {"id": ahead}})
    async with works.begin() as work:
        work.emit(measured(), standing("r1", Colour.YELLOW), standing("r1", Colour.GREEN))
    async with works.begin() as work:
        work.emit(standing("r2", Colour.RED))
    rows = await works.database["outbox"].find({"_id": {"$gt": ahead}}).sort("_id", 1).to_list(None)
    ids = [event["id"] for row in rows for event in row["events"]]
    assert len(set(ids)) == 4
    assert max(ids) == next(event["id"] for row in rows for event in row["events"] if event["key"] == "r2")
    kept = await works.database["latest"].find_one({"key": "r1"})
    assert b"green" in bytes(kept["value"])
    assert kept["id"] > ahead


async def test_a_claim_is_aged_by_the_machines_time_not_by_a_drills_clock(works: Works) -> None:
    works.clock = FixedClock(datetime(2020, 1, 1, tzinfo=UTC))
    async with works.begin(stamped(measured())):
        pass
    (claim,) = await works.database["inbox"].find().to_list(None)
    assert datetime.now(UTC) - claim["at"] < timedelta(minutes=5)


async def test_work_that_is_given_up_leaves_a_dead_letter_with_the_transaction(works: Works) -> None:
    begin = units_of_work(works.database, "isolation", works.clock, works.wake)
    async with begin() as work:
        work.give_up(measured("c1"), "refused", "call the clinic, then replay", "send")
    (row,) = await works.database["outbox"].find().to_list(None)
    assert row["topic"] == topic_of("isolation")
    headers = {name: bytes(value).decode() for name, value in row["events"][0]["headers"]}
    assert (headers["dl_topic"], headers["dl_reason"], headers["dl_offset"]) == (MEASUREMENTS, "refused", "-1")


async def test_an_event_that_is_too_large_is_refused_before_anything_is_stored(works: Works) -> None:
    async def say_too_much() -> None:
        async with works.begin() as work:
            await works.database["state"].insert_one({"_id": "s"}, session=work.session)
            work.emit(measured(by="x" * 1_000_000))

    with pytest.raises(ValueError, match="say it in several events"):
        await say_too_much()
    assert await works.count("state") == 0
