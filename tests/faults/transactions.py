"""Checks that state, inbox and outbox of each unit of work are stored together, or not at all."""

from collections import Counter
from collections.abc import Iterable

from shared.envelope.event import Event, decode
from shared.events.checkpoint import AlertRaised
from shared.events.isolation import CaseOpened
from shared.events.registration import JourneyDeclared, ResidentRegistered, StandingChanged
from shared.store.latest import LATEST
from shared.store.mongo import Database
from shared.store.unit_of_work import INBOX, OUTBOX
from tests.faults.trial import Outcome
from tests.faults.world import World


async def check_whole(world: World, outcome: Outcome) -> None:
    """Compare each service's state with its outbox and its inbox."""
    registration, isolation, checkpoint = map(world.database, ("registration", "isolation", "checkpoint"))
    emitted = {name: await _emitted(world.database(name)) for name in ("registration", "isolation", "checkpoint")}
    declared = [event for event in emitted["registration"] if isinstance(event, JourneyDeclared)]
    opened = [event for event in emitted["isolation"] if isinstance(event, CaseOpened)]
    standings = [event for event in emitted["registration"] if isinstance(event, StandingChanged)]
    traces = await registration["standings"].find().to_list(None)
    changes = [row["_id"] for row in traces for _ in row.get("trace", ())]
    halves = {
        "residents": (await _ids(registration, "residents"), _named(emitted["registration"], ResidentRegistered)),
        "journeys": (await _ids(registration, "journeys"), [event.journey_id for event in declared]),
        "colours": (changes, [event.resident_id for event in standings]),
        "cases": (await _ids(isolation, "cases"), [event.case_id for event in opened]),
        "logs of cases": (
            [row["case_id"] async for row in isolation["case_log"].find({"what": "CaseOpened"})],
            [event.case_id for event in opened],
        ),
        "arrivals handled": (await _claims(isolation, JourneyDeclared), [event.id for event in declared]),
        "cases handled": (await _claims(registration, CaseOpened), [event.id for event in opened]),
        "alerts": (
            await _ids(checkpoint, "alerts"),
            [event.alert_id for event in emitted["checkpoint"] if isinstance(event, AlertRaised)],
        ),
        "newest colours": (
            [row["id"] async for row in registration[LATEST].find({"type": StandingChanged.type})],
            {event.resident_id: event.id for event in sorted(standings, key=lambda event: event.id)}.values(),
        ),
    }
    for what, (state, emitted_ids) in halves.items():
        _compare(what, state, emitted_ids, outcome)


def _compare(what: str, state: Iterable[str], emitted: Iterable[str], outcome: Outcome) -> None:
    stored, published = Counter(state), Counter(emitted)
    silent, orphaned = stored - published, published - stored
    outcome.details[what] = stored.total()
    outcome.duplicate_effects += sum(count - 1 for count in published.values()) if what != "colours" else 0
    outcome.expect(not silent, f"{what}: {silent.total()} are stored and were never emitted: {list(silent)[:2]}")
    outcome.expect(not orphaned, f"{what}: {orphaned.total()} were emitted and are not stored: {list(orphaned)[:2]}")
    outcome.expect(bool(stored), f"{what}: there are none")


async def _emitted(database: Database) -> list[Event]:
    carried = [event for row in await database[OUTBOX].find().to_list(None) for event in row["events"]]
    return [decode([(n, bytes(v)) for n, v in event["headers"]], bytes(event["value"])) for event in carried]


def _named(events: Iterable[Event], contract: type[Event]) -> list[str]:
    return [event.key for event in events if isinstance(event, contract)]


async def _ids(database: Database, collection: str) -> list[str]:
    return [row["_id"] async for row in database[collection].find({}, {"_id": 1})]


async def _claims(database: Database, contract: type[Event]) -> list[str]:
    return [row["_id"].partition("/")[0] async for row in database[INBOX].find({"type": contract.type})]
