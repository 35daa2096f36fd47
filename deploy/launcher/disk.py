"""Checks of a disk before the launcher stores data on it."""

import errno
import os
from pathlib import Path

from deploy.launcher.errors import DirectoryUnusable, DiskFull

MINIMUM_FREE_BYTES = 256 * 1024 * 1024
_PROBE_BYTES = 1024 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


def free_bytes(directory: Path) -> int:
    """Return how many bytes an ordinary user may still write there."""
    status = os.statvfs(directory)
    return status.f_bavail * status.f_frsize


def require_space(directory: Path, minimum: int = MINIMUM_FREE_BYTES) -> None:
    """Create `directory` and check that it accepts data.

    Raises `DiskFull` below `minimum` free bytes, `DirectoryUnusable`.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        free = free_bytes(directory)
        if free >= minimum:
            _write_probe(directory / f".probe-{os.getpid()}")
            return
    except OSError as error:
        raise unusable(error, directory) from None
    raise DiskFull(
        f"The disk that holds {directory} has {free >> 20} MB left and {minimum >> 20} MB are needed: "
        "make room or name another directory with --data"
    )


def is_full(error: OSError) -> bool:
    """Whether the system refused to write because a disk or a quota is full."""
    return error.errno in _FULL


def unusable(error: OSError, directory: Path) -> DiskFull | DirectoryUnusable:
    """Return the error for a directory in which the system refused to write."""
    if is_full(error):
        return DiskFull(f"The disk that holds {directory} is full: make room or name another directory with --data")
    return DirectoryUnusable(f"{directory} cannot be used ({error.strerror}): name another directory with --data")


def _write_probe(probe: Path) -> None:
    try:
        with probe.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        probe.unlink(missing_ok=True)
