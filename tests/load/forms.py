"""The forms of the services' queries, each as its store asks it of a database that `filled` made."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from services.checkpoint.store.alerts import Alerts
from services.checkpoint.store.overrides import Overrides
from services.checkpoint.store.passages import Passages
from shared.base.area import ancestors, query
from shared.base.clock import FixedClock
from shared.replicas.residents import ResidentReplica
from shared.store.deadlines import Deadlines
from shared.store.latest import LATEST
from shared.store.mongo import Database, Document, UpdateOne
from shared.store.queries import count, every, find_each, page, page_by_id
from shared.store.unit_of_work import OUTBOX
from shared.web.disclosures import Disclosures
from tests.load.filled import COMPOUND, NOW, PENDING, at, key, path

NO_WORK: Any = SimpleNamespace(session=None)
LIMIT = 20
Asked = Callable[[Database, int], Awaitable[Any]]


def find_form(collection: str, condition: Callable[[int], Document], **options: Any) -> Asked:
    """Return a form that reads what `find` gives."""
    limit = options.pop("limit", 0)

    async def ask(database: Database, n: int) -> Any:
        return await database[collection].find(condition(n), **options).limit(limit).to_list(None)

    return ask


def one(collection: str, condition: Callable[[int], Document], **options: Any) -> Asked:
    """Return a form that reads what `find_one` gives."""
    return lambda database, n: database[collection].find_one(condition(n), **options)


def counted(collection: str, condition: Callable[[int], Document]) -> Asked:
    """Return a form that counts."""
    return lambda database, n: database[collection].count_documents(condition(n))


def changed(collection: str, condition: Callable[[int], Document], change: Document) -> Asked:
    """Return a form that changes what meets the condition."""
    return lambda database, n: database[collection].update_many(condition(n), change)


def stages(collection: str, *steps: Document) -> Asked:
    """Return a form that aggregates."""
    return lambda database, n: database[collection].aggregate(list(steps)).to_list(None)


def _deadlines(database: Database, now: Any = NOW) -> Deadlines:
    return Deadlines(database, FixedClock(now))


INBOX_MATCH = {"$match": {"cause": key(3), "order": {"$lt": key(999)}}}

DOCUMENTS: Mapping[str, Asked] = {
    "by id": one("residents", lambda n: {"_id": key(n // 2)}),
    "by id and more": one("copies", lambda n: {"_id": key(n // 2), "settled": 0}),
    "change one by id and more": lambda db, n: db["copies"].update_one(
        {"_id": key(n // 2), "settled": 0}, {"$inc": {"attempts": 1}}
    ),
    "change one by id": lambda db, n: db["copies"].update_one({"_id": key(n // 2)}, {"$inc": {"attempts": 1}}),
    "replace one by id": lambda db, n: db["case_log"].replace_one({"_id": "x"}, {"case_id": "x"}, upsert=True),
    "outbox: how many are pending": counted(OUTBOX, lambda n: {"published_at": None}),
    "outbox: ids of those pending": lambda db, n: (
        db[OUTBOX].find({"published_at": None}, {"_id": 1}).sort("_id", 1).to_list(None)
    ),
    "outbox: pending by their ids": lambda db, n: find_each(
        db[OUTBOX], [key(i) for i in range(n - PENDING, n)], published_at=None
    ),
    "outbox: mark by id $in 20": changed(
        OUTBOX,
        lambda n: {"_id": {"$in": [key(i) for i in range(n - PENDING, n)]}},
        {"$unset": {"sent": ""}},
    ),
    "outbox: spoken, $or": one(
        OUTBOX,
        lambda n: {"topic": "topic-1", "$or": [{"published_at": {"$ne": None}}, {"sent": {"$ne": None}}]},
    ),
    "outbox: oldest of a topic": one(OUTBOX, lambda n: {"topic": "topic-1"}, projection={"_id": 1}, sort=[("_id", 1)]),
    "outbox: of a topic stored since": one(OUTBOX, lambda n: {"topic": "topic-1", "_id": {"$lte": key(0)}}),
    "latest: of a topic before": one(LATEST, lambda n: {"topic": "topic-1", "id": {"$lt": key(n)}}),
    "deadlines: claim, none due": lambda db, n: _deadlines(db, NOW - timedelta(days=1)).handle_one(
        {"kind-9": lambda d, x: None}, None
    ),
    "deadlines: claim, of no kind of ours": lambda db, n: _deadlines(db).handle_one(
        {"kind-9": lambda d, x: None}, None
    ),
    "deadlines: cancel of a subject": lambda db, n: _deadlines(db).cancel(NO_WORK, key(1), "none"),
    "residents.of_household": lambda db, n: ResidentReplica(db).of_household(key(99)),
    "pages.page first of all": lambda db, n: page(db["files"], "/", "", LIMIT, {"left": False}),
    "pages.page first of a compound": lambda db, n: page(db["files"], COMPOUND, "", LIMIT, {"left": False}),
    "pages.page following of a compound": lambda db, n: page(
        db["files"], COMPOUND, f"{path(350)}|{key(350)}", LIMIT, {"left": False}
    ),
    "pages.page following of all, at the start": lambda db, n: page(
        db["files"], "/", f"{path(50)}|{key(50)}", LIMIT, {"left": False}
    ),
    "pages.page following of all, at the end": lambda db, n: page(
        db["files"], "/", f"{path(n - 50)}|{key(n - 50)}", LIMIT, {"left": False}
    ),
    "pages.every of a compound": lambda db, n: every(db["files"], COMPOUND, {"left": False}),
    "pages.count of a compound": lambda db, n: count(db["files"], COMPOUND, {"left": False}),
    "cases: open of a resident": one("cases", lambda n: {"resident_id": key(4), "open": True}),
    "cases: of a resident": find_form("cases", lambda n: {"resident_id": key(4)}),
    "cases: by notice": one("cases", lambda n: {"notice_id": key(4)}),
    "case_log of a case": lambda db, n: db["case_log"].find({"case_id": key(4)}).sort("_id", 1).to_list(None),
    "measurements of a case": lambda db, n: (
        db["measurements"].find({"case_id": key(4)}).sort("due_at", 1).to_list(None)
    ),
    "measurements: page of a day, missing": lambda db, n: page(
        db["measurements"], "/jinhe", "", LIMIT, {"day": "3"}, {"reported_at": None, "due_at": {"$lte": at(350)}}
    ),
    "messages: inbox page": stages(
        "messages",
        {"$match": {"recipient_id": key(3), "unread": True, "order": {"$lt": key(99)}}},
        {"$sort": {"order": -1}},
        {"$limit": LIMIT},
    ),
    "messages: unread count": counted("messages", lambda n: {"recipient_id": key(3), "unread": True}),
    "messages: of a cause in an area": stages(
        "messages", INBOX_MATCH, {"$match": query(COMPOUND)}, {"$sort": {"order": -1}}, {"$limit": LIMIT}
    ),
    "codes: newest of a resident": one(
        "codes", lambda n: {"resident_id": key(3), "printed": False}, sort=[("issued_at", -1)]
    ),
    "codes: valid of a resident": find_form(
        "codes", lambda n: {"resident_id": key(3), "revoked_at": None, "expires_at": {"$gt": NOW}}
    ),
    "evidence of a resident": find_form("evidence", lambda n: {"resident_id": key(3)}),
    "appeals: page of those open": stages(
        "appeals",
        {"$match": {"state": "open"}},
        {"$match": query("/jinhe")},
        {"$match": {"$or": [{"due_at": {"$gt": at(5)}}, {"due_at": at(5), "_id": {"$gt": key(5)}}]}},
        {"$sort": {"due_at": 1, "_id": 1}},
        {"$limit": LIMIT},
    ),
    "deliveries of a household": lambda db, n: (
        db["deliveries"].find({"household_id": key(5), "kind": "kit"}).sort("asked_at", 1).to_list(None)
    ),
    "page_by_id of all": lambda db, n: page_by_id(db["deliveries"], "/", key(30), LIMIT),
    "page_by_id of a compound": lambda db, n: page_by_id(db["deliveries"], COMPOUND, key(30), LIMIT),
    "page_by_id of a state": lambda db, n: page_by_id(db["deliveries"], "/jinhe", "", LIMIT, {"state": "waiting"}),
    "page_by_id of a household": lambda db, n: page_by_id(
        db["deliveries"], "/jinhe", "", LIMIT, {"household_id": key(5)}
    ),
    "deliveries waiting for goods": stages(
        "deliveries",
        {"$match": {"lacks": "rice"}},
        {"$match": query("/jinhe")},
        {"$sort": {"asked_at": 1, "_id": 1}},
        {"$limit": LIMIT},
    ),
    "depots above, area_path $in": find_form("households", lambda n: {"area_path": {"$in": ancestors(path(5))}}),
    "stock of a depot, update many": changed("measurements", lambda n: {"case_id": key(3)}, {"$inc": {"revision": 1}}),
    "passages: around": find_form("passages", lambda n: {"resident_id": key(3), "at": {"$gte": at(30), "$lt": at(40)}}),
    "passages: page of a gate": lambda db, n: Passages(db).find(
        {"gate_id": key(3)}, "/jinhe", at(300), at(400), (at(350), key(350)), LIMIT
    ),
    "passages: near": lambda db, n: Passages(db).near(key(3), at(350), timedelta(minutes=10), LIMIT),
    "passages: numbers of a device": lambda db, n: Passages(db).seqs_of(key(3), 300, 400, 1_000),
    "passages: one by number": lambda db, n: Passages(db).numbered(key(3), 350),
    "passages: recorded since": lambda db, n: Passages(db).recorded_since(at(n - 5)),
    "passages: forget, none": lambda db, n: Passages(db).forget(NOW - timedelta(days=1)),
    "alerts: first page of an hour": lambda db, n: Alerts(db).within("/jinhe", at(n - 60), None, LIMIT),
    "alerts: page of those open": lambda db, n: Alerts(db).within("/jinhe", at(n - 60), None, LIMIT, False),
    "overrides: how many are open": lambda db, n: Overrides(db).count_open(None, None),
    "overrides: open since": lambda db, n: Overrides(db).count_open(at(n - 5), None),
    "overrides: page": lambda db, n: Overrides(db).within("/jinhe", True, None, LIMIT),
    "readings of a subject": lambda db, n: Disclosures(db, FixedClock(NOW)).page(
        {"subject": key(3)}, "/jinhe", None, LIMIT
    ),
    "permit by what gates know": one("permits", lambda n: {"known_as": key(7)}),
}

VALUES: Mapping[str, Asked] = {
    "$in of ids": find_form("residents", lambda v: {"_id": {"$in": _ids(v)}}),
    "$in of ids, not there": find_form("residents", lambda v: {"_id": {"$in": [f"x{k}" for k in _ids(v)]}}),
    "$in of an indexed field": find_form("files", lambda v: {"id_number_hash": {"$in": [f"h{k}" for k in _ids(v)]}}),
    "$in of a list field": find_form("deliveries", lambda v: {"resident_ids": {"$in": _ids(v)}}),
    "find_each by id": lambda db, v: find_each(db["residents"], _ids(v), ["said"]),
    "find_each by an indexed field": lambda db, v: find_each(
        db["files"], [f"h{k}" for k in _ids(v)], by="id_number_hash"
    ),
    "find_each by a list field, kind and state": lambda db, v: find_each(
        db["deliveries"], _ids(v), ["household_id"], by="resident_ids", kind="kit", state={"$in": ["asked", "waiting"]}
    ),
    "copies of messages": lambda db, v: find_each(db["copies"], _ids(v), by="message_id"),
    "schedule_all": lambda db, v: find_each(db["deadlines"], _ids(v), ["_id"], state={"$ne": "cancelled"}),
    "update many, $in of ids": changed("copies", lambda v: {"_id": {"$in": _ids(v)}}, {"$inc": {"attempts": 1}}),
    "bulk_write of changes by id": lambda db, v: db["copies"].bulk_write(
        [UpdateOne({"_id": k}, {"$inc": {"attempts": 1}}) for k in _ids(v)]
    ),
    "bulk_write of changes by id and less than": lambda db, v: db["residents"].bulk_write(
        [UpdateOne({"_id": k, "said": {"$lt": "~"}}, {"$set": {"keeper_id": "k"}}) for k in _ids(v)]
    ),
}


def _ids(count: int) -> Sequence[str]:
    return [key(7 * n) for n in range(count)]
