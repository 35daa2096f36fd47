"""Cases: each has every measurement of its days, its deadlines, its colour, its kit and its messages."""

from collections.abc import Mapping

from deploy.audit.books import Books, Finding, compare
from services.isolation.domain.cases import Case
from services.isolation.domain.measurements import slots
from services.isolation.store import CASES, MEASUREMENTS
from services.isolation.usecases.cases import RELEASE_DUE
from shared.events.isolation import CaseKind, CaseOpened
from shared.store.queries import find_each
from shared.store.unit_of_work import OUTBOX


async def cases(books: Books) -> list[Finding]:
    """Compare the cases in isolation's store that have begun with what the other services made of them."""
    stored = [CASES.read(row) async for row in books.of("isolation")["cases"].find()]
    every = {case.case_id: case for case in stored if case.has_begun}
    is_open = {case_id: case for case_id, case in every.items() if case.is_open}
    findings = [await _measurements(books, every), await _deadlines(books, is_open)]
    if books.has("registration"):
        findings.append(await _colours(books, is_open))
    if books.has("supply"):
        findings.append(await _kits(books, is_open))
    if books.has("notification"):
        findings.append(await _notices(books, every))
    return findings


async def _measurements(books: Books, every: Mapping[str, Case]) -> Finding:
    """Every half day from the day after the start to the last day, each once; what is reported beyond them is extra."""
    planned: dict[str, set[str]] = {}
    count = 0
    async for row in books.of("isolation")["measurements"].find({"asked": True}):
        measurement = MEASUREMENTS.read(row)
        planned.setdefault(measurement.case_id, set()).add(measurement.slot.key)
        count += 1
    differences, expected = [], 0
    for case_id, case in every.items():
        have = planned.get(case_id, set())
        wanted = {slot.key for slot in slots(case.starts_on, case.ends_on)}
        expected += len(wanted)
        differences += [f"case {case_id} has no measurement for {slot}" for slot in wanted - have]
        differences += [f"case {case_id} is measured beyond its days: {slot}" for slot in have - wanted]
    return Finding.of("measurements planned for every case", expected, count, differences)


async def _deadlines(books: Books, is_open: Mapping[str, Case]) -> Finding:
    """Every open case still has its release ahead, or it has come due."""
    rows = books.of("isolation")["deadlines"].find({"kind": RELEASE_DUE, "state": {"$in": ["pending", "done"]}})
    watched = {row["subject"] async for row in rows}
    return compare("open cases = releases planned", is_open, watched & is_open.keys(), "has no release planned")


async def _colours(books: Books, is_open: Mapping[str, Case]) -> Finding:
    isolated = {case.resident_id for case in is_open.values()}
    rows = books.of("registration")["standings"].find({"isolated": True}, {"colour": 1})
    red = {row["_id"] async for row in rows if row["colour"] == "red"}
    return compare("residents isolated = codes red", isolated, red, "is isolated and not red", "is red without a case")


async def _kits(books: Books, is_open: Mapping[str, Case]) -> Finding:
    at_home = {case_id for case_id, case in is_open.items() if case.kind is CaseKind.HOME}
    rows = books.of("supply")["deliveries"].find({"kind": "isolation_kit"}, {"case_ids": 1})
    served = {case_id async for row in rows for case_id in row["case_ids"]}
    return compare("open cases at home = cases with a kit", at_home, served & at_home, "has no kit")


async def _notices(books: Books, every: Mapping[str, Case]) -> Finding:
    """Every isolated person got a message of the case's opening."""
    rows = books.of("isolation")[OUTBOX].find({}, {"events": 1})
    opened = [event["id"] async for row in rows for event in row["events"] if event["type"] == CaseOpened.type]
    messages = await find_each(books.of("notification")["messages"], opened, ["recipient_id"], by="cause")
    residents = {case.resident_id for case in every.values()}
    recipients = {row["recipient_id"] for row in messages}
    title = "persons isolated = persons with a message"
    return compare(title, residents, recipients & residents, "got no message of the isolation")
