"""The rule for `Any` in product code: a comment beside it, or shortly before, says why; run by `make lint`."""

import io
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("services", "shared")
REASON = "# Any: "


def without_reason(text: str) -> Iterator[int]:
    """Yield the lines of a module that use `Any`, outside of imports, without a reason."""
    lines = text.splitlines()
    used: set[int] = set()
    importing = False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and token.string in ("import", "from"):
            importing = True
        elif token.type == tokenize.NEWLINE:
            importing = False
        elif token.type == tokenize.NAME and token.string == "Any" and not importing:
            used.add(token.start[0])
    for number in sorted(used):
        near = [line.strip() for line in lines[max(0, number - 3) : number - 1]]
        if REASON not in lines[number - 1] and not any(line.startswith(REASON) for line in near):
            yield number


def main() -> int:
    """Print each `Any` without a reason; 1 if there is one."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    faults = [
        f"{path.relative_to(ROOT)}:{number}: 'Any' without a reason: give the type, or say why in '{REASON}...'"
        for path in paths
        for number in without_reason(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(faults) or "every 'Any' has its reason")  # noqa: T201
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
