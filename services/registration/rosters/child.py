"""Turns one file into rows of cells, within limits of time and memory, in a process that does nothing else.

The answer is compressed lines of JSON, so that neither this process nor the service holds a large file's rows: of each
sheet an object that describes it, then its rows; at last, where the file is wrong, an object with `code`, `detail` and
`details`.
"""

import gzip
import json
import resource
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO

from services.registration.rosters.sheets import NOT_A_WORKBOOK, Sheet, Unreadable

CPU_S = 8
CPU_S_A_MEGABYTE = 8  # a megabyte of .xlsx holds some 12,000 rows of nine columns, which take three
MEMORY_BYTES = 384 << 20
_COMPRESSION = 1
AGAIN = {"again": True}  # what was written before counts no longer: the file is read by another reader


def limit_process() -> None:
    """Limit this process for good: a file that takes more ends it."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 60 * CPU_S_A_MEGABYTE))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_time(size: int) -> None:
    """Allow this process more time on the processor for a file of that many bytes."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = min(CPU_S + CPU_S_A_MEGABYTE * (size >> 20), most)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, allowed + 1 if allowed < most else most))


def import_readers() -> None:
    """Import all that any file may need, so that the processes that are forked from this one need not."""
    from services.registration.rosters import delimited, workbook  # noqa: F401

    workbook.import_openpyxl()
    import python_calamine  # noqa: F401

    for encoding in ("utf-8-sig", "utf-16", "gb18030", "cp437"):
        b"".decode(encoding)


def write_answer(content: bytes, out: BinaryIO) -> None:
    """Write the answer for a file: compressed lines of JSON in ASCII."""
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=_COMPRESSION, mtime=0) as packed:
        try:
            first, *others = _readers(content)
            try:
                _write_sheets(first(content), packed)
            except Unreadable:
                raise
            except Exception:  # whatever openpyxl dislikes in an archive, calamine may read it
                if not others:
                    raise
                packed.write(_line(AGAIN))
                if not any(_write_sheets(read(content), packed) for read in others):
                    raise Unreadable("import.not_a_workbook", NOT_A_WORKBOOK) from None
        except Unreadable as error:
            packed.write(_line({"code": error.code, "detail": str(error), "details": error.details}))


def _write_sheets(sheets: Iterable[Sheet], out: gzip.GzipFile) -> int:
    """Write sheets and return how many rows they have."""
    count = 0
    for sheet in sheets:
        out.write(_line({"name": sheet.name, "merged_known": sheet.merged_known, "hidden": sheet.hidden}))
        for row in sheet.rows:
            out.write(_line(row))
            count += 1
    return count


def _line(value: Any) -> bytes:  # Any: JSON
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _readers(content: bytes) -> Sequence[Callable[[bytes], Iterable[Sheet]]]:
    if content[:4] == b"PK\x03\x04" or content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        from services.registration.rosters.workbook import readers

        return readers(content)
    from services.registration.rosters.delimited import sheets

    return (sheets,)
