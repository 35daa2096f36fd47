"""Lists over HTTP: one form of a page, one opaque cursor, one limit, `sort` and `q`, in every service.

A route's parameter `listing: Listed` is a list in one order. A list with several orders, or one that is searched,
declares them: `listing: Annotated[Listing, listed("door", "due_on", "-due_on", searched="name")]`.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from shared.base.errors import DomainError, Invalid
from shared.base.normal_form import search_key
from shared.base.years import is_countable

T = TypeVar("T")

PAGE, LARGEST_PAGE = 200, 1_000
LONGEST_Q = 60
_LIST_BYTES = 3
_AS_IT_CAME = "'after' is the 'next' of the page before of this list: send it as it came"


class Page(BaseModel, Generic[T]):
    """A page of a list. `next` goes into `after` and names the page after this one; null after the last."""

    items: list[T]
    next: str | None


class Changes(BaseModel, Generic[T]):
    """Items in the order of their last change, each as it is now.

    `next` goes into `after`, now while there is `more`, else later: the answer then holds what has changed since.
    """

    items: list[T]
    next: str
    more: bool


class Listing(NamedTuple):
    """Which page of which list is wanted: up to `limit` items behind the row that `after` names, or the first ones.

    `sort` is one of the orders that the list declares, "" where it declares none; `q` is in normal form.
    """

    name: str
    after: str
    limit: int
    sort: str = ""
    q: str = ""

    def page(self, items: Iterable[T], following: str | None) -> Page[T]:
        """Return the page; `following` names its last row, None after the last page."""
        return Page(items=list(items), next=None if following is None else _cursor(self.name, self.sort, following))

    def changes(self, items: Iterable[T], following: str, more: bool) -> Changes[T]:
        """Return the changes; `following` is the position up to which they are complete."""
        return Changes(items=list(items), next=_cursor(self.name, self.sort, following), more=more)

    def part(self, rows: Sequence[T], identity: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
        """Return the rows of this page out of all rows of a short list, and what names the last of them.

        Raises `Invalid` where the row that `after` names is in the list no longer.
        """
        start = 0
        if self.after:
            start = next((at for at, row in enumerate(rows, 1) if identity(row) == self.after), 0)
            if not start:
                raise _refused_cursor("The list has changed since: leave 'after' out and begin again")
        chosen = rows[start : start + self.limit]
        return chosen, identity(chosen[-1]) if start + self.limit < len(rows) else None

    @property
    def after_time(self) -> tuple[datetime, str] | None:
        """The time and the id that `following_time` put into the cursor; None for the first page."""
        if not self.after:
            return None
        text, _, identity = self.after.partition("/")
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None or not is_countable(at):
            raise _refused_cursor(_AS_IT_CAME)
        return at, identity

    @property
    def descends(self) -> bool:
        """Whether the order is from the last to the first."""
        return self.sort.startswith("-")


def following_time(at: datetime, identity: str) -> str:
    """Return what names a row of a list that is in the order of times and ids."""
    return f"{at.isoformat()}/{identity}"


class Searched(NamedTuple):
    """A list that is searched by a body, where an address must not hold what is searched for: its route and orders."""

    path: str
    orders: tuple[str, ...]
    field: str

    def listing(self, q: str | None, after: str, limit: int, sort: str = "") -> Listing:
        """Return which page is wanted, without a `q` where it is None.

        Raises what a list raises for a `sort`, a `q` or an `after` that is no good.
        """
        order = _order(self.orders, sort)
        return Listing(self.path, _position(self.path, self.orders, order, after), limit, order, _q(self.field, q))


def listed(
    *orders: str, searched: str = "", search_deprecated: bool = False
) -> Any:  # Any: FastAPI's own type of `Depends(...)`
    """Return the dependency of a route that lists: the orders that `sort` may name, and in what `q` searches.

    The first of the orders is the usual one; `-` before a field is from the last to the first. `searched` names the
    field whose beginning `q` is compared with, both in normal form. A request for another order, or with a `q` that is
    empty, too long or not served, is refused (422) with what is allowed. `search_deprecated`: another route searches.
    """

    order = f"The order of the items, by default '{orders[0]}'; with '-' from the last to the first" if orders else ""
    beginning = f"What the {searched} begins with, whatever its case, its width and its spaces"
    # What a list does not serve is refused, but does not stand among its parameters.
    sorting = Query(include_in_schema=bool(orders), description=order, json_schema_extra={"enum": list(orders)})
    searching = Query(include_in_schema=bool(searched), description=beginning, deprecated=search_deprecated or None)

    async def listing(
        request: Request,
        after: str = "",
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
        sort: Annotated[str, sorting] = "",
        q: Annotated[str | None, searching] = None,
    ) -> Listing:
        name: str = request.scope["route"].path
        order = _order(orders, sort)
        return Listing(name, _position(name, orders, order, after), limit, order, _q(searched, q))

    return Depends(listing)


Listed = Annotated[Listing, listed()]  # a route's parameter: `listing: Listed`


def _order(orders: Sequence[str], asked: str) -> str:
    if asked in ("", *orders):
        return asked or "".join(orders[:1])
    if not orders:
        raise _not_served("request.bad_sort", "'sort': this list has one order", "sort：本列表只有一种顺序", [])
    names = ", ".join(orders)
    raise _not_served("request.bad_sort", f"'sort' is one of {names}", f"sort 只能取以下之一：{names}", orders)


def _q(searched: str, asked: str | None) -> str:
    if asked is None:
        return ""
    if not searched:
        raise _not_served("request.bad_q", "'q': this list is not searched", "q：本列表不支持搜索", [])
    q = search_key(asked)
    if 0 < len(q) <= LONGEST_Q:
        return q
    english = f"'q' is the beginning of the {searched}: 1 to {LONGEST_Q} characters without the spaces"
    raise _not_served(
        "request.bad_q", english, f"q 为 {searched} 的开头，去掉空格后 1 至 {LONGEST_Q} 个字符", [searched]
    )


def _not_served(code: str, english: str, chinese: str, allowed: Sequence[str]) -> DomainError:
    return DomainError(code, english, detail_zh=chinese, allowed=list(allowed))


def _cursor(name: str, sort: str, position: str) -> str:
    return base64.urlsafe_b64encode(_mark(name, sort) + position.encode()).decode().rstrip("=")


def _position(name: str, orders: Sequence[str], sort: str, cursor: str) -> str:
    """Return the position that a cursor of the list in this order holds. Raises `Invalid` for any other text."""
    if not cursor:
        return ""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark, position = raw[:_LIST_BYTES], raw[_LIST_BYTES:].decode()
    except (binascii.Error, ValueError):
        mark, position = b"", ""
    if mark == _mark(name, sort):
        return position
    other = next((order for order in orders if mark == _mark(name, order)), None)
    if other is not None:
        text = f"'after' belongs to the order '{other}': send 'sort={other}' with it, or leave 'after' out"
        chinese = f"after 属于顺序 {other}：请同时发送 sort={other}，或去掉 after"
        raise Invalid("request.other_order", text, detail_zh=chinese)
    raise _refused_cursor(_AS_IT_CAME)


def _refused_cursor(text: str) -> Invalid:
    return Invalid("request.bad_cursor", text)


def _mark(name: str, sort: str) -> bytes:
    return hashlib.sha256(f"{name} {sort}".encode()).digest()[:_LIST_BYTES]
