"""The log of acts over HTTP: auditors list its entries, and learn whether its newest part verifies (ADR 24)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from shared.base.errors import Invalid
from shared.store.act_reading import ActReader, Logged, Wanted
from shared.web.disclosures import Auditor
from shared.web.http import api_router
from shared.web.ids import MaybeSubject
from shared.web.pages import Listing, Page, listed
from shared.web.times import ZonedInstant

MOST_VERIFIED = 10_000
MOST_FAULTS = 100


class ActView(BaseModel):
    """An act: `kind` of `subject`, an id, by the subject of a token, or `because` of an event or a deadline.

    `readings` counts the readings of personal data in it. `verifies`: entry and link are as they were written; where
    the entry is gone, the number of its link alone is left.
    """

    number: int
    act_id: str | None
    at: datetime | None
    kind: str | None
    subject: str | None
    by: str
    because: str
    area_path: str | None
    readings: int
    verifies: bool

    @classmethod
    def of(cls, logged: Logged) -> Self:
        """Return the view of an entry with its link."""
        entry = logged.entry or {}
        return cls(
            number=logged.number,
            act_id=entry.get("_id"),
            at=entry.get("at"),
            kind=entry.get("kind"),
            subject=entry.get("subject"),
            by=str(entry.get("by") or ""),
            because=str(entry.get("because") or ""),
            area_path=entry.get("area"),
            readings=len(entry.get("parts") or ()) if entry.get("kind") == "reading" else 0,
            verifies=logged.verifies,
        )


class Verification(BaseModel):
    """Whether the newest links of the log verify.

    `links` are there, `verified` of them were compared now; `faults` are the numbers of links that do not hold, up to a
    hundred of them. `published_holds`: the head that was published last lies on the chain. `waiting` units of work have
    entries that are not linked yet. The whole log is verified by `lastmetre verify-log`.
    """

    links: int
    head: str
    verified: int
    faults: list[int]
    published_on: str
    published_number: int
    published_holds: bool
    waiting: int


async def _reader(request: Request) -> ActReader:
    reader: ActReader = request.app.state.act_reader
    return reader


Reader = Annotated[ActReader, Depends(_reader)]

router = api_router("acts", about="The chained log of acts: who did what.")


@router.get("/acts")
async def list_acts(
    reader: Reader,
    caller: Auditor,
    listing: Annotated[Listing, listed()],
    kind: MaybeSubject = "",
    subject: MaybeSubject = "",
    by: MaybeSubject = "",
    since: ZonedInstant | None = None,
    until: ZonedInstant | None = None,
) -> Page[ActView]:
    """List the acts in the caller's area, the newest first, from `since` on and before `until`.

    `kind` is a whole kind, or one without the service and the version: `CaseOpened`.

    A page may be shorter than `limit`, or empty, although more follow: while `next` is not null, call again. An entry
    of an earlier version states no area and is listed to auditors of the whole city alone.
    """
    wanted = Wanted(caller.area, kind, subject, by, since, until)
    rows, following = await reader.page(wanted, _number(listing.after), listing.limit)
    return listing.page(_views(rows), None if following is None else str(following))


@router.get("/acts/verification")
async def verify_acts(
    reader: Reader, _: Auditor, links: Annotated[int, Query(ge=1, le=MOST_VERIFIED)] = 1_000
) -> Verification:
    """Verify the newest links of the log now, and say what does not hold."""
    newest = await reader.newest(links)
    return Verification(
        links=newest.head.number,
        head=newest.head.hash,
        verified=newest.verified,
        faults=newest.faults[:MOST_FAULTS],
        published_on=newest.published_on,
        published_number=newest.published.number,
        published_holds=newest.published_holds,
        waiting=newest.waiting,
    )


def _views(rows: Iterable[Logged]) -> Iterable[ActView]:
    return map(ActView.of, rows)


def _number(after: str) -> int | None:
    if after and not after.isdecimal():
        raise Invalid("request.bad_cursor", "'after' is the 'next' of the page before of this list: send it as it came")
    return int(after) if after else None
