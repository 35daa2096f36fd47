"""What units of work left behind: state, inbox and outbox of each must be there together, or not at all."""

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
    """Compare what each service's state says with what its outbox says and whose causes its inbox knows."""
    registration, isolation, checkpoint = map(world.database, ("registration", "isolation", "checkpoint"))
    said = {name: await _said(world.database(name)) for name in ("registration", "isolation", "checkpoint")}
    declared = [event for event in said["registration"] if isinstance(event, JourneyDeclared)]
    opened = [event for event in said["isolation"] if isinstance(event, CaseOpened)]
    standings = [event for event in said["registration"] if isinstance(event, StandingChanged)]
    traces = await registration["standings"].find().to_list(None)
    changes = [row["_id"] for row in traces for _ in row.get("trace", ())]
    halves = {
        "residents": (await _ids(registration, "residents"), _named(said["registration"], ResidentRegistered)),
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
            [event.alert_id for event in said["checkpoint"] if isinstance(event, AlertRaised)],
        ),
        "newest colours": (
            [row["id"] async for row in registration[LATEST].find({"type": StandingChanged.type})],
            {event.resident_id: event.id for event in sorted(standings, key=lambda event: event.id)}.values(),
        ),
    }
    for what, (state, told) in halves.items():
        _compare(what, state, told, outcome)


def _compare(what: str, state: Iterable[str], told: Iterable[str], outcome: Outcome) -> None:
    stored, spoken = Counter(state), Counter(told)
    silent, orphaned = stored - spoken, spoken - stored
    outcome.details[what] = stored.total()
    outcome.duplicate_effects += sum(count - 1 for count in spoken.values()) if what != "colours" else 0
    outcome.expect(not silent, f"{what}: {silent.total()} are stored and were never said: {list(silent)[:2]}")
    outcome.expect(not orphaned, f"{what}: {orphaned.total()} were said and are not stored: {list(orphaned)[:2]}")
    outcome.expect(bool(stored), f"{what}: there are none")


async def _said(database: Database) -> list[Event]:
    carried = [event for row in await database[OUTBOX].find().to_list(None) for event in row["events"]]
    return [decode([(n, bytes(v)) for n, v in event["headers"]], bytes(event["value"])) for event in carried]


def _named(events: Iterable[Event], contract: type[Event]) -> list[str]:
    return [event.key for event in events if isinstance(event, contract)]


async def _ids(database: Database, collection: str) -> list[str]:
    return [row["_id"] async for row in database[collection].find({}, {"_id": 1})]


async def _claims(database: Database, contract: type[Event]) -> list[str]:
    return [row["_id"].partition("/")[0] async for row in database[INBOX].find({"type": contract.type})]
