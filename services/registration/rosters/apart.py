"""Reads files apart from the service: each in a process of its own, which the reader host forks."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

from services.registration.rosters.host import ANSWERS_S, ENDED, READ

_HOST = (sys.executable, "-m", "services.registration.rosters.host")
# Nothing else of the environment reaches the host: it holds keys and passwords.
_KEPT = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"})
_TRIES = 3
_ENDS_S = 2.0
_CHUNK = 1 << 20
_MOST_BYTES = 64 << 20  # of an answer, compressed


class _Host(NamedTuple):
    """A reader host that runs, and the socket by which it receives files."""

    process: subprocess.Popen[bytes]
    files: socket.socket


class ReaderHost:
    """The reader host of one process of the service. It starts with the first file, and anew where it has ended."""

    def __init__(self, patience_s: float = ANSWERS_S + 5) -> None:
        self._patience_s = patience_s  # a host that takes longer hangs
        self._lock = Lock()
        self._host: _Host | None = None
        self._former: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int | None:
        """The id of the host's process, or None before the first file."""
        return self._host.process.pid if self._host else None

    def read(self, content: bytes) -> bytes | None:
        """Return the child's answer for a file (`child.py`), or None for a file that ended the child by its limits.

        A host that ends while it reads is replaced, and its file is read again. A host whose child was ended is
        replaced too: the next file is read in a process whose memory is laid out anew.
        """
        for _ in range(_TRIES):
            with self._lock:
                host = self._host = self._host or self._start()
            answer, status = _ask(host, content, self._patience_s)
            if status == READ:
                return answer
            self._replace(host)
            if status:
                return None
        return None

    def close(self) -> None:
        """End the host; one that still has children ends after them."""
        if self._host:
            self._replace(self._host)
        for process in self._former:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ENDS_S)

    def _start(self) -> _Host:
        self._former = [process for process in self._former if process.poll() is None]
        ours, theirs = socket.socketpair()
        kept = {name: value for name, value in os.environ.items() if name in _KEPT}
        with theirs:
            nothing = subprocess.DEVNULL
            process = subprocess.Popen(_HOST, stdin=theirs.fileno(), stdout=nothing, stderr=nothing, env=kept)
        return _Host(process, ours)

    def _replace(self, host: _Host) -> None:
        """Let a host end with the children that it has; the next file starts another."""
        with self._lock:
            if self._host is host:
                self._host = None
                self._former.append(host.process)
                host.files.close()


def _ask(host: _Host, content: bytes, patience_s: float) -> tuple[bytes, bytes]:
    """Return the answer for a file and what the host states about it, which is empty where the host has ended."""
    given, child_given = socket.socketpair()
    answer, child_answer = socket.socketpair()
    received = bytearray()
    with given, answer:
        given.settimeout(patience_s)
        answer.settimeout(patience_s)
        try:
            with child_given, child_answer:
                socket.send_fds(host.files, [b"f"], [child_given.fileno(), child_answer.fileno()])
            with suppress(BrokenPipeError, ConnectionResetError):  # the child has ended: the host states why
                given.sendall(content)
            given.close()
            while chunk := answer.recv(_CHUNK):
                received += chunk
                if len(received) > _MOST_BYTES:
                    return b"", ENDED
        except TimeoutError:
            host.process.kill()
        except OSError:  # the host has ended, or another thread has replaced it
            return b"", b""
    for status in (READ, ENDED):
        if received.endswith(status):
            return bytes(received[: -len(status)]), status
    return b"", b""
