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


@pytest.mark.parametrize("text", ["", "\n", "a;b", "card;98.6", "card;nan", "card;", "\x00\x01", "x" * 513])
def test_a_line_that_is_no_scan_says_what_to_do(text: str) -> None:
    with pytest.raises(Unreadable, match=r"scan again|write it as|measure again"):
        recognised(text)


def test_a_file_in_no_encoding_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "codes"
    file.write_bytes(b"card-1\n" + b"\xff\xfe\n" + b"card-2")
    assert [line.strip() for line in from_file(file)] == ["card-1", "\ufffd\ufffd", "card-2"]


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
