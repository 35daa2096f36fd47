"""Cases: each has every measurement of its days, its deadlines, its colour, its kit and its messages."""

from collections.abc import Mapping
from datetime import date

from deploy.audit.books import Books, Finding, compare
from services.isolation.domain import OPEN, slots
from services.isolation.usecases.cases import RELEASE_DUE
from shared.events.isolation import CaseKind, CaseOpened
from shared.store.mongo import Document
from shared.store.queries import find_each
from shared.store.unit_of_work import OUTBOX


async def cases(books: Books) -> list[Finding]:
    """Compare the cases in isolation's store with the stores of the other services."""
    by_id = {row["_id"]: row async for row in books.of("isolation")["cases"].find()}
    is_open = {i: row for i, row in by_id.items() if row["state"] in OPEN}
    findings = [await _measurements(books, by_id), await _deadlines(books, is_open)]
    if books.has("registration"):
        findings.append(await _colours(books, is_open))
    if books.has("supply"):
        findings.append(await _kits(books, is_open))
    if books.has("notification"):
        findings.append(await _notices(books, by_id))
    return findings


async def _measurements(books: Books, by_id: Mapping[str, Document]) -> Finding:
    """Every half day from the day after the start to the last day has one planned measurement."""
    planned: dict[str, set[tuple[str, str]]] = {}
    count = 0
    async for row in books.of("isolation")["measurements"].find({"asked": True}):
        planned.setdefault(row["case_id"], set()).add((row["day"], row["half_day"]))
        count += 1
    differences, expected = [], 0
    for case_id, row in by_id.items():
        have = planned.get(case_id, set())
        days = date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"])
        wanted = {(slot.day.isoformat(), slot.half_day.value) for slot in slots(*days)}
        expected += len(wanted)
        differences += [f"case {case_id} has no measurement for {day} {half}" for day, half in wanted - have]
        differences += [f"case {case_id} is measured beyond its days: {day} {half}" for day, half in have - wanted]
    return Finding.of("measurements planned for every case", expected, count, differences)


async def _deadlines(books: Books, is_open: Mapping[str, Document]) -> Finding:
    """Every open case has a deadline for its release, pending or done."""
    rows = books.of("isolation")["deadlines"].find({"kind": RELEASE_DUE, "state": {"$in": ["pending", "done"]}})
    watched = {row["subject"] async for row in rows}
    return compare("open cases = releases planned", is_open, watched & is_open.keys(), "has no release planned")


async def _colours(books: Books, is_open: Mapping[str, Document]) -> Finding:
    isolated = {row["resident_id"] for row in is_open.values()}
    rows = books.of("registration")["standings"].find({"isolated": True}, {"colour": 1})
    red = {row["_id"] async for row in rows if row["colour"] == "red"}
    return compare("residents isolated = codes red", isolated, red, "is isolated and not red", "is red without a case")


async def _kits(books: Books, is_open: Mapping[str, Document]) -> Finding:
    at_home = {i for i, row in is_open.items() if row["kind"] == CaseKind.HOME}
    rows = books.of("supply")["deliveries"].find({"kind": "isolation_kit"}, {"case_ids": 1})
    served = {case_id async for row in rows for case_id in row["case_ids"]}
    return compare("open cases at home = cases with a kit", at_home, served & at_home, "has no kit")


async def _notices(books: Books, by_id: Mapping[str, Document]) -> Finding:
    """Every isolated resident has a message about the opening of the case."""
    rows = books.of("isolation")[OUTBOX].find({}, {"events": 1})
    opened = [event["id"] async for row in rows for event in row["events"] if event["type"] == CaseOpened.type]
    messages = await find_each(books.of("notification")["messages"], opened, ["recipient_id"], by="cause")
    residents = {row["resident_id"] for row in by_id.values()}
    notified = {row["recipient_id"] for row in messages}
    return compare(
        "persons isolated = persons notified", residents, notified & residents, "has no message about the isolation"
    )
