"""Readings of personal data: who read what of whom, when and for what purpose (R2.8, R9); auditors list them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Header, Request
from pydantic import BaseModel, Field, StringConstraints

from shared.base import area
from shared.base.clock import Clock
from shared.base.errors import Invalid
from shared.base.ids import new_id
from shared.base.sealing import RECORD_FORM, Sealer, is_seal
from shared.store import act_log
from shared.store.by_time import TimePosition, by_time
from shared.store.deps import ServiceDeps
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel, PyMongoError, is_duplicate
from shared.store.queries import known_ids
from shared.store.resealing import SealedByHand
from shared.store.unit_of_work import UnitOfWork, UnitOfWorkFactory, retry_conflicts
from shared.web.access import Principal, Role, allow
from shared.web.http import IN_HEADERS, api_router, words_of
from shared.web.ids import MaybeSubject
from shared.web.pages import Listing, Page, following_time, listed
from shared.web.times import ZonedInstant

READINGS = "readings"
RETENTION_S = 3 * 365 * 86_400
PURPOSE_LENGTHS = (3, 200)
HEADER = IN_HEADERS["purpose"]
_CONTEXT = "readings.purpose"
BROKEN_GLASS = "break-glass: "  # the purpose of a reading outside the own area begins so
_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]

INDEXES = {
    READINGS: [
        IndexModel([("subject", ASCENDING), *_NEWEST]),
        IndexModel([("reader", ASCENDING), *_NEWEST]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ]
}


class Read(NamedTuple):
    """Of whom is read: a person's id and the path of that person's home, or twice the path of an area."""

    subject: str
    path: str


class Disclosures:
    """The readings in a service's database; none is ever changed, but that its purpose is sealed again.

    Purposes are sealed where there is a sealer: an official may name a person in them.
    """

    def __init__(
        self, database: Database, clock: Clock, unit_of_work: UnitOfWorkFactory, sealer: Sealer | None = None
    ) -> None:
        self._readings = database[READINGS]
        self._clock = clock
        self._unit_of_work = unit_of_work
        self._sealer = sealer

    async def record(self, caller: Principal, kind: str, subject: str, path: str, purpose: str) -> None:
        """Record that the caller reads of a person, whose home is at `path`, before the answer is sent.

        Nothing is recorded of who reads about themselves.
        """
        await self.record_all(caller, kind, [Read(subject, path)], purpose)

    async def record_list(self, caller: Principal, kind: str, path: str, purpose: str) -> None:
        """Record that the caller reads a list of the people of an area path."""
        await self.record_all(caller, kind, [Read(path, path)], purpose)

    async def record_all(self, caller: Principal, kind: str, read: Iterable[Read], purpose: str) -> None:
        """Record each person and area that an answer speaks of, once, as `record` does.

        What is read by break-glass is recorded as such, with the reason for which the area was opened.
        """
        own_area = caller.area
        if caller.glass is not None:
            own_area, purpose = caller.glass.own_area, f"{BROKEN_GLASS}{caller.glass.reason}"
        who = {"reader": caller.subject, "reader_area": own_area}
        what = {"purpose": purpose, "at": self._clock.now()}
        await self._keep(
            [
                {"_id": new_id(), "kind": kind, **who, "subject": one.subject, "subject_area": one.path, **what}
                for one in dict.fromkeys(read)
                if one.subject != caller.subject
            ]
        )

    async def record_each(self, readings: Iterable[Document]) -> None:
        """Record readings that were made before, each with its own `_id`; a repeat changes nothing."""
        await self._keep(list(readings))

    async def _keep(self, rows: list[Document]) -> None:
        if not rows:
            return
        rows = [row | {"purpose": self._seal(row["purpose"], row["_id"])} for row in rows]
        try:
            await self._insert(rows)  # as a rule all are new: to look for them first takes a request of the store
        except PyMongoError as error:
            if not is_duplicate(error):
                raise
            await self._insert_new(rows)

    @retry_conflicts
    async def _insert(self, rows: list[Document]) -> None:
        async with self._unit_of_work() as work:
            await self._write(rows, work)

    @retry_conflicts
    async def _insert_new(self, rows: list[Document]) -> None:
        async with self._unit_of_work() as work:
            there = await known_ids(self._readings, [row["_id"] for row in rows], session=work.session)
            if new := [row for row in rows if row["_id"] not in there]:
                await self._write(new, work)

    async def _write(self, rows: list[Document], work: UnitOfWork) -> None:
        await self._readings.insert_many(rows, session=work.session)
        work.log(_act(rows))

    def _seal(self, purpose: str, reading_id: str) -> str:
        if self._sealer is None or self._sealer.form < RECORD_FORM:
            return purpose  # the version before shows purposes as they stand in the store
        return self._sealer.seal(purpose, _CONTEXT, reading_id)

    def _show(self, row: Document) -> Document:
        purpose = row["purpose"]
        if self._sealer and is_seal(purpose):
            purpose = self._sealer.show(purpose, _CONTEXT, row["_id"])
        return row | {"purpose": purpose}

    @property
    def sealed(self) -> SealedByHand:
        """The purposes, for resealing."""
        return SealedByHand(READINGS, "purpose", _CONTEXT, self._seal_again)

    @retry_conflicts
    async def _seal_again(self, _: ServiceDeps, reading_id: str) -> None:
        """Seal a purpose by the present key; of one in clear, the log of acts gets the hash of the sealed reading."""
        async with self._unit_of_work() as work:
            row = await self._readings.find_one({"_id": reading_id}, session=work.session)
            if row is None or self._sealer is None:
                return
            stored: str = row["purpose"]
            clear = self._sealer.open(stored, _CONTEXT, reading_id) if is_seal(stored) else stored
            change = {"purpose": self._seal(clear, reading_id)}
            await self._readings.update_one({"_id": reading_id}, {"$set": change}, session=work.session)
            if not is_seal(stored) and "subject_area" in row:  # others are older than the log
                work.log(_act([row | change]))

    async def page(
        self,
        who: dict[str, str],
        within: str,
        newest_first: bool,
        after: TimePosition | None,
        limit: int,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Document]:
        """Return readings of a subject, by a reader or both, by their times, from `since` on and before `until`.

        Those by readers within the area path and those about its people, a list of a larger area among them. An area
        path as the subject stands for the lists of that area and of every area around it.
        """
        (name, value), *others = who.items()  # the first has an index together with the time
        further = [_visible(within), dict(others)]
        values = _around(value) if name == "subject" and value.startswith("/") else [value]
        rows = [
            row
            for one in values
            for row in await by_time(
                self._readings, {name: one}, further, after, limit, newest_first, since=since, until=until
            )
        ]
        rows = sorted(rows, key=lambda row: (row["at"], row["_id"]), reverse=newest_first)[:limit]
        return list(map(self._show, rows))


def _act(rows: list[Document]) -> act_log.Act:
    """Return the entry of the log of acts that holds these readings."""
    parts = [(row["_id"], act_log.digest_of_reading(row)) for row in rows]
    subject = rows[0]["subject"] if len(rows) == 1 else f"{len(rows)} readings"
    areas = {act_log.community_of(row["subject_area"]) for row in rows if "subject_area" in row}
    return act_log.Act(act_log.READING, subject, act_log.digest(parts), parts=parts, area=area.common(areas))


def _around(path: str) -> list[str]:
    return list(dict.fromkeys([*area.ancestors(path), "/"]))


def _visible(path: str) -> Document:
    """Return the condition that the reader is of the area, or that the reading is about people of the area."""
    if path == "/":
        return {}
    by, about = area.query(path, "reader_area"), area.query(path, "subject_area")
    return {"$or": [*by["$or"], *about["$or"], {"subject_area": {"$in": _around(path)}}]}


class ReadingView(BaseModel):
    """A reading: `kind` is what was read, `subject` a person's id or the path of an area."""

    reading_id: str = Field(validation_alias="_id")
    kind: str
    reader: str
    reader_area: str | None = None  # as the reader's token had it
    subject: str
    purpose: str
    at: datetime


