"""Queries that every server answers well, built once: lists of an area by pages, many documents by their values."""

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from weakref import finalize

from shared.base.area import query, within
from shared.store.mongo import Client, Collection, Database, Document, PyMongoError, Session, both

_BETWEEN = "|"  # no area path holds it
_VALUES_A_QUERY = 50
_BELOW = "0"  # follows "/": everything below a path lies before the path and this
# An embedded server reads all that an index range holds before it gives the first, so a page asks for narrow ranges.
# Where to cut them is asked of the server now and then: that is one more reading of the collection.
_PARTS, _SMALL = 2_048, 1_000
_CUTS_LAST_S, _CUTS_SHARE = 2.0, 30.0


class Page(NamedTuple):
    """The documents of a page, and what to ask for the next one with; None after the last."""

    items: list[Document]
    next: str | None


async def find_each(
    collection: Collection,
    values: Iterable[Any],  # Any: values of a document
    fields: Sequence[str] = (),
    *,
    by: str = "_id",
    session: Session | None = None,
    **condition: Any,  # Any: values of a document
) -> list[Document]:
    """Return the documents that meet the condition and whose `by` is one of the values; only those fields, or all.

    A query asks for fifty values: an embedded server takes quadratically longer for more.
    """
    wanted, rows = list(values), []
    projection = dict.fromkeys(fields, 1) if fields else None
    for at in range(0, len(wanted), _VALUES_A_QUERY):
        chosen = {by: {"$in": wanted[at : at + _VALUES_A_QUERY]}} | condition
        rows += await collection.find(chosen, projection, session=session).to_list(None)
    return rows


async def known_ids(collection: Collection, ids: Iterable[str], session: Session | None = None) -> set[str]:
    """Return which of the ids are stored."""
    return {row["_id"] for row in await find_each(collection, ids, ["_id"], session=session)}


@dataclass
class _Cuts:
    """Values of a field with about `part` documents between each two; they are good cuts however old they are."""

    values: Sequence[str] = ()
    part: int = 0
    until: float = float("-inf")
    renewing: "asyncio.Task[None] | None" = None


@dataclass
class _Server:
    """What is known of the server of a client."""

    embedded: bool
    cuts: dict[tuple[str, str], _Cuts] = field(default_factory=dict)


logger = logging.getLogger(__name__)
# By the client's identity: clients of one server are equal, and the first of them may be gone before the others.
_servers: dict[int, _Server] = {}


async def page(
    collection: Collection,
    area: str,
    after: str,
    limit: int,
    only: Document | None = None,
    also: Document | None = None,
    field: str = "area_path",
) -> Page:
    """Return up to `limit` documents whose `field` lies within the area, those that follow `after`.

    `only` is what stands before `field` in the index; `also` narrows the list without one.
    """
    path, _, last = after.partition(_BETWEEN)
    following = {"$or": [{field: {"$gt": path}}, {"_id": {"$gt": last}}]} if after else {}
    further = [query(area, field), also or {}, following]
    rows: list[Document] = []
    async for part in parts_of(collection, field, area_range(area, path), limit):
        steps = stages([(only or {}) | {field: part}, *further])
        left = limit - len(rows)
        steps += [{"$sort": {field: 1, "_id": 1}}, {"$limit": left}]
        rows += await collection.aggregate(steps).to_list(left)
        if len(rows) == limit:
            break
    return Page(rows, f"{rows[-1][field]}{_BETWEEN}{rows[-1]['_id']}" if len(rows) == limit else None)


async def page_of_both(
    collection: Collection,
    area: str,
    after: str,
    limit: int,
    only: Document,
    other: str,
    field: str = "area_path",
    also: Document | None = None,
) -> Page:
    """Return a page as `page` does; among its documents are those of which `other`, not `field`, lies within the area.

    Documents that have the field `other` are few; it has an index of its own.
    """
    own = await page(collection, area, after, limit, only, also, field)
    if area == "/":
        return own
    further = await page(collection, area, after, limit, also=both(only, also), field=other)
    rows = {_position(row, field): row for row in own.items}
    rows |= {_position(row, other): row for row in further.items if not within(str(row[field]), area)}
    # Behind the end of a page that is full, further documents may lie between those that are known.
    ends = [_position(read.items[-1], name) for read, name in ((own, field), (further, other)) if read.next]
    known = sorted(position for position in rows if not ends or position <= min(ends))
    items = [rows[position] for position in known[:limit]]
    last = known[limit - 1] if len(known) >= limit else min(ends, default=None)
    return Page(items, _BETWEEN.join(last) if last else None)


def _position(row: Document, field: str) -> tuple[str, str]:
    return str(row[field]), str(row["_id"])


async def page_by_id(
    collection: Collection,
    area: str,
    after: str,
    limit: int,
    only: Document | None = None,
    also: Document | None = None,
) -> list[Document]:
    """Return up to `limit` documents within the area in the order of their ids, those whose `_id` follows `after`.

    They are read by `only`, with which an index begins, else by their area, else by their ids; `also` needs no index.
    """
    by_ids = area == "/" and not await uncut(collection, "_id")
    if only or also or not by_ids:
        indexed = only or ({} if by_ids else {"area_path": area_range(area)})
        return await _by_id(collection, [indexed, query(area), also or {}, {"_id": {"$gt": after}}], limit)
    rows: list[Document] = []
    async for part in parts_of(collection, "_id", {"$gt": after}, limit):
        rows += await _by_id(collection, [{"_id": part}], limit - len(rows))
        if len(rows) == limit:
            break
    return rows


