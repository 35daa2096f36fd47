"""Readings of personal data: who read what of whom, when and for what purpose (R2.8, R9); auditors list them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from shared.base import area
from shared.base.clock import Clock
from shared.base.errors import Invalid
from shared.base.ids import new_id
from shared.store.by_time import TimePosition, by_time
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel, insert_new
from shared.web.access import Principal, Role, allow
from shared.web.http import api_router
from shared.web.ids import MaybeSubject
from shared.web.pages import Listing, Page, following_time, listed

READINGS = "readings"
RETENTION_S = 3 * 365 * 86_400
PURPOSE_LENGTHS = (3, 200)
_NEWEST = [("at", DESCENDING), ("_id", DESCENDING)]

INDEXES = {
    READINGS: [
        IndexModel([("subject", ASCENDING), *_NEWEST]),
        IndexModel([("reader", ASCENDING), *_NEWEST]),
        IndexModel([("at", ASCENDING)], expireAfterSeconds=RETENTION_S),
    ]
}


class Disclosures:
    """The readings in a service's database; none is ever changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._readings = database[READINGS]
        self._clock = clock

    async def record(self, caller: Principal, kind: str, subject: str, purpose: str) -> None:
        """Record that the caller reads of a person, or of the people of an area path, before the answer is sent.

        Nothing is recorded of who reads about themselves.
        """
        if caller.subject == subject:
            return
        row = {
            "_id": new_id(),
            "kind": kind,
            "reader": caller.subject,
            "reader_area": caller.area,
            "subject": subject,
            "purpose": purpose,
            "at": self._clock.now(),
        }
        await insert_new(self._readings, [row])  # the driver may send it again when an answer is lost

    async def record_each(self, readings: Iterable[Document]) -> None:
        """Record readings that were made before, each with its own `_id`; a repeat changes nothing."""
        if rows := list(readings):
            await insert_new(self._readings, rows)

    async def page(
        self, who: dict[str, str], within: str, newest_first: bool, after: TimePosition | None, limit: int
    ) -> list[Document]:
        """Return readings of a subject, by a reader or both, by their times, by readers whose area lies within."""
        (name, value), *others = who.items()  # the first has an index together with the time
        further = [area.query(within, "reader_area"), dict(others)]
        return await by_time(self._readings, {name: value}, further, after, limit, newest_first)


class ReadingView(BaseModel):
    """A reading: `kind` is what was read, `subject` a person's id or the path of an area."""

    kind: str
    reader: str
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
            text = f"Say the 'purpose' of reading what is known of a person, in {shortest} to {longest} characters"
            raise Invalid("request.purpose_missing", text)
        return self.text

    def usual(self, purpose: str) -> str:
        """Return the purpose, or the usual one of the route where none was stated."""
        return self.text or purpose


async def _purpose(purpose: Annotated[str, Query(max_length=1_000)] = "") -> Purpose:
    shortest, longest = PURPOSE_LENGTHS
    text = purpose.strip()
    return Purpose(text if shortest <= len(text) <= longest else "")


async def _disclosures(request: Request) -> Disclosures:
    disclosures: Disclosures = request.app.state.disclosures
    return disclosures


Reading = Annotated[Purpose, Depends(_purpose)]  # a route's parameter: `purpose: Reading`
Disclosing = Annotated[Disclosures, Depends(_disclosures)]  # a route's parameter: `disclosures: Disclosing`
Auditor = Annotated[Principal, Depends(allow(Role.CITY, Role.AUDITOR))]

router = api_router("readings")


@router.get("/readings")
async def list_readings(
    disclosures: Disclosing,
    caller: Auditor,
    listing: Annotated[Listing, listed("-at", "at")],
    subject: MaybeSubject = "",
    reader: MaybeSubject = "",
) -> Page[ReadingView]:
    """List who read what is known of a person, or what a reader has read, as usual the newest first (R2.8)."""
    who = {name: value for name, value in (("subject", subject), ("reader", reader)) if value}
    if not who:
        raise Invalid("request.subject_missing", "Name a 'subject', a 'reader' or both")
    rows = await disclosures.page(who, caller.area, listing.descends, listing.after_time, listing.limit)
    last = following_time(rows[-1]["at"], rows[-1]["_id"]) if len(rows) == listing.limit else None
    return listing.page(map(ReadingView.model_validate, rows), last)