class Purpose(NamedTuple):
    """For what the caller reads personal data; empty where that was not stated."""

    text: str

    def required(self) -> str:
        """Return the purpose. Raises `Invalid` where it was not stated."""
        if not self.text:
            shortest, longest = PURPOSE_LENGTHS
            text = (
                f"Say in the header {HEADER} for what you read about a person, in {shortest} to {longest} characters"
                f" (UTF-8, percent-encoded) · 请在请求头 {HEADER} 中说明查看个人信息的目的, {shortest}~{longest} 字"
            )
            raise Invalid("request.purpose_missing", text, shortest=shortest, longest=longest)
        return self.text

    def usual(self, purpose: str) -> str:
        """Return the purpose, or the usual one of the route where none was stated."""
        return self.text or purpose


async def _purpose(purpose: Annotated[str, Header(alias=HEADER, max_length=2_000)] = "") -> Purpose:
    shortest, longest = PURPOSE_LENGTHS
    text = words_of(purpose)
    return Purpose(text if shortest <= len(text) <= longest else "")


async def _disclosures(request: Request) -> Disclosures:
    disclosures: Disclosures = request.app.state.disclosures
    return disclosures


Reading = Annotated[Purpose, Depends(_purpose)]  # a route's parameter: `purpose: Reading`
Disclosing = Annotated[Disclosures, Depends(_disclosures)]  # a route's parameter: `disclosures: Disclosing`
Auditor = Annotated[Principal, Depends(allow(Role.CITY, Role.AUDITOR))]

router = api_router("readings", about="The log of readings of personal data: who read what of whom, for what purpose.")


@router.get("/readings")
async def list_readings(
    disclosures: Disclosing,
    caller: Auditor,
    listing: Annotated[Listing, listed("-at", "at")],
    subject: MaybeSubject = "",
    reader: MaybeSubject = "",
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_ -]{0,60}$")] = "",
    since: ZonedInstant | None = None,
    until: ZonedInstant | None = None,
) -> Page[ReadingView]:
    """List who read what is known of a person, or what a reader has read, as usual the newest first (R2.8).

    Of all or of those of a `kind`, from `since` on and before `until`.
    """
    who = {name: value for name, value in (("subject", subject), ("reader", reader)) if value}
    if not who:
        raise Invalid("request.subject_missing", "Name a 'subject', a 'reader' or both")
    who |= {"kind": kind} if kind else {}
    asked = (listing.descends, listing.after_time, listing.limit, since, until)
    rows = await disclosures.page(who, caller.area, *asked)
    last = following_time(rows[-1]["at"], rows[-1]["_id"]) if len(rows) == listing.limit else None
    return listing.page(map(ReadingView.model_validate, rows), last)
