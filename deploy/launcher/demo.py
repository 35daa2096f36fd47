"""The demo as a process of the launcher, whose lines the display prints."""

import os
from collections.abc import Sequence

from deploy.demo.progress import EVERY_VARIABLE, GOES_ON
from deploy.launcher.directory import Directory
from deploy.launcher.processes.child import Child
from deploy.launcher.service import how_it_ended
from deploy.launcher.state import DATA_VARIABLE
from deploy.launcher.table import Display

EVERY_S = {True: "1", False: "5"}  # by whether the display is a terminal


class DemoChild:
    """A running demo; `failed` once it ended with an error."""

    def __init__(self, command: Sequence[str], directory: Directory, display: Display) -> None:
        environment = {
            **os.environ,
            DATA_VARIABLE: str(directory.root),
            "PYTHONUNBUFFERED": "1",
            EVERY_VARIABLE: EVERY_S[display.is_terminal],
        }
        self._display = display
        self._child: Child | None = Child(command, directory.logs / "demo.log", environment, directory.guard)
        self._read = 0
        self.failed = False

    def follow(self) -> None:
        """Print the lines that the demo has printed since the last call."""
        if self._child is None:
            return
        running = self._child.running
        with self._child.log.open("rb") as file:
            file.seek(self._read)
            *lines, unfinished = file.read().decode(errors="replace").split("\n")
            self._read = file.tell() - len(unfinished.encode())
        for line in lines:
            (self._display.progress if line.endswith(GOES_ON) else self._display.say)(line)
        if not running:
            self._display.progress("")
            if self._child.exit_code:
                self.failed = True
                self._display.say(
                    f"The demo {how_it_ended(self._child)}; the city runs on. The demo's log: {self._child.log}"
                )
            self._child = None

    @property
    def child(self) -> Child | None:
        """Its process while it runs."""
        return self._child if self._child is not None and self._child.running else None
