"""The device's book: every scan, in the order in which they were made, on disk before its verdict is displayed."""

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from threading import RLock
from typing import NamedTuple

from services.checkpoint.client.errors import Bilingual
from services.checkpoint.client.posting import ACCEPTED, PARKED, REJECTED, Receipt
from shared.base.json_types import Json, JsonView

UNSENT, SENT = "unsent", "sent"
STATES = (UNSENT, SENT, PARKED, ACCEPTED, REJECTED)
KEPT = timedelta(days=30)  # as long as the service takes late scans
BUSY_S = 5.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scans (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, scan_id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, scan TEXT NOT NULL,
    state TEXT NOT NULL, shown TEXT, receipt TEXT, offset_s REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS waiting ON scans (state, seq) WHERE state IN ('unsent', 'sent', 'parked', 'rejected');
"""


class BookUnusable(Bilingual):
    """The book cannot be written or read: the disk is full, or the file is damaged or not ours."""


class Kept(NamedTuple):
    """A scan in the book: as it is posted, and what the gate displayed, None for nothing so far.

    `offset_s` added to the machine's clock gives the clock by which the scan was made.
    """

    seq: int
    scan: Json
    display: Json | None
    offset_s: float


class Book:
    """One device's scans in one file. A process that is killed at any point finds in it all that it displayed."""

    def __init__(self, path: Path) -> None:
        """Open the book, making it if there is none. Raises `BookUnusable`."""
        self.path = path
        self._lock = RLock()
        with usable(path):
            path.touch(mode=0o600)
            os.chmod(path, 0o600)  # it holds the device's credential
            self._inode = path.stat().st_ino
            self._file = sqlite3.connect(path, BUSY_S, isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.executescript(_SCHEMA)
            if "offset_s" not in {row[1] for row in self._file.execute("PRAGMA table_info(scans)")}:
                self._file.execute("ALTER TABLE scans ADD COLUMN offset_s REAL NOT NULL DEFAULT 0")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def resume(self, oldest: str) -> None:
        """Begin a new run: what was on its way goes again, and what was accepted before `oldest` is forgotten."""
        with self._transaction() as file:
            file.execute("UPDATE scans SET state = ? WHERE state = ?", (UNSENT, SENT))
            file.execute("DELETE FROM scans WHERE state = ? AND at < ?", (ACCEPTED, oldest))

    def add(self, scan: JsonView, state: str, offset_s: float = 0.0) -> int:
        """Keep a scan and return its number, which no other scan of this device has or will have."""
        with self._transaction() as file:
            row = (scan["scan_id"], scan["at"], json.dumps(scan, ensure_ascii=False), state, offset_s)
            added = file.execute("INSERT INTO scans (scan_id, at, scan, state, offset_s) VALUES (?, ?, ?, ?, ?)", row)
            return int(added.lastrowid or 0)

    def show(self, seq: int, scan: JsonView, display: JsonView, receipt: Receipt | None) -> None:
        """Keep what the gate is about to display; with a receipt, what became of the scan, else it is unsent."""
        texts = json.dumps(scan, ensure_ascii=False), json.dumps(display, ensure_ascii=False)
        state = receipt.state if receipt else UNSENT
        with self._transaction() as file:
            file.execute(
                "UPDATE scans SET scan = ?, shown = ?, state = ?, receipt = ? WHERE seq = ?",
                (*texts, state, _text(receipt), seq),
            )

    def take(self, limit: int) -> list[Kept]:
        """Return the scans that are to be sent, in their order, and note that they are on their way.

        All of them were made by one clock: a request says what that clock says now.
        """
        asked = "SELECT seq, scan, shown, offset_s FROM scans WHERE state IN (?, ?) ORDER BY seq LIMIT ?"
        with self._transaction() as file:
            rows = file.execute(asked, (UNSENT, PARKED, limit)).fetchall()
            rows = list(takewhile(lambda row: row[3] == rows[0][3], rows))
            file.executemany("UPDATE scans SET state = ? WHERE seq = ?", [(SENT, seq) for seq, *_ in rows])
        return [
            Kept(seq, json.loads(scan) | {"seq": seq}, display and json.loads(display), offset_s)
            for seq, scan, display, offset_s in rows
        ]

    def shift_offsets(self, by_s: float) -> None:
        """Keep the clock of the scans that are not accepted so far, after the machine's clock was set."""
        with self._transaction() as file:
            file.execute(
                "UPDATE scans SET offset_s = offset_s + ? WHERE state IN (?, ?, ?)", (by_s, UNSENT, SENT, PARKED)
            )

    def give_back(self, seqs: Sequence[int]) -> None:
        """Note that it is not known what became of these: they go again."""
        with self._transaction() as file:
            file.executemany("UPDATE scans SET state = ? WHERE seq = ?", [(UNSENT, seq) for seq in seqs])

    def settle(self, receipts: Mapping[int, Receipt]) -> None:
        """Keep what became of scans."""
        rows = [(receipt.state, _text(receipt), seq) for seq, receipt in receipts.items()]
        with self._transaction() as file:
            file.executemany("UPDATE scans SET state = ?, receipt = ? WHERE seq = ?", rows)

    def counts(self) -> dict[str, int]:
        """Return how many scans there are in each state."""
        with self._reading() as file:
            by_state = dict(file.execute("SELECT state, count(*) FROM scans GROUP BY state"))
        return {state: by_state.get(state, 0) for state in STATES}

    def unsent(self) -> tuple[int, int | None]:
        """Return how many scans the service does not have for sure, and the lowest number among them."""
        asked = "SELECT count(*), min(seq) FROM scans WHERE state IN (?, ?, ?)"
        with self._reading() as file:
            count, lowest = file.execute(asked, (UNSENT, SENT, PARKED)).fetchone()
        return count, lowest

    def last_seq(self) -> int:
        """Return the newest number."""
        with self._reading() as file:
            row = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'scans'").fetchone()
        return row[0] if row else 0

    def rejected(self, limit: int) -> list[int]:
        """Return the newest numbers whose scans were never accepted."""
        asked = "SELECT seq FROM scans WHERE state = ? ORDER BY seq DESC LIMIT ?"
        with self._reading() as file:
            return [seq for (seq,) in file.execute(asked, (REJECTED, limit))]

    def receipts(self) -> Iterator[Json]:
        """Yield a receipt for each scan, with what the gate displayed."""
        with self._reading() as file:
            rows = file.execute("SELECT scan_id, state, shown, receipt FROM scans ORDER BY seq").fetchall()
        for scan_id, state, display, receipt in rows:
            outcome = json.loads(receipt) if receipt else {"verdict": None, "reasons": []}
            yield (
                {"scan_id": scan_id, "state": PARKED if state in (UNSENT, SENT) else state}
                | outcome
                | {"shown": display and json.loads(display)}
            )

    def fact(self, name: str) -> str | None:
        """Return what the device keeps under that name."""
        with self._reading() as file:
            row = file.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def keep(self, **facts: str) -> None:
        """Keep facts about the device, all or none."""
        with self._transaction() as file:
            file.executemany("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", facts.items())

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, usable(self.path):
            self._check_there()
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file
                self._file.execute("COMMIT")
            except BaseException:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")
                raise

    def _check_there(self) -> None:
        """Raise `OSError` for a file that was removed or replaced: what is written to it now would be lost."""
        if self.path.stat().st_ino != self._inode:
            raise FileNotFoundError("another file has its name now")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, usable(self.path):
            yield self._file


def _text(receipt: Receipt | None) -> str | None:
    if receipt is None:
        return None
    return json.dumps({"verdict": receipt.verdict, "reasons": receipt.reasons}, ensure_ascii=False)


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Let what goes wrong with the file say what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise BookUnusable(
            f"记录簿 {path} 无法使用（{error}）：请清理磁盘空间，或换一个文件",
            f"The book {path} cannot be used ({error}): free space on its disk, or name another",
        ) from None
