"""The log of acts is whole or names the entry that is not: what was changed, deleted or put in behind the service."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deploy.audit.act_log import verify
from shared import events
from shared.base import metrics
from shared.base.clock import FixedClock
from shared.base.ids import new_id
from shared.envelope.event import contracts
from shared.envelope.log_head import LogHead
from shared.events.isolation import CaseOpened, LogHeadPublished
from shared.outbox.chaining import Chaining
from shared.store.act_chain import Chain, Head, Link, links_of
from shared.store.act_log import ACTS, LINKS, LOGGED, WAITING, Act, digest, log_of
from shared.store.mongo import Database, Document
from shared.store.unit_of_work import retry_conflicts
from tests.security.chaining import begin_on, faults, logged
from tests.support.service import MORNING

# Events that tell of no act of an official: facts about goods, measurements, messages, gates.
NO_ACTS = {
    *("registration.PlaceDefined.v1", "registration.ResidentRegistered.v1", "registration.ResidentMoved.v1"),
    *("registration.SpecialCareChanged.v1", "registration.ContactPointsChanged.v1"),
    *("registration.CredentialsChanged.v1", "registration.JourneyDeclared.v1"),  # retired
    *(f"registration.Employee{what}.v1" for what in ("Started", "Changed", "Left")),  # the entry holds each step
    *("registration.VehicleRegistered.v1", "registration.VehicleEnded.v1"),
    *("registration.PlaceMoveBegan.v1", "registration.PlaceMoveEnded.v1"),  # the move itself is logged
    *("registration.PlaceRelocated.v1", "registration.ResidentRelocated.v1"),
    "registration.ReturneeReported.v1",  # the log would name the reporter
    *("checkpoint.GateDefined.v1", "checkpoint.PassageRecorded.v1", "checkpoint.AlertRaised.v1"),
    "checkpoint.OutingsChanged.v1",  # counted from passages
    "checkpoint.PassUsesChanged.v1",  # the same
    *("isolation.MeasurementReported.v1", "isolation.MeasurementMissed.v1"),
    *("isolation.FeverReported.v1", "isolation.SymptomsReported.v1"),
}


async def change_entry(log: Database, entry: str) -> None:
    await log[ACTS].update_one({"_id": entry}, {"$set": {"subject": "another"}})


async def change_time(log: Database, entry: str) -> None:
    row = await log[ACTS].find_one({"_id": entry})
    assert row
    await log[ACTS].update_one({"_id": entry}, {"$set": {"at": row["at"] + timedelta(milliseconds=1)}})


async def exchange(log: Database, entry: str) -> None:
    """Two entries change places, each whole."""
    one, other = await log[ACTS].find_one({"_id": entry}), await log[ACTS].find_one({"subject": "subject-3"})
    assert one
    assert other
    await log[ACTS].replace_one({"_id": one["_id"]}, other | {"_id": one["_id"]})
    await log[ACTS].replace_one({"_id": other["_id"]}, one | {"_id": other["_id"]})


async def delete_link(log: Database, entry: str) -> None:
    await log[LINKS].delete_one({"act": entry})


async def add_field(log: Database, entry: str) -> None:
    await log[ACTS].update_one({"_id": entry}, {"$set": {"note": "x"}})


async def delete_entry(log: Database, entry: str) -> None:
    await log[ACTS].delete_one({"_id": entry})


async def delete_entry_and_link(log: Database, entry: str) -> None:
    await log[ACTS].delete_one({"_id": entry})
    await log[LINKS].delete_one({"act": entry})


async def change_entry_and_its_link(log: Database, entry: str) -> None:
    """As by who knows how links are made, and makes this one anew but not all after it."""
    await change_entry(log, entry)
    link = Link.read(await log[LINKS].find_one({"act": entry}) or {})
    before = await log[LINKS].find_one({"_id": f"{link.number - 1:012d}"})
    head = Link.read(before).head if before else Head()
    made = Link.after(head, entry, digest(await log[ACTS].find_one({"_id": entry})), link.at)
    await log[LINKS].replace_one({"act": entry}, made.row)


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (change_entry, "was changed"),
        (change_time, "was changed"),
        (add_field, "was changed"),
        (exchange, "was changed"),
        (delete_link, "are gone"),
        (delete_entry, "is gone"),
        (delete_entry_and_link, "are gone"),
        (change_entry_and_its_link, "does not follow link 3"),
    ],
)
async def test_whatever_was_done_to_an_entry_the_entry_is_named(
    database: Database, tamper: Callable[[Database, str], Awaitable[None]], says: str
) -> None:
    entries = await logged(database, 5)
    assert await faults(database) == []
    await tamper(log_of(database), entries[2])
    named = await faults(database)
    assert named
    assert says in named[0]
    assert entries[2] in named[0] or entries[3] in named[0]  # what is gone with its link is named by the one after it
    assert not any(entries[at] in text for text in named for at in (0, 1, 4))


@pytest.mark.parametrize("at", [MORNING, MORNING - timedelta(days=3)])
async def test_an_entry_that_was_put_in_is_named(database: Database, at: Any) -> None:
    await logged(database, 3)
    forged: Document = {"_id": new_id(), "at": at, "kind": "test.Act", "subject": "s", "digest": "0", "by": "x"}
    await log_of(database)[ACTS].insert_one(forged)
    (fault,) = await faults(database)
    assert forged["_id"] in fault
    assert "put in" in fault


async def test_an_entry_deleted_before_it_is_linked_is_named_then_and_later(database: Database) -> None:
    await logged(database, 1)
    async with begin_on(database)() as work:
        work.log(Act("test.Act", "s", "0"))
    (entry,) = (await database[WAITING].find_one() or {})["acts"]
    assert (await verify(database)).waiting == 1
    await log_of(database)[ACTS].delete_one({"_id": entry})
    assert entry in (await faults(database))[0]
    await Chain(database, begin_on(database)).extend()
    assert entry in (await faults(database))[0]


async def test_the_end_that_was_cut_off_and_a_chain_that_was_made_anew_differ_from_the_published_head(
    database: Database,
) -> None:
    entries, log = await logged(database, 4), log_of(database)
    head = (await verify(database)).head
    published = LogHeadPublished(day=MORNING.date(), number=head.number, hash=head.hash)
    assert await faults(database, published) == []
    rows = {row["_id"]: row for row in await log[ACTS].find().to_list(None)}
    rows[entries[1]]["subject"] = "another"
    await log[ACTS].replace_one({"_id": entries[1]}, rows[entries[1]])
    await log[LINKS].delete_many({})
    anew = links_of(Head(), [(one, rows[one]) for one in entries], MORNING)
    await log[LINKS].insert_many([link.row for link in anew])
    assert await faults(database) == []  # the store alone cannot tell
    assert "is not the one that was published" in (await faults(database, published))[0]
    await log[LINKS].delete_one({"act": entries[3]})
    await log[ACTS].delete_one({"_id": entries[3]})
    assert any("are gone" in text for text in await faults(database, published))


async def test_units_of_work_append_at_once_and_two_chainers_make_one_chain(database: Database) -> None:
    await logged(database, 1)
    begin, acts = begin_on(database), 120

    @retry_conflicts
    async def act(number: int) -> None:
        async with begin() as work:
            work.log(Act("test.Act", f"s{number}", digest(number)))

    async def chain() -> None:
        chain = Chain(database, begin_on(database))
        while await log_of(database)[LINKS].count_documents({}) < acts + 1:
            await chain.extend()
            await asyncio.sleep(0)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for number in range(acts):
            group.create_task(act(number))
        group.create_task(chain())
        group.create_task(chain())
    verified = await verify(database)
    assert (verified.links, verified.waiting, verified.faults) == (acts + 1, 0, [])


async def test_a_unit_of_work_that_fails_leaves_no_entry(database: Database) -> None:
    await logged(database, 1)

    async def fail() -> None:
        async with begin_on(database)() as work:
            work.log(Act("test.Act", "s", "0"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await log_of(database)[ACTS].count_documents({}) == 1
    assert (await verify(database)).faults == []


def test_every_event_is_an_act_or_named_as_none() -> None:
    assert events
    kinds = {
        name: one
        for name, one in contracts().items()
        if name.partition(".")[0] in ("registration", "checkpoint", "isolation") and not issubclass(one, LogHead)
    }
    acts = {name for name, one in kinds.items() if issubclass(one, LOGGED)}
    assert CaseOpened.type in acts
    assert acts & NO_ACTS == set()
    assert kinds.keys() - acts == NO_ACTS, "decide in shared/store/act_log.py whether the event tells of an act"


@pytest.mark.parametrize("tamper", [change_entry, delete_link, delete_entry, change_entry_and_its_link])
async def test_a_log_that_was_tampered_with_alerts_when_a_day_begins(
    database: Database, tamper: Callable[[Database, str], Awaitable[None]]
) -> None:
    clock, begin = FixedClock(MORNING), begin_on(database)
    daily = Chaining(database, begin, clock, ZoneInfo("Asia/Shanghai"), LogHeadPublished)
    await logged(database, 5)
    await daily.turn()
    async with begin() as work:
        for number in range(3):
            work.log(Act("test.Act", f"later-{number}", digest({"n": number})))
    await daily.turn()
    assert metrics.LOG_BROKEN._value.get() == 0
    (middle,) = await log_of(database)[LINKS].find({"_id": "000000000007"}).to_list(None)
    await tamper(log_of(database), middle["act"])
    clock.advance(timedelta(days=1))
    await daily.turn()
    assert metrics.LOG_BROKEN._value.get() > 0
    metrics.LOG_BROKEN.set(0)
