"""A small service on the product's plumbing: it isolates residents at alerts and orders, and releases them when due."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.base.clock import Clock, SystemClock
from shared.base.errors import DomainError
from shared.base.ids import new_id
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.events.checkpoint import AlertRaised
from shared.events.registration import Colour, StandingChanged
from shared.outbox.relay import Relay
from shared.store.deadlines import Deadline, Deadlines
from shared.store.mongo import Document, DuplicateKeyError
from shared.store.unit_of_work import UnitOfWork, UnitOfWorkFactory, retry_conflicts, units_of_work
from tests.faults.simulation.bus import Bus, Producer
from tests.faults.simulation.driver import Database
from tests.faults.simulation.groups import Group, Member
from tests.faults.simulation.loop import Life, SimulatedLoop
from tests.faults.simulation.moment import BEGIN
from tests.faults.simulation.store import Store

SERVICE = "registration"
RELEASE, ROUND = "release", "round"
ROUND_EVERY = timedelta(seconds=4)
ABSURD = "absurd"

consumer: EventConsumer["Deps"] = EventConsumer(SERVICE, batch_records=20)


@dataclass(frozen=True)
class Deps:
    """What its use cases work with."""

    database: Database
    unit_of_work: UnitOfWorkFactory
    clock: Clock
    deadlines: Deadlines


@consumer.on(AlertRaised)
async def on_alert(deps: Deps, event: AlertRaised) -> None:
    """Isolate whom the alert is about, for as many seconds as it says."""
    if event.detail == ABSURD:
        raise DomainError("registration.absurd", "This cannot be meant")
    await isolate(deps, event)


@retry_conflicts
async def isolate(deps: Deps, event: AlertRaised) -> None:
    """Isolate a resident, and have the release fall due."""
    async with deps.unit_of_work(event) as work:
        await change(deps, work, event.subject, event.id, isolated=True, release=event.id)
        due = deps.clock.now() + timedelta(seconds=float(event.detail or 0))
        await deps.deadlines.cancel(work, event.subject, RELEASE)
        await deps.deadlines.schedule(work, RELEASE, event.subject, due, key=event.id, of=event.id)


@retry_conflicts
async def release(deps: Deps, deadline: Deadline) -> None:
    """Release a resident whose isolation is over."""
    async with deps.unit_of_work(deadline) as work:
        case = await _case(deps, work, deadline.subject)
        if case["release"] == deadline.payload["of"]:  # else it was withdrawn at this moment
            await change(deps, work, deadline.subject, deadline.id, isolated=False)


@retry_conflicts
async def go_round(deps: Deps, deadline: Deadline) -> None:
    """Note that the round was made, and have the next one fall due."""
    async with deps.unit_of_work() as work:
        row = {"_id": new_id(), "due_at": deadline.due_at}
        await deps.database["rounds"].insert_one(row, session=work.session)  # type: ignore[arg-type]
        await deps.deadlines.again(work, deadline, deadline.due_at + ROUND_EVERY)


async def order(deps: Deps, order_id: str, resident: str, isolated: bool) -> None:
    """Isolate or release a resident by an officer's order; the same order again changes nothing."""
    try:
        await _order(deps, order_id, resident, isolated)
    except DuplicateKeyError:
        return


@retry_conflicts
async def _order(deps: Deps, order_id: str, resident: str, isolated: bool) -> None:
    async with deps.unit_of_work() as work:
        await deps.database["orders"].insert_one({"_id": order_id}, session=work.session)  # type: ignore[arg-type]
        await deps.deadlines.cancel(work, resident)
        await change(deps, work, resident, order_id, isolated=isolated)


async def _case(deps: Deps, work: UnitOfWork, resident: str) -> Document:
    session: Any = work.session
    return await deps.database["cases"].find_one({"_id": resident}, session=session) or {"version": 0}


async def change(deps: Deps, work: UnitOfWork, resident: str, cause: str, *, isolated: bool, release: str = "") -> None:
    """Change a resident's standing: the case, a row for the effect, and the event, each with the same number."""
    session: Any = work.session
    before = (await _case(deps, work, resident))["version"]
    version = before + 1
    new = {"_id": resident, "version": version, "isolated": isolated, "release": release}
    if before:
        await deps.database["cases"].update_one({"_id": resident}, {"$set": new}, session=session)
    else:
        await deps.database["cases"].insert_one(new, session=session)
    effect = {"_id": new_id(), "cause": cause, "resident": resident, "version": version}
    await deps.database["effects"].insert_one(effect, session=session)
    colour = Colour.RED if isolated else Colour.GREEN
    work.emit(
        StandingChanged(
            resident_id=resident,
            area_path="/c",
            colour=colour,
            isolated=isolated,
            rule=cause,
            evidence=str(version),
            since=deps.clock.now(),
        )
    )


@retry_conflicts
async def begin_rounds(deps: Deps) -> None:
    """Have the first round fall due, once for all."""
    async with deps.unit_of_work() as work:
        await deps.deadlines.schedule(work, ROUND, "city", BEGIN + ROUND_EVERY)


DEADLINES = {RELEASE: release, ROUND: go_round}


def start(loop: SimulatedLoop, life: Life, store: Store, bus: Bus, group: Group) -> Deps:
    """Start a process of the service."""
    database: Any = Database(store, bus.wire)
    producer: Any = Producer(bus)
    clock, wake = SystemClock(), asyncio.Event()
    deadlines = Deadlines(database, clock)
    deps = Deps(database, units_of_work(database, SERVICE, clock, wake), clock, deadlines)
    relay = Relay(database, producer, "simulated", SERVICE, [StandingChanged], wake, clock)
    receiver = Receiver(consumer, DeadLetters(producer, SERVICE), clock, deps)
    member = Member(group, life, receiver)
    loop.begin(life, relay.run())
    loop.begin(life, deadlines.run(DEADLINES, deps))
    loop.begin(life, member.stay())
    loop.begin(life, member.consume(consumer.batch_records))
    return deps
