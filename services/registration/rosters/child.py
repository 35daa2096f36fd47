"""Turns one file into rows of cells, within limits of time and memory, in a process that does nothing else.

The answer is one JSON object: `sheets`, or `code`, `detail` and `details` of what is wrong.
"""

import json
import resource
from typing import Any

from services.registration.rosters.sheets import Unreadable
from shared.base.json_types import Json

CPU_S = 8  # five thousand rows of nine columns take one, of forty columns six
MEMORY_BYTES = 256 << 20


def limit_process() -> None:
    """Limit this process for good: a file that takes more ends it."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def import_readers() -> None:
    """Import all that any file may need, so that the processes that are forked from this one need not."""
    from services.registration.rosters import delimited, workbook  # noqa: F401

    workbook.import_openpyxl()
    import python_calamine  # noqa: F401

    for encoding in ("utf-8-sig", "utf-16", "gb18030", "cp437"):
        b"".decode(encoding)


def answer(content: bytes) -> bytes:
    """Return the answer for a file, as JSON in ASCII."""
    try:
        result: Json = {"sheets": _sheets(content)}
    except Unreadable as error:
        result = {"code": error.code, "detail": str(error), "details": error.details}
    return json.dumps(result, ensure_ascii=True, separators=(",", ":")).encode()


def _sheets(content: bytes) -> list[Any]:  # Any: lists of JSON
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        from services.registration.rosters.workbook import sheets
    else:
        from services.registration.rosters.delimited import sheets
    return [sheet._asdict() for sheet in sheets(content)]
