"""The size rules: no file above 300 lines, no function above 40; run by `make lint`."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("services", "shared", "deploy", "tests")
FILE_LINES, FUNCTION_LINES = 300, 40


def too_long(path: Path) -> Iterator[str]:
    """Yield a sentence for the file and for each function in it that breaks a rule."""
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    where = path.relative_to(ROOT)
    if lines > FILE_LINES:
        yield f"{where}: {lines} lines, {FILE_LINES} are allowed: split it by what it is about"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield f"{where}:{node.lineno}: {node.name} has {length} lines, {FUNCTION_LINES} are allowed"


def main() -> int:
    """Print what is too long; 1 if anything is."""
    lines = [line for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")) for line in too_long(path)]
    print("\n".join(lines) or "every file and function is within the size rules")  # noqa: T201
    return bool(lines)


if __name__ == "__main__":
    sys.exit(main())
