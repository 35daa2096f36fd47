"""Lists in the order of a field that the caller chose, and names by their beginnings (`sort` and `q` of a list)."""

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.base.area import query
from shared.base.errors import Invalid
from shared.base.years import is_countable
from shared.store.by_time import up_to
from shared.store.mongo import Collection, Document, both
from shared.store.queries import Page, area_range, parts_of, stages, uncut

_TO_FULL_WIDTH = 0xFEE0


class By(NamedTuple):
    """The order of a list: by a field that every document has, a text or a time, then by their ids."""

    field: str
    descending: bool = False

    @classmethod
    def of(cls, sort: str, **fields: str) -> "By":
        """Return the order that `sort` of a request names; `fields` gives the store's field where it differs."""
        name = sort.removeprefix("-")
        return cls(fields.get(name, name), sort.startswith("-"))


async def page_by(
    collection: Collection,
    area: str,
    by: By,
    after: str,
    limit: int,
    only: Document | None = None,
    also: Document | None = None,
    field: str = "area_path",
) -> Page:
    """Return up to `limit` documents whose `field` lies within the area, in the order `by`, those that follow `after`.

    An index begins with the fields of `only` and goes on with `field`, or else with the field of `by`. `also`
    narrows the list without an index.
    """
    value, identity = value_and_id(after) if after else (None, "")
    beyond = "$lt" if by.descending else "$gt"
    following = {"$or": [{by.field: {beyond: value}}, {"_id": {beyond: identity}}]} if after else {}
    start = {by.field: _from(value, by.descending)} if after else {}
    if only or area != "/":
        # The documents of an area, or of a state, are few enough to be sorted; a server of MongoDB's may choose
        # the index of the order all the same.
        steps = stages([(only or {}) | {field: area_range(area)}, query(area, field), start, also or {}, following])
    else:
        steps = stages([start or {by.field: {"$gte": _least(by.field)}}, also or {}, following])
    turn = -1 if by.descending else 1
    steps += [{"$sort": {by.field: turn, "_id": turn}}, {"$limit": limit}]
    rows = await collection.aggregate(steps).to_list(limit)
    return Page(rows, cursor_of(rows[-1], by) if len(rows) == limit else None)


async def page_of_both_by(
    collection: Collection,
    area: str,
    by: By,
    after: str,
    limit: int,
    only: Document,
    other: str,
    also: Document | None = None,
) -> Page:
    """Return a page as `page_by` does; among its documents are those of which `other` alone lies within the area.

    Documents that have the field `other` are few; it has an index of its own.
    """
    own = await page_by(collection, area, by, after, limit, only, also)
    if area == "/":
        return own
    further = await page_by(collection, area, by, after, limit, also=both(only, also), field=other)
    # Each holds the first `limit` of its documents, so the first `limit` of both are among these.
    rows = {row["_id"]: row for row in (*own.items, *further.items)}
    items = sorted(rows.values(), key=lambda row: (row[by.field], row["_id"]), reverse=by.descending)[:limit]
    return Page(items, cursor_of(items[-1], by) if len(items) == limit else None)


async def first_of(
    collection: Collection,
    area: str,
    after: str,
    limit: int,
    only: Document,
    also: Document,
    scanned: int,
    field: str = "area_path",
) -> list[Document]:
    """Return what `queries.page` does of the first part of the range alone: fewer than `limit` prove nothing.

    It has about `scanned` documents. Of an embedded server that would read the whole range nothing is asked.
    """
    if await uncut(collection, field):
        return []
    path, _, last = after.partition("|")
    following = {"$or": [{field: {"$gt": path}}, {"_id": {"$gt": last}}]} if after else {}
    async for part in parts_of(collection, field, area_range(area, path), scanned):
        steps = stages([only | {field: part}, query(area, field), also, following])
        steps += [{"$sort": {field: 1, "_id": 1}}, {"$limit": limit}]
        return await collection.aggregate(steps).to_list(limit)
    return []


def beginning(field: str, q: str) -> Document:
    """Return the condition that the normal form of a field begins with `q`, which is in normal form."""
    # Names are stored as they were written: spaces and dots may stand between any two characters, in any width.
    between = r"[\s·•・]*"
    pattern = between + between.join("".join(_widths(character)) for character in q)
    return {field: {"$regex": f"^{pattern}", "$options": "i"}} if q else {}


def _widths(character: str) -> list[str]:
    """Return the pattern of a character in its narrow and its full width."""
    if not "!" <= character <= "~":
        return [re.escape(character)]
    wide = {chr(ord(one) + _TO_FULL_WIDTH) for one in (character, character.upper())}
    return ["[", re.escape(character), *sorted(wide), "]"]


def _from(value: Any, descending: bool) -> Document:  # Any: a text or a time
    """Return the condition that a value is this one or lies behind it in the order."""
    if not descending:
        return {"$gte": value}
    return up_to(value) if isinstance(value, datetime) else {"$lt": f"{value}\0"}  # no text lies between the two


def _least(field: str) -> Any:  # Any: a text or a time
    """Return the least value of a field, by its name: embedded servers use an index for a range alone."""
    return datetime(1, 1, 1, tzinfo=UTC) if field.split("_")[-1] == "at" else ""


def cursor_of(row: Document, by: By) -> str:
    """Return the cursor that names a document in a list in the order `by`."""
    value = row[by.field]
    is_time = isinstance(value, datetime)
    return json.dumps([value.isoformat() if is_time else value, row["_id"], is_time], ensure_ascii=False)


def value_and_id(after: str) -> tuple[Any, str]:  # Any: a text or a time
    """Return what a cursor names. Raises `Invalid` for a cursor that no list made."""
    try:
        value, identity, is_time = json.loads(after)
        if not isinstance(value, str) or not isinstance(identity, str):
            raise ValueError
        start = datetime.fromisoformat(value) if is_time else value
    except (ValueError, TypeError, RecursionError):
        raise _refused_cursor() from None
    if isinstance(start, datetime) and (start.tzinfo is None or not is_countable(start)):
        raise _refused_cursor()
    return start, identity


def _refused_cursor() -> Invalid:
    text = "'after' is the 'next' of the page before of this list: send it as it came"
    return Invalid("request.bad_cursor", text, detail_zh="after 须为上一页的 next：请原样发送")
