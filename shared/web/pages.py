"""Lists over HTTP: one form of a page, one opaque cursor, one limit, in every service."""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Generic, NamedTuple, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from shared.base.errors import Invalid

T = TypeVar("T")

PAGE, LARGEST_PAGE = 200, 1_000
_LIST_BYTES = 3


class Page(BaseModel, Generic[T]):
    """A page of a list. `next` goes into `after` and names the page after this one; null after the last."""

    items: list[T]
    next: str | None


class Listing(NamedTuple):
    """Which page of which list is wanted: up to `limit` items behind the row that `after` names, or the first ones."""

    name: str
    after: str
    limit: int

    def page(self, items: Iterable[T], following: str | None) -> Page[T]:
        """Return the page; `following` names its last row, None after the last page."""
        return Page(items=list(items), next=_cursor(self.name, following) if following is not None else None)

    @property
    def after_time(self) -> tuple[datetime, str] | None:
        """The time and the id that `following_time` put into the cursor; None for the first page."""
        if not self.after:
            return None
        at, _, identity = self.after.partition("/")
        return datetime.fromisoformat(at), identity


def following_time(at: datetime, identity: str) -> str:
    """Return what names a row of a list that is in the order of times and ids."""
    return f"{at.isoformat()}/{identity}"


async def _listing(
    request: Request, after: str = "", limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE
) -> Listing:
    name: str = request.scope["route"].path
    return Listing(name, _position(name, after), limit)


Listed = Annotated[Listing, Depends(_listing)]  # a route's parameter: `listing: Listed`


def _cursor(name: str, position: str) -> str:
    return base64.urlsafe_b64encode(_mark(name) + position.encode()).decode().rstrip("=")


def _position(name: str, cursor: str) -> str:
    """Return the position that a cursor of the list holds. Raises `Invalid` for any other text."""
    if not cursor:
        return ""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if raw[:_LIST_BYTES] == _mark(name):
            return raw[_LIST_BYTES:].decode()
    except (binascii.Error, ValueError):
        pass
    raise Invalid("request.bad_cursor", "'after' is the 'next' of the page before of this list: send it as it came")


def _mark(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:_LIST_BYTES]
