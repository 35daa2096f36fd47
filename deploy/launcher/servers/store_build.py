"""Builds the fast store server once for this user: `make store`, or in the background of a running city.

cargo fetches the crate that `deploy/store.lock` names. The build compares its hash; the crate's own lock file holds the
hashes of its dependencies. The next build continues an interrupted one; a concurrent build waits for the first.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.launcher.errors import BuildFailed, LauncherError
from deploy.launcher.servers.store_server import (
    LockedCrate,
    StoreServer,
    cache_directory,
    fast_server,
    lock_file,
    locked_crate,
)

Say = Callable[[str], None]
# The tools of the build: the variable that names a program, and the programs that serve.
TOOLS = {
    "cargo (Rust)": ("CARGO", ("cargo",)),
    "a C compiler": ("CC", ("cc", "gcc", "clang")),
    "a C++ compiler": ("CXX", ("c++", "g++", "clang++")),
    "cmake": ("CMAKE", ("cmake",)),
    "make": ("MAKE", ("make", "gmake")),
}
FAILURE_COUNTS_S = 24 * 3600.0
_LOWEST_PRIORITY = 19
_OF_MAKE = frozenset(
    {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"}
)  # the jobs of the calling make are not for cargo


def lacking() -> list[str]:
    """Return the missing tools of a build, as text for people."""
    return [tool for tool, (variable, programs) in TOOLS.items() if _program(variable, programs) is None]


def build_log() -> Path:
    """Return the log file of the newest build."""
    return cache_directory() / "build.log"


def failed_lately() -> bool:
    """Whether a build of this crate failed within the last day: another attempt would waste a quarter of an hour."""
    try:
        return time.time() - _failure(locked_crate()).stat().st_mtime < FAILURE_COUNTS_S
    except OSError:
        return False


def build(say: Say) -> StoreServer:
    """Return the fast server, and build it if it is missing; one process builds at a time.

    Raises `BuildFailed` with the path of the log, or with the missing tools.
    """
    if (built := _built()) is not None:
        return built
    if missing := lacking():
        raise BuildFailed(f"The fast store server cannot be built: this machine lacks {' and '.join(missing)}")
    crate = locked_crate()
    try:
        cache_directory().mkdir(parents=True, exist_ok=True)
        with _alone(say):
            if (built := _built()) is not None:
                return built
            say(f"Building {crate.program} {crate.version}: minutes, once; its log is {build_log()}")
            _failure(crate).unlink(missing_ok=True)
            try:
                return _build(crate)
            except BuildFailed:
                _failure(crate).touch()
                raise
    except OSError as error:
        raise BuildFailed(f"The fast store server cannot be built in {cache_directory()}: {error.strerror}") from None


def _build(crate: LockedCrate) -> StoreServer:
    work = cache_directory() / f"{crate.binary}.build"
    with build_log().open("wb") as log:
        source = _unpack(_fetch(crate, log.fileno()), crate, work)
        root = work / "root"
        where = ["--path", str(source), "--root", str(root), "--target-dir", str(work / "target")]
        how = ["--locked", "--ignore-rust-version", "--force", "--no-track", "--bin", crate.program]
        _cargo(["install", *where, *how], log.fileno(), source)
    program = root / "bin" / crate.program
    if not StoreServer("", crate.program, crate.version, program).runs():
        raise BuildFailed(f"The fast store server was built and does not run: its log is {build_log()}")
    program.replace(cache_directory() / crate.binary)
    shutil.rmtree(work, ignore_errors=True)
    built = fast_server()
    assert built is not None  # the line above has stored it
    return built


def _built() -> StoreServer | None:
    server = fast_server()
    return server if server is not None and server.runs() else None


def _fetch(crate: LockedCrate, log: int) -> Path:
    """Return the .crate file; cargo fetches it if it is missing. Raises `BuildFailed`."""
    if not (files := _crate_files(crate)):
        _cargo(["info", "--quiet", f"{crate.crate}@{crate.version}"], log, cache_directory())
        files = _crate_files(crate)
    for file in files:
        if hashlib.sha256(file.read_bytes()).hexdigest() == crate.sha256:
            return file
    if files:
        raise BuildFailed(f"{files[0]} has another hash than {lock_file()} says: nothing of it was run")
    raise BuildFailed(f"cargo fetched no file of {crate.crate} {crate.version} below {_cargo_home()}")


def _crate_files(crate: LockedCrate) -> list[Path]:
    return list(_cargo_home().glob(f"registry/cache/*/{crate.crate}-{crate.version}.crate"))


def _unpack(file: Path, crate: LockedCrate, work: Path) -> Path:
    """Unpack the verified file into an empty directory; return the directory of the crate."""
    source = work / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.unpack_archive(file, source, "gztar")
    return source / f"{crate.crate}-{crate.version}"


def _cargo(arguments: Sequence[str], log: int, directory: Path) -> None:
    """Run cargo to its end, in this process's group. Raises `BuildFailed`."""
    cargo = _program(*TOOLS["cargo (Rust)"])
    assert cargo is not None  # `lacking` was called before
    environment = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
    environment |= {"CARGO_TERM_COLOR": "never", "CARGO_INCREMENTAL": "0"}
    ended = subprocess.run(
        [cargo, *arguments],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if ended.returncode:
        raise BuildFailed(f"The fast store server could not be built; the log is {build_log()}")


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    """Hold the lock of this user's builds; the system releases it when this process ends."""
    with (cache_directory() / "build.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another process builds the fast store server: waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _failure(crate: LockedCrate) -> Path:
    return cache_directory() / f"{crate.binary}.failed"


def _cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def _program(variable: str, programs: Sequence[str]) -> str | None:
    named = os.environ.get(variable, "").split()
    return next(filter(None, map(shutil.which, [*named[:1], *programs])), None)


def _step_aside() -> None:
    """Give this process the lowest priority of processor and disk."""
    os.nice(_LOWEST_PRIORITY)
    if hasattr(os, "SCHED_IDLE"):
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def main() -> int:
    """Build it; return 0, or 1 after one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m deploy.launcher.servers.store_build", description=build.__doc__)
    parser.add_argument("--aside", action="store_true", help="at the lowest priority")
    if parser.parse_args().aside:
        _step_aside()
    try:
        server = build(_print)
    except LauncherError as error:
        print(f"lastmetre: {error}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    _print(f"store: {server.title} in {server.program}")
    return 0


def _print(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - run by make and by the launcher


if __name__ == "__main__":
    sys.exit(main())
