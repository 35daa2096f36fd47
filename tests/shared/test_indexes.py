"""Unique indexes: few, each with its reason. What may be free again is a claim (docs/adr/0014-claims.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.sizes import ROOT

# A unique index is allowed over fields that never change in a document: by module and fields, with the reason.
ALLOWED = {
    ("services/registration/store/residents.py", "id_number_hash"): "a person's ID number is for life",
}
ASK = "unique over a field that may change or be free again? Use shared/store/claims.py, or add it here with its reason"


def unique_indexes(source: str) -> Iterator[str]:
    """Yield the fields of each call that makes a unique index."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and any(word.arg == "unique" for word in node.keywords):
            strings = [one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant)]
            yield ",".join(field for field in strings if isinstance(field, str))


def declared() -> set[tuple[str, str]]:
    """Return the unique indexes of the services and of what they share."""
    modules: list[Path] = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]
    return {
        (path.relative_to(ROOT).as_posix(), fields)
        for path in modules
        for fields in unique_indexes(path.read_text(encoding="utf-8"))
    }


def test_a_unique_index_is_on_the_list_with_its_reason() -> None:
    assert declared() == ALLOWED.keys(), ASK


def test_a_unique_index_is_seen_however_it_is_written() -> None:
    source = """
IndexModel([("a", ASCENDING), ("b", 1)], unique=True, name="both")
IndexModel("c", unique=True)
IndexModel([("d", 1)])
collection.create_index("e", unique=flag)
"""
    assert list(unique_indexes(source)) == ["a,b", "c", "e"]
