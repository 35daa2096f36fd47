"""Fields of documents that the store holds sealed: those that a dataclass marks as `SEALED`, at any depth.

A text is sealed for its collection, its document and the path of its field. A text that an earlier version left in
clear is read as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from shared.base.errors import Unreadable
from shared.base.json_types import Json, JsonView
from shared.base.sealing import RECORD_FORM, UNREADABLE, Sealer, is_seal

Tree = Mapping[str, "Tree"]  # fields by name; a sealed field has no further ones


@cache
def sealed_tree(kind: Any) -> Tree:  # Any: a dataclass, or a type that may hold some
    """Return the fields of a dataclass that are sealed or hold some that are."""
    tree: dict[str, Tree] = {}
    hints = get_type_hints(kind)
    for one in fields(kind):
        if one.metadata.get("sealed"):
            tree[one.name] = {}
        elif inner := next(filter(None, map(sealed_tree, _classes(hints[one.name]))), None):
            tree[one.name] = inner
    return tree


def _classes(hint: Any) -> Iterator[Any]:  # Any: types, and values of a document
    if isinstance(hint, type) and is_dataclass(hint):
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def texts_of(facts: JsonView, tree: Tree, path: str = "", at: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield each text of a sealed field: its path, its path with the places in lists, and the text."""
    for name, inner in tree.items():
        value = facts.get(name)
        if value is None or value == "":
            continue
        for number, one in enumerate(value) if isinstance(value, list) else [("", value)]:
            here, there = f"{path}{name}", f"{at}{name}" + (f".{number}" if number != "" else "")
            if isinstance(one, str) and not inner:
                yield here, there, one
            elif isinstance(one, Mapping):
                yield from texts_of(one, inner, f"{here}.", f"{there}.")


class SealedFields:
    """Seals and opens the sealed fields of the documents of one collection."""

    def __init__(self, collection: str, tree: Tree, sealer: Sealer) -> None:
        self.collection = collection
        self.tree = tree
        self._sealer = sealer

    def seal(self, facts: JsonView, record: str) -> Json:
        """Return the facts with the texts sealed; as they are, while processes seal in the form of the version before.

        That version shows such texts as they stand in the store. Raises `Unreadable` where `show` has replaced a text.
        """
        if self._sealer.form < RECORD_FORM:
            return _each(facts, self.tree, lambda path, text: self._readable(text, path, record))
        return _each(facts, self.tree, lambda path, text: self.seal_text(text, path, record))

    def open(self, facts: JsonView, record: str) -> Json:
        """Return the facts with the texts in clear. Raises `Unreadable` for a seal of another record or field."""
        return _each(facts, self.tree, lambda path, text: self.open_text(text, path, record))

    def show(self, facts: JsonView, record: str) -> Json:
        """Return the facts with the texts in clear; `UNREADABLE` stands in place of a text that does not open."""
        return _each(facts, self.tree, lambda path, text: self._show_text(text, path, record))

    def _show_text(self, text: str, path: str, record: str) -> str:
        return self._sealer.show(text, f"{self.collection}.{path}", record) if is_seal(text) else text

    def _readable(self, text: str, path: str, record: str) -> str:
        if text == UNREADABLE:
            raise Unreadable(f"{self.collection}.{path} of {record}")
        return text

    def seal_text(self, text: str, path: str, record: str) -> str:
        """Return one text sealed for its field."""
        return self._sealer.seal(text, f"{self.collection}.{path}", record)

    def open_text(self, text: str, path: str, record: str) -> str:
        """Return one text in clear."""
        return self._sealer.open(text, f"{self.collection}.{path}", record) if is_seal(text) else text


def _each(facts: JsonView, tree: Tree, change: Callable[[str, str], str], path: str = "") -> Json:
    changed = dict(facts)
    for name, inner in tree.items():
        value, here = changed.get(name), f"{path}{name}"
        if isinstance(value, list):
            changed[name] = [_changed(one, inner, change, here) for one in value]
        elif value:
            changed[name] = _changed(value, inner, change, here)
    return changed


# Any: types, and values of a document
def _changed(value: Any, inner: Tree, change: Callable[[str, str], str], path: str) -> Any:
    if isinstance(value, str):
        return change(path, value) if value and not inner else value
    return _each(value, inner, change, f"{path}.") if isinstance(value, Mapping) else value
