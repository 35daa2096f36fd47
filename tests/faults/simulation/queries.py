"""The part of MongoDB's language that the plumbing speaks: conditions and updates over plain documents."""

from collections.abc import Callable
from typing import Any

from shared.store.mongo import Document

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, wanted: value in wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value is not None and value > wanted,
    "$gte": lambda value, wanted: value is not None and value >= wanted,
    "$lt": lambda value, wanted: value is not None and value < wanted,
    "$lte": lambda value, wanted: value is not None and value <= wanted,
}


def meets(document: Document, condition: Document) -> bool:
    """Whether a document meets a condition. Raises `KeyError` for what is not spoken here."""
    for name, wanted in condition.items():
        if name == "$or":
            if not any(meets(document, one) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            value = document.get(name)
            if not all(_TESTS[test](value, against) for test, against in wanted.items()):
                return False
        elif document.get(name) != wanted:
            return False
    return True


def changed(document: Document, update: Document) -> Document:
    """Return the document after an update. Raises `KeyError` for what is not spoken here."""
    new = dict(document)
    for operator, fields in update.items():
        _CHANGES[operator](new, fields)
    return new


def _set(new: Document, fields: Document) -> None:
    new.update(fields)


def _unset(new: Document, fields: Document) -> None:
    for name in fields:
        new.pop(name, None)


def _inc(new: Document, fields: Document) -> None:
    for name, by in fields.items():
        new[name] = new.get(name, 0) + by


def _add_to_set(new: Document, fields: Document) -> None:
    for name, added in fields.items():
        there = list(new.get(name, ()))
        wanted = added["$each"] if isinstance(added, dict) else [added]
        new[name] = there + [one for one in wanted if one not in there]


_CHANGES: dict[str, Callable[[Document, Document], None]] = {
    "$set": _set,
    "$unset": _unset,
    "$inc": _inc,
    "$addToSet": _add_to_set,
}


def made_from(condition: Document) -> Document:
    """Return the document that an upsert begins with: what the condition says is equal."""
    return {n: value for n, value in condition.items() if n[0] != "$" and not isinstance(value, dict)}
