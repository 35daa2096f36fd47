"""The log of acts: what decides about people, written in the unit of work of the act, never changed or deleted.

It lies in a database beside the service's own, in which the service's user may read and insert and nothing else
(ADR 24). An entry holds ids and hashes, no name. Entries are chained shortly after (`act_chain.py`).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple

from shared.base.clock import machine_time
from shared.base.ids import ids
from shared.base.sealing import is_seal
from shared.envelope.event import Event, Wire
from shared.events import (
    checkpoint,
    erasures,
    isolation,
    registration,
    registration_acts,
    registration_desks,
    registration_employers,
    registration_exits,
    registration_groups,
    registration_rentals,
    registration_reports,
    registration_returns,
    registration_rights,
    registration_staff,
    registration_welfare,
    registration_zones,
)
from shared.store.mongo import Database, Document, OperationFailure, Session

ACTS, LINKS, HEADS, WAITING = "acts", "links", "heads", "acts_waiting"
READING = "reading"
COMMUNITY_DEPTH = 4  # city, district, street, community
_ALREADY_THERE = 48

# Who does what this task does: the subject of the request's token.
acting: ContextVar[str] = ContextVar("acting", default="")

# Every event that turns a colour, opens or ends a case, lets a person through, or decides on what others did.
LOGGED: tuple[type[Event], ...] = (
    registration.StandingChanged,
    registration.JourneyEvent,
    registration_returns.ReturnEvent,
    registration_exits.ExitEvent,
    registration_rentals.RentalEvent,
    registration_reports.ReturneeReportDecided,  # not the report itself: the log would name the reporter
    registration.CodeRevoked,
    registration.AppealDecided,
    registration.CardsChanged,
    registration.ResidentsMerged,
    registration.ResidentsUnmerged,
    registration.KeeperAssigned,
    registration.StaffLinked,
    registration.AccessRevoked,
    registration.BreakGlassChanged,
    registration_acts.OfficialAct,
    registration_staff.StaffEvent,
    registration_zones.ZoneEvent,
    registration_groups.GroupEvent,
    registration_desks.DeskChanged,
    registration_welfare.WelfareRecorded,
    registration_desks.TriageRecorded,
    registration_employers.EmployerEvent,
    registration_employers.VenueEvent,
    registration_rights.RightsEvent,
    registration_rights.ErasureOrdered,
    registration_rights.ResidentErased,
    erasures.Erased,
    isolation.CaseEvent,
    isolation.MeasurementWaived,
    checkpoint.PermitChanged,
    checkpoint.DeviceEvent,
    checkpoint.CheckpointDefined,
    checkpoint.OverrideRecorded,
    checkpoint.AlertReviewed,
)


class Act(NamedTuple):
    """What is logged: a kind, of whom or what (an id), and the hash of all its facts.

    `parts` are the ids and hashes of several documents that one act wrote. `area` is where it belongs; the log keeps
    the community or what is larger, never a door.
    """

    kind: str
    subject: str
    digest: str
    id: str = ""
    parts: Sequence[tuple[str, str]] = ()
    area: str = ""


def log_of(database: Database) -> Database:
    """Return the database that holds the log of acts of the service to which `database` belongs."""
    return database.client[f"{database.name}_log"]


async def make_collections(database: Database) -> None:
    """Make the log's collections where they are not there: two transactions that make one would conflict."""
    log = log_of(database)
    for owner, name in ((log, ACTS), (log, LINKS), (log, HEADS), (database, WAITING)):
        try:
            await owner.create_collection(name, check_exists=False)
        except OperationFailure as error:
            if error.code != _ALREADY_THERE:
                raise


def digest(facts: object) -> str:
    """Return the SHA-256 of facts that the store can hold, in hex; of times whole milliseconds, as the store keeps."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_reading(row: Document) -> str:
    """Return the hash of a reading. A purpose that is sealed is not in it: its seal proves it, under whatever key."""
    return digest(row | {"purpose": "sealed"} if is_seal(row["purpose"]) else row)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, set | frozenset) else str(value)


def of_events(events: Iterable[Event], wires: Iterable[Wire]) -> list[Act]:
    """Return the acts among events, each with its event's id and the hash of what is published."""
    return [
        Act(event.type, event.key, hashlib.sha256(wire.value).hexdigest(), event.id, area=_area_of(event))
        for event, wire in zip(events, wires, strict=True)
        if isinstance(event, LOGGED)
    ]


def _area_of(event: Event) -> str:
    """Return the area path of an event that has one, else ""."""
    path = getattr(event, "area_path", None)
    return path if isinstance(path, str) else ""


def community_of(path: str) -> str:
    """Return the community in which a path lies, or the path where it is larger than one."""
    return "/" + "/".join(path.strip("/").split("/")[:COMMUNITY_DEPTH])


async def append(
    database: Database, acts: Sequence[Act], facts: Mapping[str, str], at: datetime, session: Session
) -> None:
    """Write entries in the transaction of the acts, and remember that they wait to be chained.

    `facts` are the same of all of them: by whom, in answer to what.
    """
    if not acts:
        return
    rows: list[Document] = [
        {"_id": act.id or ids.new(), "at": at, "kind": act.kind, "subject": act.subject, "digest": act.digest, **facts}
        | ({"parts": [list(part) for part in act.parts]} if act.parts else {})
        | ({"area": community_of(act.area)} if act.area else {})
        for act in acts
    ]
    waiting = {"_id": ids.new(), "at": machine_time(), "acts": [row["_id"] for row in rows]}
    await log_of(database)[ACTS].insert_many(rows, session=session)
    await database[WAITING].insert_one(waiting, session=session)
