"""The device's book: what was displayed is in it, whatever happens to the process or the disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.checkpoint.client.book import SENT, UNSENT, Book, BookUnusable
from services.checkpoint.client.posting import ACCEPTED, PARKED, REJECTED, Receipt
from tests.checkpoint.gate import scan

NEVER = "1970-01-01T00:00:00+00:00"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """A book with nothing in it."""
    made = Book(tmp_path / "book.db")
    yield made
    made.close()


@contextmanager
def full_disk(book: Path) -> Iterator[None]:
    """Let no file grow beyond what the book's has, as on a disk without space."""
    wal = book.with_name(f"{book.name}-wal")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size if wal.exists() else 0, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def receipt(one: Any, state: str, verdict: str | None = "allow", *reasons: str) -> Receipt:
    return Receipt(one["scan_id"], state, verdict, reasons)


def test_numbers_count_on_over_every_end_and_are_never_used_twice(book: Book) -> None:
    first = [book.add(scan(), UNSENT) for _ in range(3)]
    again = Book(book.path)  # as after a kill: the other was never closed
    again.settle({seq: receipt(scan(), ACCEPTED) for seq in first})
    again.resume("2100-01-01T00:00:00+00:00")  # forgets whatever was accepted
    assert again.counts()[ACCEPTED] == 0
    assert again.add(scan(), UNSENT) == 4
    assert again.last_seq() == 4
    again.close()


def test_scans_are_taken_in_their_order_with_their_numbers_and_not_twice(book: Book) -> None:
    scans = [scan() for _ in range(5)]
    for one in scans:
        book.add(one, UNSENT)
    taken = book.take(3) + book.take(10)
    assert [kept.scan["seq"] for kept in taken] == [1, 2, 3, 4, 5]
    assert [kept.scan["scan_id"] for kept in taken] == [one["scan_id"] for one in scans]
    assert book.take(10) == []


def test_what_was_on_its_way_when_the_process_was_killed_goes_again(book: Book) -> None:
    book.add(scan(), SENT)
    book.add(scan(), UNSENT)
    book.take(10)
    again = Book(book.path)
    again.resume(NEVER)
    assert [kept.seq for kept in again.take(10)] == [1, 2]
    again.close()


def test_what_is_not_durable_goes_again_and_what_is_settled_does_not(book: Book) -> None:
    scans = [scan() for _ in range(4)]
    for one in scans:
        book.add(one, UNSENT)
    book.take(10)
    states = dict(zip((1, 2, 3, 4), (ACCEPTED, PARKED, REJECTED, ACCEPTED), strict=True))
    book.settle({seq: receipt(scans[seq - 1], state) for seq, state in states.items()})
    assert [kept.seq for kept in book.take(10)] == [2]
    assert book.unsent() == (1, 2)
    assert book.rejected(10) == [3]
    book.give_back([2])
    assert book.counts() == {UNSENT: 1, SENT: 0, PARKED: 0, ACCEPTED: 2, REJECTED: 1}


def test_receipts_say_what_became_of_each_scan_and_what_the_gate_displayed(book: Book) -> None:
    one, other = scan(), scan()
    seq = book.add(one, SENT)
    book.add(other, UNSENT)
    display = {"verdict": "recheck", "reasons": ["offline_unknown"], "mode": "cached", "as_of": None}
    book.show(seq, one | {"mode": "cached"}, display, None)
    assert book.take(1)[0].scan["mode"] == "cached"
    book.settle({seq: receipt(one, ACCEPTED, "deny", "fever")})
    first, second = book.receipts()
    assert first == {
        "scan_id": one["scan_id"],
        "state": ACCEPTED,
        "verdict": "deny",
        "reasons": ["fever"],
        "shown": display,
    }
    assert (second["state"], second["verdict"], second["shown"]) == (PARKED, None, None)


def test_only_the_devices_own_user_reads_the_book(book: Book) -> None:
    book.keep(credential="{}")
    assert [path.name for path in book.path.parent.iterdir() if path.stat().st_mode & 0o077] == []


def fill(book: Book) -> None:
    for _ in range(100):
        book.add(scan("visitor", "x" * 500), UNSENT)


def test_a_full_disk_is_reported_and_harms_nothing_that_is_in_the_book(book: Book) -> None:
    for _ in range(3):
        book.add(scan(), UNSENT)
    with full_disk(book.path), pytest.raises(BookUnusable, match="free space on its disk"):
        fill(book)
    before = book.counts()[UNSENT]
    assert before >= 3
    assert book.add(scan(), UNSENT) == before + 1


@pytest.mark.parametrize("content", [b"not a book at all" * 100, b""])
def test_a_file_that_is_no_book_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter"
    path.write_bytes(content)
    if content:
        with pytest.raises(BookUnusable, match="name another"):
            Book(path)
        assert path.read_bytes() == content
    else:
        Book(path).close()


def test_a_path_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BookUnusable, match="name another"):
        Book(tmp_path / "nowhere" / "book.db")


def test_the_book_is_flushed_at_every_commit(book: Book) -> None:
    assert book._file.execute("PRAGMA synchronous").fetchone() == (2,)
    assert book._file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
