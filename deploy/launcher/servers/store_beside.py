"""Builds the fast store server in the background of a city that runs on the Python server, for the next start."""

import sys
from pathlib import Path

from deploy.launcher.city import Say
from deploy.launcher.processes.child import Child, Watchdog
from deploy.launcher.servers.store_build import build_log, failed_lately, lacking
from deploy.launcher.servers.store_server import FAST, StoreServer, chosen_kind, fast_server, locked_crate

GAIN = "several times as fast under load"


class BuildBeside:
    """Builds the fast server at the lowest priority if it is missing and can be built; ends with the launcher."""

    def __init__(self, logs: Path, guard: Watchdog) -> None:
        self._log, self._guard = logs / "store.log", guard
        self._child: Child | None = None

    def begin(self, store: StoreServer | None, say: Say) -> None:
        """Begin if the serving `store` is not the fast server; print one line about the build and its gain."""
        if store is None or store.kind == FAST or chosen_kind() is not None or _is_built():
            return
        fast = locked_crate()
        if missing := lacking():
            say(
                f"The store is {store.title}; where {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} "
                f"installed too, 'make store' builds {fast.program}, {GAIN}"
            )
        elif failed_lately():
            say(f"{fast.program}, {GAIN}, could not be built (log {build_log()}); 'make store' tries again")
        else:
            self._child = Child(_COMMAND, self._log, guard=self._guard)
            say(
                f"The store is {store.title}; {fast.program}, {GAIN}, is built beside it "
                f"at the lowest priority, for the next start"
            )

    def follow(self, say: Say) -> None:
        """Print the result of the build, once it has ended."""
        if self._child is None or self._child.running:
            return
        fast = locked_crate()
        if self._child.exit_code == 0:
            say(f"{fast.program} {fast.version} is built: the next start uses it")
        else:
            say(f"{self._child.last_lines(1).removeprefix('lastmetre: ') or f'{fast.program} was not built'}")
        self._child = None

    def end(self) -> None:
        """End the build with its child processes; the next build continues it."""
        if self._child is not None:
            self._child.kill()
            self._child = None


_COMMAND = (sys.executable, "-m", "deploy.launcher.servers.store_build", "--aside")


def _is_built() -> bool:
    """Whether the fast server is built and runs, although this city does not use it; the launcher has printed why."""
    server = fast_server()
    return server is not None and server.runs()
