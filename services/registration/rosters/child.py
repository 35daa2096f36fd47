"""Turns a file into rows of cells, in a process of its own with limits of time and memory.

It reads the file from its input and writes one JSON object: `sheets`, or `code` and `detail` of what is wrong.
"""

import json
import resource
import sys
from typing import Any

from services.registration.rosters.sheets import Unreadable

CPU_S = 8  # five thousand rows of nine columns take one, of forty columns six
MEMORY_BYTES = 256 << 20


def main() -> None:
    """Read, and answer."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer: dict[str, Any] = {"sheets": _sheets(sys.stdin.buffer.read())}
    except Unreadable as error:
        answer = {"code": error.code, "detail": str(error)}
    json.dump(answer, sys.stdout, ensure_ascii=True, separators=(",", ":"))


def _sheets(content: bytes) -> list[Any]:
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        from services.registration.rosters.workbook import sheets
    else:  # each file pays for what it needs
        from services.registration.rosters.delimited import sheets
    return [sheet._asdict() for sheet in sheets(content)]


if __name__ == "__main__":
    main()
