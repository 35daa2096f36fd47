"""Scan files: NDJSON as devices write them, and .csv as offices do; read without being held whole.

They are in UTF-8, GBK or UTF-16, with lines that end with LF, CR or both.
"""

import codecs
import csv
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.checkpoint.client.encodings import utf_16_of
from shared.base.json_types import Json
from shared.base.normal_form import fold

REQUIRED = ("scan_id", "gate_id", "seq", "at", "direction", "credential_kind", "credential_value")
OPTIONAL = ("temperature_c", "mask", "mode")
_YES, _NO = ("true", "1", "yes", "是"), ("false", "0", "no", "否")
_CHUNK = 1 << 20


def read_scans(path: Path) -> Iterator[Json]:
    """Yield the scans of an NDJSON or a .csv file.

    Raises `ValueError` naming the file and the line that is wrong, or the file that holds no scan.
    """
    read = 0
    for scan in _csv_scans(path) if path.suffix.lower() == ".csv" else _json_scans(path):
        read += 1
        yield scan
    if not read:
        raise ValueError(f"{path}: nothing was read: the file holds no scan")


def _json_scans(path: Path) -> Iterator[Json]:
    with path.open(encoding=_encoding(path)) as file:
        for number, line in enumerate(file, start=1):
            if text := line.strip():
                with _at(path, number):
                    scan = _json_scan(text)
                yield scan


def _json_scan(text: str) -> Json:
    try:
        scan = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"no JSON ({error}): one scan a line, or name the file .csv") from None
    if not isinstance(scan, dict):
        raise ValueError("a scan is a JSON object")
    return scan


def _no_number(word: str) -> Any:  # Any: a cell's value of any type
    raise ValueError(f"{word} is no number")


def _csv_scans(path: Path) -> Iterator[Json]:
    with path.open(encoding=_encoding(path), newline="") as file:
        rows = csv.reader(file, strict=True)
        with _at(path, 1):
            heading = _heading(next(rows, []))
        while True:
            with _at(path, rows.line_num + 1):
                cells = next(rows, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                with _at(path, rows.line_num):
                    scan = _csv_scan(heading, cells)
                yield scan


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    for encoding in filter(None, (utf_16_of(start), "utf-8-sig", "gb18030")):  # GB 18030 reads every GBK file
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ValueError(f"{path}: neither UTF-8 nor GBK nor UTF-16 text: save it as UTF-8")


def _heading(cells: list[str]) -> list[str]:
    names = [fold(cell).lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in REQUIRED + OPTIONAL]
    if missing or unknown or len(set(names)) < len(names):
        problem = f"{', '.join(missing) or 'none'} missing, {', '.join(unknown) or 'none'} unknown"
        wanted = f"each once: {', '.join(REQUIRED)}; and, where known, {', '.join(OPTIONAL)}"
        raise ValueError(f"the first line must hold the headings, {wanted} ({problem})")
    return names


def _csv_scan(heading: list[str], cells: list[str]) -> Json:
    if len(cells) > len(heading):
        raise ValueError(f"{len(cells)} cells under {len(heading)} headings")
    filled = {name: cell.strip() for name, cell in zip(heading, cells, strict=False) if cell.strip()}
    # The service folds the credential itself.
    filled = {name: text if name == "credential_value" else fold(text) for name, text in filled.items()}
    if missing := [name for name in REQUIRED if name not in filled]:
        raise ValueError(f"{', '.join(missing)} empty")
    scan: Json = {name: _CELLS.get(name, str)(text) for name, text in filled.items()}
    scan["credential"] = {"kind": scan.pop("credential_kind"), "value": scan.pop("credential_value")}
    return scan


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"seq {text!r} is no whole number") from None


def _degrees(text: str) -> float:
    try:
        degrees = float(text.replace(",", "."))
    except ValueError:
        degrees = math.nan
    if not math.isfinite(degrees):
        raise ValueError(f"temperature_c {text!r} is no number")
    return degrees


def _yes(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise ValueError(f"mask {text!r} is neither yes (true, 1, 是) nor no (false, 0, 否)")
    return text.lower() in _YES


# Any: a cell's value of any type
_CELLS: dict[str, Callable[[str], Any]] = {"seq": _whole, "temperature_c": _degrees, "mask": _yes}


@contextmanager
def _at(path: Path, number: int) -> Iterator[None]:
    """Let what is wrong name its file and line."""
    try:
        yield
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{path}, line {number}: {error}") from None
