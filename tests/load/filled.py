"""Collections as the services' grow, filled to a size: what one query answers stays the same however many there are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from services.checkpoint.store import INDEXES as CHECKPOINT
from services.isolation.store import INDEXES as ISOLATION
from services.notification.store import INDEXES as NOTIFICATION
from services.registration.store import INDEXES as REGISTRATION
from services.supply.store import INDEXES as SUPPLY
from shared.replicas.residents import INDEXES as RESIDENTS
from shared.store.deadlines import INDEXES as DEADLINES
from shared.store.mongo import Database, Document, IndexModel, ensure_indexes
from shared.store.unit_of_work import INDEXES as UNIT_OF_WORK

NOW = datetime.now(UTC).replace(microsecond=0)  # the store removes by the machine's time
FEW, PENDING = 10, 20
DOORS = 100  # documents within a compound
_BATCH = 1_000

# Collections of one name in several services are kept apart by a database of their own.
INDEXES: Mapping[str, Sequence[IndexModel]] = {
    **UNIT_OF_WORK,
    **DEADLINES,
    **CHECKPOINT,
    **ISOLATION,
    **NOTIFICATION,
    **SUPPLY,
    "files": REGISTRATION["residents"],
    **{name: models for name, models in REGISTRATION.items() if name != "residents"},
    **RESIDENTS,
}


def key(n: int) -> str:
    """Return the id of the nth document."""
    return f"{n:08}"


def path(n: int) -> str:
    """Return where the nth document lies: a hundred in each compound."""
    return f"/jinhe/c01/p{n // DOORS:05}/{n % DOORS:03}"


COMPOUND = path(3 * DOORS).rpartition("/")[0]


def at(n: int) -> datetime:
    """Return the time of the nth document, a minute behind the one before."""
    return NOW + timedelta(minutes=n)


def documents(count: int) -> Iterator[tuple[str, Document]]:
    """Yield documents with the collection of each, `count` for every collection."""
    for n in range(count):
        yield from _shared(n, count)
        yield from _of_residents(n)
        yield from _of_cases(n)
        yield from _of_codes(n)
        yield from _of_gates(n, count)


def _shared(n: int, count: int) -> Iterator[tuple[str, Document]]:
    event = {"id": key(n), "topic": f"topic-{n % 4}", "key": key(n), "type": "type", "headers": [], "value": b"v" * 300}
    waits = n >= count - PENDING
    yield (
        "outbox",
        {"_id": key(n), "topic": event["topic"], "events": [event], "published_at": None if waits else at(n)},
    )
    yield "latest", {"_id": f"{event['topic']}/{key(n)}"} | event
    yield "inbox", {"_id": key(n), "at": at(n), "type": "type"}
    pending = n < FEW or n >= count - PENDING
    yield (
        "deadlines",
        {"_id": key(n), "kind": f"kind-{n % 4}", "subject": key(n // FEW), "key": "", "due_at": at(n), "payload": {}}
        | {"state": "pending" if pending else "done", "leased_until": NOW, "attempts": 0},
    )
    who = {"household_id": key(n // 3), "area_path": path(n), "keeper_id": None, "left": n % 50 == 49}
    yield "residents", {"_id": key(n), "categories": ["elderly"] if n % 500 == 7 else [], "said": key(n)} | who


def _of_residents(n: int) -> Iterator[tuple[str, Document]]:
    lies = {"_id": key(n), "area_path": path(n)}
    yield "files", lies | {"id_number_hash": f"h{key(n)}", "household_id": key(n // 3), "left": False}
    yield "households", lies
    yield (
        "messages",
        (
            lies
            | {"recipient_id": key(n // FEW), "order": key(n), "unread": n % 2 == 0, "cause": key(n // DOORS)}
            | {"subject": key(n // FEW), "created_at": at(n)}
        ),
    )
    yield "copies", {"_id": key(n), "message_id": key(n), "created_at": at(n), "settled": 0, "attempts": 0}


def _of_cases(n: int) -> Iterator[tuple[str, Document]]:
    lies = {"_id": key(n), "area_path": path(n)}
    yield (
        "cases",
        (
            lies
            | {
                "resident_id": key(n),
                "open": n % 2 == 0,
                "keeper_id": key(n // FEW),
                "notice_id": key(n),
                "ended": True,
            }
        ),
    )
    yield (
        "measurements",
        (
            lies
            | {"case_id": key(n // FEW), "due_at": at(n), "day": str(n // DOORS), "reported_at": None, "waived": None}
        ),
    )
    yield "case_log", {"_id": key(n), "case_id": key(n // FEW)}


def _of_codes(n: int) -> Iterator[tuple[str, Document]]:
    lies = {"_id": key(n), "area_path": path(n)}
    yield (
        "codes",
        (
            {"_id": key(n), "resident_id": key(n // FEW), "printed": False, "issued_at": at(n), "expires_at": at(n)}
            | {"revoked_at": None, "gone_at": datetime(2100, 1, 1, tzinfo=UTC)}
        ),
    )
    yield "evidence", {"_id": key(n), "resident_id": key(n // FEW)}
    yield (
        "appeals",
        (
            lies
            | {"resident_id": key(n), "made_at": at(n), "due_at": at(n), "evidence": key(n)}
            | {"state": "open" if n < PENDING else "decided"}
        ),
    )
    state = "waiting" if n < PENDING else "delivered"
    yield (
        "deliveries",
        (
            lies
            | {"household_id": key(n // 3), "kind": "kit", "state": state, "asked_at": at(n), "resident_ids": [key(n)]}
            | {"lacks": ["rice"] if n < PENDING else []}
        ),
    )


def _of_gates(n: int, count: int) -> Iterator[tuple[str, Document]]:
    lies = {"_id": key(n), "area_path": path(n)}
    yield (
        "passages",
        (
            lies
            | {
                "resident_id": key(n // FEW),
                "gate_id": key(n // DOORS),
                "device_id": key(n // DOORS),
                "seq": n,
                "at": at(n),
            }
        ),
    )
    yield "alerts", lies | {"at": at(n), "open": n % 2 == 0}
    yield "overrides", lies | {"at": at(n), "open": n >= count - PENDING}
    yield "devices", lies | {"revoked": None, "heard_at": at(n)}
    yield "permits", lies | {"known_as": key(n), "kind": "visitor", "checkpoint_id": key(n // DOORS), "ends_at": None}
    yield "readings", lies | {"subject": key(n // FEW), "reader": key(n // FEW), "reader_area": path(n), "at": at(n)}


async def fill(database: Database, count: int) -> None:
    """Make every collection with its indexes and `count` documents."""
    await ensure_indexes(database, INDEXES)
    waiting: dict[str, list[Document]] = {}
    for collection, document in documents(count):
        rows = waiting.setdefault(collection, [])
        rows.append(document)
        if len(rows) == _BATCH:
            await database[collection].insert_many(waiting.pop(collection))
    for collection, rows in waiting.items():
        await database[collection].insert_many(rows)
