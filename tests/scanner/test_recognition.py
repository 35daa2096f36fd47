"""What a line from a scanner or a keyboard is taken for."""

import os
import pty
import tty
from pathlib import Path

import pytest

from services.checkpoint.client.recognition import Line, Unreadable, recognised
from services.checkpoint.client.sources import from_file, from_serial, simulated
from shared.events.checkpoint import CredentialKind as Kind


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("LM1:abc.def", Line(Kind.CODE, "LM1:abc.def")),
        ("LM1:abc.def;36.8\r\n", Line(Kind.CODE, "LM1:abc.def", 36.8)),
        ("11010519491231002X", Line(Kind.ID_NUMBER, "11010519491231002X")),
        ("11010519491231002x ; 37,4", Line(Kind.ID_NUMBER, "11010519491231002X", 37.4)),
        ("V-7K2M9QXD", Line(Kind.VISITOR, "V-7K2M9QXD")),
        ("津A12345", Line(Kind.PLATE, "津A12345")),
        ("津A·D12345", Line(Kind.PLATE, "津AD12345")),
        ("粤Z1234港", Line(Kind.PLATE, "粤Z1234港")),
        ("C00000017", Line(Kind.CARD, "C00000017")),
        ("123456789012345678901", Line(Kind.CARD, "123456789012345678901")),
        ("lm1:abc", Line(Kind.CODE, "LM1:ABC")),
    ],
)
def test_a_line_is_taken_for_what_it_is(text: str, line: Line) -> None:
    assert recognised(text) == line


@pytest.mark.parametrize("text", [";38.5", "#!?;38.5", "\ufffd\ufffdA12345;38.5", "K-7110;38.5K-7111;36.6"])
def test_a_temperature_beside_what_is_not_read_is_a_scan_that_says_why(text: str) -> None:
    line = recognised(text)
    assert (line.kind, line.temperature_c) == (Kind.CARD, 38.5)
    assert line.problem is not None
    assert line.value == text


@pytest.mark.parametrize("text", ["", "\n", "a;b", "card;98.6", "card;nan", "card;", "\x00\x01", "x" * 513])
def test_a_line_that_is_no_scan_says_what_to_do(text: str) -> None:
    with pytest.raises(Unreadable, match=r"scan again|write it as|measure again"):
        recognised(text)


def test_a_file_in_no_encoding_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(b"card-1\n" + b"\xff\xfe\n" + b"card-2")
    assert [line.strip() for line in from_file(file)] == ["card-1", "\ufffd\ufffd", "card-2"]


PEOPLE = ["津A12345;36.6", "K-7110；38.5", "11010519491231002X"]
FILES = {
    "GBK": "\n".join(PEOPLE).encode("gbk"),
    "lines that CR ends": "\r".join(PEOPLE).encode("gbk") + b"\r",
    "lines that CR and LF end": "\r\n".join(PEOPLE).encode(),
    "UTF-8 with a byte order mark": "\n".join(PEOPLE).encode("utf-8-sig"),
    "UTF-16 with a byte order mark": "\r\n".join(PEOPLE).encode("utf-16"),
    "UTF-16, big end first, with a byte order mark": b"\xfe\xff" + "\r".join(PEOPLE).encode("utf-16-be"),
    "UTF-16 without a mark": "\n".join(PEOPLE).encode("utf-16-le"),
    "UTF-16, big end first": "\n".join(PEOPLE).encode("utf-16-be"),
    "lines of two encodings": "\n".join(PEOPLE[:1]).encode("gbk") + b"\n" + "\n".join(PEOPLE[1:]).encode(),
    "zero bytes at the ends": "\0\n".join(PEOPLE).encode("gbk") + b"\0\n",
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_is_read_in_every_encoding_and_with_every_end_of_line(tmp_path: Path, what: str) -> None:
    file = tmp_path / "codes"
    file.write_bytes(FILES[what])
    assert [recognised(line) for line in from_file(file)] == [
        Line(Kind.PLATE, "津A12345", 36.6),
        Line(Kind.CARD, "K-7110", 38.5),
        Line(Kind.ID_NUMBER, "11010519491231002X"),
    ]


def test_a_file_without_any_end_of_line_is_refused_and_not_lost(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(b"K-7110" * 2000)
    for line in from_file(file):
        with pytest.raises(Unreadable, match="set the scanner to send Enter"):
            recognised(line)
    assert sum(map(len, from_file(file))) == 12000


def test_a_serial_scanner_that_ends_no_line_is_read_by_its_pauses() -> None:
    scanner, port = pty.openpty()
    tty.setraw(scanner)
    lines = from_serial(Path(os.ttyname(port)))
    for card in ("card-1", "card-2"):
        os.write(scanner, card.encode())
        assert next(lines) == card
    os.write(scanner, "津A12345\r".encode("gbk"))
    assert next(lines) == "津A12345"
    os.close(scanner)
    assert list(lines) == []
    os.close(port)


def test_a_serial_scanner_is_read_line_by_line_until_it_is_unplugged() -> None:
    scanner, port = pty.openpty()
    tty.setraw(scanner)
    os.write(scanner, b"card-1\r\ncard-2\rcar")
    lines = from_serial(Path(os.ttyname(port)))
    assert [next(lines), next(lines)] == ["card-1", "card-2"]
    os.write(scanner, b"d-3\n")
    assert next(lines) == "card-3"
    os.close(scanner)
    assert list(lines) == []
    os.close(port)


def test_what_is_no_serial_port_says_so(tmp_path: Path) -> None:
    file = tmp_path / "no-port"
    file.write_text("card\n")
    with pytest.raises(OSError, match="is no serial port"):
        list(from_serial(file))


def test_simulated_lines_are_cards_and_visitors() -> None:
    lines = simulated(1, pause=False)
    kinds = {recognised(next(lines)).kind for _ in range(30)}
    assert kinds == {Kind.CARD, Kind.VISITOR}
