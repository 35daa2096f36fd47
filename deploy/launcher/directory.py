"""The data directory of a launcher: stores, keys, logs and state, held by one launcher at a time."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from deploy.launcher.disk import MINIMUM_FREE_BYTES, require_space, unusable
from deploy.launcher.errors import AlreadyRunning
from deploy.launcher.processes.child import Watchdog, started_at

# A launcher that was killed leaves its watchdog behind, which holds the lock until the children have ended.
_LEFT_OVER_S = 8.0
_POLL_S = 0.1
LOGS = "logs"
_KEEP_LOGS = "keep-logs"


class Directory(NamedTuple):
    """The paths below `root`; `guard` ends the children when the launcher cannot."""

    root: Path
    guard: Watchdog
    temporary: bool

    @property
    def mongo(self) -> Path:
        """The embedded store's files."""
        return self.root / "mongo"

    @property
    def kafka(self) -> Path:
        """The files of Apache Kafka's brokers."""
        return self.root / "kafka"

    @property
    def keys(self) -> Path:
        """Secrets and keys."""
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / LOGS

    def keep_logs(self) -> None:
        """Keep the logs if there are any, also those of a temporary directory whose rest is removed at the end."""
        with suppress(OSError):
            if any(log.stat().st_size for log in self.logs.iterdir()):
                (self.root / _KEEP_LOGS).touch()

    @property
    def keeps_logs(self) -> bool:
        """Whether `keep_logs` was called."""
        return (self.root / _KEEP_LOGS).exists()


@contextmanager
def held_directory(data: Path | None, minimum_free: int = MINIMUM_FREE_BYTES) -> Iterator[Directory]:
    """Hold `data`, or a temporary directory that is removed at the end.

    Raises `AlreadyRunning`, `DiskFull` or `DirectoryUnusable`.
    """
    root = _temporary() if data is None else data.absolute()
    try:
        require_space(root, minimum_free)
        lock = _lock_file(root)
        try:
            _hold(lock, root)
            guard = Watchdog(held=[lock])
            try:
                (root / LOGS).mkdir(exist_ok=True)
                (root / _KEEP_LOGS).unlink(missing_ok=True)
                yield Directory(root, guard, data is None)
            finally:
                guard.close()
                fcntl.flock(lock, fcntl.LOCK_UN)
        finally:
            os.close(lock)
    finally:
        if data is None:
            _remove(root)


def _temporary() -> Path:
    """Return a new directory. Raises `DiskFull`, `DirectoryUnusable`."""
    try:
        return Path(tempfile.mkdtemp(prefix="lastmetre-"))
    except OSError as error:
        raise unusable(error, Path(tempfile.gettempdir())) from None


def _lock_file(root: Path) -> int:
    try:
        return os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unusable(error, root) from None


def _remove(root: Path) -> None:
    """Remove a temporary directory, except for logs that are to stay."""
    if not (root / _KEEP_LOGS).exists():
        shutil.rmtree(root, ignore_errors=True)
        return
    for path in root.iterdir():
        if path.is_dir() and path.name != LOGS:
            shutil.rmtree(path, ignore_errors=True)
        elif not path.is_dir():
            path.unlink(missing_ok=True)


def _hold(lock: int, root: Path) -> None:
    deadline = time.monotonic() + _LEFT_OVER_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode().strip()
            left_over = holder.isdigit() and started_at(int(holder)) is None
            if not left_over or time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"The data in {root} is in use by the launcher with pid {holder or 'unknown'}: "
                    f"stop it with 'lastmetre down --data {root}', or name another directory with --data"
                ) from None
            time.sleep(_POLL_S)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
