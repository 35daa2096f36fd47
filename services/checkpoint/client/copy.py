"""The device's copy of the lists, in a file of its own: what it decides by while the service is away."""

import base64
import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Self
from zoneinfo import ZoneInfo

from services.checkpoint.client.book import BUSY_S, BookUnusable, usable
from services.checkpoint.domain.decision import Standing
from services.checkpoint.domain.standings import GREEN_NUMBER, ID_BYTES, NAMES, STANDINGS, Digest, short_id
from services.checkpoint.domain.zones import GateZone
from shared.base.json_types import JsonView
from shared.events.checkpoint import Policy
from shared.health_code import CodeVerifier

_SCHEMA = """
CREATE TABLE IF NOT EXISTS exceptions (resident BLOB PRIMARY KEY, standing INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lists (number INTEGER PRIMARY KEY CHECK (number = 0), said TEXT NOT NULL);
"""


class ListDiffers(Exception):
    """After a change the copy is not the list that the service has: the whole list is needed."""


@dataclass(frozen=True)
class Lists:
    """The service's newest answer without the exceptions; `policies` is None where the service has not loaded them."""

    version: str
    as_of: datetime
    verifier: CodeVerifier
    revoked: frozenset[str]
    policies: tuple[Policy, ...] | None
    zone: ZoneInfo
    texts: Mapping[str, tuple[str, str]]
    gate_name: str = ""
    place: str = ""
    zones: tuple[GateZone, ...] = ()

    @classmethod
    def read(cls, answer: JsonView) -> Self:
        """Return the lists of an answer. Raises `ValueError` or `LookupError` for an answer that holds no lists."""
        policies = answer["gate"]["policies"]
        return cls(
            version=answer["version"],
            as_of=datetime.fromisoformat(answer["as_of"]),
            verifier=CodeVerifier(answer["code_keys"].encode()),
            revoked=frozenset(answer["revoked_codes"]),
            policies=None if policies is None else tuple(map(Policy.model_validate, policies)),
            zone=ZoneInfo(answer["zone"]),
            gate_name=answer["gate"].get("name") or "",
            place=answer["gate"].get("checkpoint_name") or answer["gate"].get("area_path") or "",
            zones=tuple(map(GateZone.model_validate, answer["gate"].get("zones", ()))),
            texts={reason["code"]: (reason["zh"], reason["en"]) for reason in answer["reasons"]},
        )


class Copy:
    """The newest lists that the device received, and who is an exception by them."""

    def __init__(self, path: Path) -> None:
        """Open the copy, making an empty one if there is none. Raises `BookUnusable`."""
        self.path = path
        self.lists: Lists | None = None
        self._reading = Lock()
        with usable(path):
            path.touch(mode=0o600)
            self._writer, self._reader = self._open(), self._open()
        self._load()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self.path, BUSY_S, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = NORMAL")  # the service sends again what a power cut loses
        file.executescript(_SCHEMA)
        return file

    def close(self) -> None:
        """Close the file."""
        with self._reading:
            self._reader.close()
        self._writer.close()

    def standing(self, resident_id: str) -> Standing | None:
        """Return the standing of a resident who is an exception; None for all others."""
        with self._reading, usable(self.path):
            asked = "SELECT standing FROM exceptions WHERE resident = ?"
            row = self._reader.execute(asked, (short_id(resident_id),)).fetchone()
        return STANDINGS[row[0]] if row else None

    def take(self, answer: JsonView) -> None:
        """Take over an answer of the service, whole or not at all.

        Raises `ListDiffers`, `BookUnusable`, and `ValueError` or `LookupError` for an answer that holds no lists.
        """
        lists = Lists.read(answer)
        rest = {name: value for name, value in answer.items() if name not in ("exceptions", "digest", "full")}
        with usable(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._change(answer["exceptions"], whole=answer["full"])
                digest = answer["digest"]
                if digest is not None and self._digest() != {name: tuple(own) for name, own in digest.items()}:
                    raise ListDiffers("the copy of the list differs from the service's: ask for the whole list")
                self._writer.execute("INSERT OR REPLACE INTO lists VALUES (0, ?)", (json.dumps(rest),))
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
        self.lists = lists

    def _change(self, exceptions: Mapping[str, str], whole: bool) -> None:
        if whole:
            self._writer.execute("DELETE FROM exceptions")
        for name, text in exceptions.items():
            raw, number = base64.b64decode(text), NAMES.index(name)
            shorts = [raw[at : at + ID_BYTES] for at in range(0, len(raw), ID_BYTES)]
            if number == GREEN_NUMBER:
                self._writer.executemany("DELETE FROM exceptions WHERE resident = ?", [(short,) for short in shorts])
            else:
                rows = [(short, number) for short in shorts]
                self._writer.executemany("INSERT OR REPLACE INTO exceptions VALUES (?, ?)", rows)

    def _digest(self) -> dict[str, tuple[int, str]]:
        digest = Digest()
        for short, number in self._writer.execute("SELECT resident, standing FROM exceptions"):
            digest.add(number, short)
        return digest.by_name()

    def _load(self) -> None:
        with usable(self.path):
            row = self._writer.execute("SELECT said FROM lists").fetchone()
        try:
            self.lists = Lists.read(json.loads(row[0])) if row else None
        except (ValueError, LookupError) as error:
            raise BookUnusable(
                f"名单副本 {self.path} 无法读取（{error}）：请删除该文件，程序会重新下载",
                f"The copy {self.path} cannot be read ({error}): delete it, the program fetches it again",
            ) from None