async def newest(collection: Collection, area: str, after: str, limit: int) -> Page:
    """Return up to `limit` documents within the area, the newest ids first, those older than `after`.

    For collections that stay small: all of the area is sorted. Their index is that of area paths and ids.
    """
    older = {"_id": {"$lt": after}} if after else {}
    steps = stages([{"area_path": area_range(area)}, query(area), older])
    rows = await collection.aggregate([*steps, {"$sort": {"_id": -1}}, {"$limit": limit}]).to_list(limit)
    return Page(rows, rows[-1]["_id"] if len(rows) == limit else None)


async def _by_id(collection: Collection, conditions: Sequence[Document], limit: int) -> list[Document]:
    return await collection.aggregate([*stages(conditions), {"$sort": {"_id": 1}}, {"$limit": limit}]).to_list(limit)


async def in_order(
    collection: Collection,
    area: str,
    only: Document,
    by: Sequence[str],
    limit: int,
    *,
    newest_first: bool = False,
    session: Session | None = None,
) -> list[Document]:
    """Return up to `limit` documents within the area that meet `only`, in the order of the fields `by`.

    Their index begins with the fields of `only`, and `by` follows in it.
    """
    steps = [
        *stages([only, query(area)]),
        {"$sort": dict.fromkeys(by, -1 if newest_first else 1)},
        {"$limit": limit},
    ]
    return await collection.aggregate(steps, session=session).to_list(limit)


async def change_one(collection: Collection, condition: Document, change: Document) -> Document | None:
    """Change one document that meets the condition, which still holds after it, and return it changed; else None."""
    # In two calls: an embedded server goes through all documents to find and change one.
    changed = await collection.update_one(condition, change)
    return await collection.find_one(condition) if changed.modified_count else None


async def every(collection: Collection, area: str, only: Document, field: str = "area_path") -> list[Document]:
    """Return all documents whose `field` lies within the area, in no order: for lists that stay short."""
    steps = stages([only | {field: area_range(area)}, query(area, field)])
    return await collection.aggregate(steps).to_list(None)


def stages(conditions: Iterable[Document]) -> list[Document]:
    """Return the first stages of an aggregation: the condition that has an index, then what remains."""
    # A server of MongoDB's makes one condition of all stages. The embedded one finds an index for the first alone, and
    # only where the index holds all of it: so the first is the range in which the area lies, and little else.
    return [{"$match": condition} for condition in conditions if condition]


def area_range(area: str, start: str = "") -> Document:
    """Return the condition on a path that it lies within the area, or before what follows the area, from `start` on."""
    low = {"$gte": max(start, "" if area == "/" else area)}
    return low if area == "/" else low | {"$lt": f"{area}{_BELOW}"}


async def parts_of(collection: Collection, field: str, whole: Document, limit: int) -> AsyncIterator[Document]:
    """Yield a range of strings in parts, in their order: the first holds about `limit` documents, each further more."""
    cuts = await _cuts(collection, field)
    low: str = whole["$gte"] if "$gte" in whole else whole["$gt"]
    high: str | None = whole.get("$lt")
    at = bisect_right(cuts.values, low)
    step = limit // cuts.part + 2 if cuts.part else 1  # the first part may begin at the end of what lies between two
    part = {name: value for name, value in whole.items() if name != "$lt"}
    while at + step - 1 < len(cuts.values) and (high is None or cuts.values[at + step - 1] < high):
        cut = cuts.values[at + step - 1]
        yield part | {"$lt": cut}
        part, at, step = {"$gte": cut}, at + step, 2 * step
    yield part | ({"$lt": high} if high is not None else {})


async def _cuts(collection: Collection, field: str) -> _Cuts:
    """Return where to cut a field's range, as it was known last: nowhere on a server that reads no more than it gives.

    Cuts that are old are renewed beside the request, which does not wait for them.
    """
    server = await _server(collection)
    if not server.embedded:
        return _Cuts()
    cuts = server.cuts.setdefault((str(collection.full_name), field), _Cuts())
    if cuts.until < time.monotonic() and cuts.renewing is None:
        # In a context of its own: the time that the request has left is no limit for it.
        cuts.renewing = asyncio.create_task(_renew(collection, field, cuts), context=Context())
    return cuts


async def uncut(collection: Collection, field: str) -> bool:
    """Whether the server reads all of a field's range for a page: then any index serves as well as that field's."""
    return (await _server(collection)).embedded and not (await _cuts(collection, field)).values


async def _renew(collection: Collection, field: str, cuts: _Cuts) -> None:
    began, share = time.monotonic(), _CUTS_SHARE
    try:
        there = await collection.estimated_document_count()
        if there >= _SMALL:
            parts = {"$bucketAuto": {"groupBy": f"${field}", "buckets": _PARTS}}
            lows = [row["_id"]["min"] async for row in collection.aggregate([parts])]
            cuts.values = [value for value in lows[1:] if isinstance(value, str)]
            cuts.part = max(1, there // _PARTS)
    except PyMongoError as error:
        logger.info("a long list is read without new cuts for a while: %s", type(error).__name__)
        share = 1.0
    finally:
        ended = time.monotonic()
        cuts.until = ended + max(_CUTS_LAST_S, share * (ended - began))
        cuts.renewing = None


async def _server(collection: Collection) -> _Server:
    client: Client = cast(Database, collection.database).client
    if server := known_server(client):
        return server
    about = await client.admin.command("buildInfo")
    if id(client) not in _servers:
        _servers[id(client)] = _Server(embedded="secantusVersion" in about)
        finalize(client, _servers.pop, id(client))
    return _servers[id(client)]


def known_server(client: Client) -> _Server | None:
    """Return what is known of the server of a client; None before its first query."""
    return _servers.get(id(client))
