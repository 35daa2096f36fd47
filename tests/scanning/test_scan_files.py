"""Scan files: NDJSON and .csv are read line by line, and what is wrong is one sentence with file and line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.checkpoint.client.scan_files import read_scans
from tests.checkpoint.gate import scan

HEADING = "scan_id,gate_id,seq,at,direction,credential_kind,credential_value,temperature_c,mask,mode"
ROW = "0190f5c2-0000-7000-8000-000000000000,gate-p01,3,2026-11-24T08:00:00Z,in,plate,津A12345,36.5,是,offline"
SCAN = {
    "scan_id": "0190f5c2-0000-7000-8000-000000000000",
    "gate_id": "gate-p01",
    "seq": 3,
    "at": "2026-11-24T08:00:00Z",
    "direction": "in",
    "credential": {"kind": "plate", "value": "津A12345"},
    "temperature_c": 36.5,
    "mask": True,
    "mode": "offline",
}


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_ndjson_is_read_with_blank_lines_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    scans = [scan(), scan("plate", "津A12345")]
    lines = "\ufeff" + json.dumps(scans[0]) + "\r\n\r\n" + json.dumps(scans[1], ensure_ascii=False)
    assert list(read_scans(written(tmp_path / "scans.ndjson", lines))) == scans


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_a_csv_is_read_as_what_it_is(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path / "scans.CSV", f"{HEADING}\r\n{ROW}\r\n\r\n".encode(encoding))
    assert list(read_scans(file)) == [SCAN]


def test_a_csv_needs_no_more_than_its_required_columns_in_any_order(tmp_path: Path) -> None:
    file = written(
        tmp_path / "scans.csv",
        "direction,credential_value,credential_kind,at,seq,gate_id,scan_id,mask,temperature_c\n"
        'in,"K,17",card,2026-11-24T08:00:00Z,0,g,s,,\n',
    )
    (read,) = read_scans(file)
    assert read["credential"] == {"kind": "card", "value": "K,17"}
    assert not read.keys() & {"mask", "temperature_c", "mode"}


@pytest.mark.parametrize(("cell", "mask"), [("TRUE", True), ("1", True), ("是", True), ("no", False), ("否", False)])
def test_a_mask_is_written_in_several_ways(tmp_path: Path, cell: str, mask: bool) -> None:
    file = written(tmp_path / "scans.csv", f"{HEADING}\n{ROW.replace('是', cell)}\n")
    assert next(read_scans(file))["mask"] is mask


def replaced(old: str, new: str) -> str:
    assert old in ROW
    return f"{HEADING}\n{ROW}\n{ROW.replace(old, new)}\n"


WRONG: dict[str, tuple[Any, int, str]] = {
    "chinese.csv": ("卡口,时间,方向\ng,t,in\n", 1, "scan_id, gate_id, .* missing, 卡口, 时间, 方向 unknown"),
    "chinese-gbk.csv": ("卡口,时间,方向\ng,t,in\n".encode("gbk"), 1, "卡口, 时间, 方向 unknown"),
    "without-seq.csv": (HEADING.replace("seq,", "") + "\n", 1, "seq missing, none unknown"),
    "twice.csv": (HEADING + ",mask\n", 1, "each once"),
    "empty.csv": ("", 1, "must hold the headings"),
    "seq.csv": (replaced(",3,", ",three,"), 3, "seq 'three' is no whole number"),
    "degrees.csv": (replaced("36.5", "36,5"), 3, "11 cells under 10 headings"),
    "nan.csv": (replaced("36.5", "nan"), 3, "temperature_c 'nan' is no number"),
    "mask.csv": (replaced("是", "maybe"), 3, "mask 'maybe' is neither yes"),
    "gate.csv": (replaced("gate-p01", " "), 3, "gate_id empty"),
    "short.csv": (f"{HEADING}\nonly,two\n", 2, "seq, at, direction, credential_kind, credential_value empty"),
    "quote.csv": (f'{HEADING}\n"never closed', 2, "unexpected end of data"),
    "broken.ndjson": (json.dumps(scan()) + "\n{\n", 2, "no JSON .*: one scan a line"),
    "list.ndjson": ("[]\n", 1, "a scan is a JSON object"),
    "nan.ndjson": (json.dumps(scan(temperature_c=float("nan"))), 1, "NaN is no number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_sentence_with_file_and_line(tmp_path: Path, name: str) -> None:
    content, line, sentence = WRONG[name]
    file = written(tmp_path / name, content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(file))}, line {line}: .*{sentence}") as raised:
        list(read_scans(file))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_a_file_is_read_in_every_encoding_and_with_every_end_of_line(tmp_path: Path, encoding: str, end: str) -> None:
    plates = [scan("plate", "津A12345"), scan("plate", "鄂A12345", temperature_c=38.5)]
    lines = end.join(json.dumps(one, ensure_ascii=False) for one in plates) + end
    assert list(read_scans(written(tmp_path / "scans.ndjson", lines.encode(encoding)))) == plates
    table = f"{HEADING}{end}{ROW}{end}"
    assert list(read_scans(written(tmp_path / "scans.csv", table.encode(encoding)))) == [SCAN]


@pytest.mark.parametrize(("name", "content"), [("no.ndjson", ""), ("blank.ndjson", "\r\r\n"), ("no.csv", HEADING)])
def test_a_file_of_which_nothing_was_read_is_an_error(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: nothing was read: the file holds no scan"):
        list(read_scans(written(tmp_path / name, content)))


def test_what_an_input_method_wrote_in_a_table_is_folded(tmp_path: Path) -> None:
    table = f"{HEADING.replace('gate_id', 'ｇａｔｅ＿ｉｄ')}\n{ROW.replace('36.5', '３６．５')}\n"
    assert list(read_scans(written(tmp_path / "scans.csv", table))) == [SCAN]


def test_a_file_in_no_encoding_we_know_says_so(tmp_path: Path) -> None:
    for name, content in {"scans.csv": b"\xff\xff\xff", "book.xlsx": b"PK\x03\x04\xff\xfe\n"}.items():
        with pytest.raises(ValueError, match="neither UTF-8 nor GBK nor UTF-16 text"):
            list(read_scans(written(tmp_path / name, content)))


def test_what_stands_before_a_wrong_line_is_read(tmp_path: Path) -> None:
    scans = read_scans(written(tmp_path / "scans.csv", replaced(",3,", ",three,")))
    assert next(scans) == SCAN
    with pytest.raises(ValueError, match="line 3"):
        next(scans)
