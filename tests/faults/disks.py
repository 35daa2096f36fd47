"""A small disk, for a store that is to fill it."""

import errno
import os
import subprocess
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.launcher.disk import free_bytes

_NAME = "filler"


class SmallDisk(AbstractContextManager["SmallDisk"]):
    """A file system of so many MB at `place`, in memory. Raises `AssertionError` where none can be had."""

    def __init__(self, path: Path, size_mb: int) -> None:
        self.path, self._size_mb = path, size_mb

    def __enter__(self) -> Self:
        self.path.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={self._size_mb}m", "tmpfs", str(self.path)]
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
        advice = "play it as root, or with root's rights in a namespace of its own: 'unshare -Urm make faults'"
        assert mounted.returncode == 0, f"No small disk can be had ({mounted.stderr.strip()}): {advice}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=False)

    def fill(self) -> int:
        """Fill it to the last byte; return how many bytes were free."""
        free = free_bytes(self.path)
        with (self.path / _NAME).open("ab") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), file.tell(), free)
        self._to_the_last()
        return free

    def _to_the_last(self) -> None:
        with (self.path / _NAME).open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def clear(self) -> None:
        """Give the space back."""
        (self.path / _NAME).unlink()
