"""Every function that opens a unit of work is repeated after a conflict: one that forgets it fails here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.launcher.processes.child import ROOT

DECORATOR = "retry_conflicts"


def openers(source: str) -> Iterator[ast.AsyncFunctionDef]:
    """Yield the functions of a module that open a unit of work themselves."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.AsyncFunctionDef) and any(map(_opens, ast.walk(function))):
            yield function


def _opens(node: ast.AST) -> bool:
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.AsyncWith) else []
    return any(isinstance(call, ast.Call) and ast.unparse(call.func).endswith("unit_of_work") for call in calls)


def forgetful(source: str) -> list[str]:
    """Return the names of the functions that open a unit of work and are not repeated after a conflict."""
    return [f.name for f in openers(source) if DECORATOR not in map(ast.unparse, f.decorator_list)]


def test_every_function_that_opens_a_unit_of_work_is_repeated_after_a_conflict() -> None:
    modules = [path for room in ("services", "shared") for path in sorted((ROOT / room).rglob("*.py"))]
    count = sum(len(list(openers(path.read_text(encoding="utf-8")))) for path in modules)
    assert count > 50, "the test finds no units of work any more"
    assert {
        str(Path(path).relative_to(ROOT)): names for path in modules if (names := forgetful(path.read_text("utf-8")))
    } == {}


@pytest.mark.parametrize(
    ("decorators", "names"), [("", ["order"]), ("@retry_conflicts\n", []), ("@staticmethod\n", ["order"])]
)
def test_a_function_without_the_decorator_is_named(decorators: str, names: list[str]) -> None:
    source = "async def order(deps):\n    async with deps.unit_of_work() as work, other():\n        work.emit(1)\n"
    assert forgetful(decorators + source) == names
