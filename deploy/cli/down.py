"""`lastmetre down`: end a city that runs in another terminal."""

import os
import signal
import time
from contextlib import suppress

from deploy.cli.chosen import choice, chosen
from deploy.cli.summaries import summaries
from deploy.launcher.errors import LauncherError
from shared.base.commands import Command, Given
from shared.base.terminal import text

WAIT_S = 20.0
_POLL_S = 0.1


def command() -> Command:
    """Describe the command."""
    return Command(
        "down",
        run,
        choice(),
        summary=summaries()["down"],
        examples=(
            ("lastmetre down", text("本机唯一的城市", "the only city on this machine")),
            ("lastmetre down --pid 4711", text("几座城市中的一座", "one of several")),
        ),
    )


def run(args: Given) -> int:
    """End the chosen city. Raises `NotRunning`, `Ambiguous`, or `LauncherError` when it does not end."""
    city = chosen(args)  # alive: its pid and the start of its process agree with what it wrote
    with suppress(ProcessLookupError):
        os.kill(city.pid, signal.SIGTERM)
    deadline = time.monotonic() + WAIT_S
    while city.alive:
        if time.monotonic() > deadline:
            raise LauncherError(f"The launcher with pid {city.pid} has not ended in {WAIT_S:.0f} s: see {city.logs}")
        time.sleep(_POLL_S)
    print(f"Ended the city with pid {city.pid}")
    return 0
