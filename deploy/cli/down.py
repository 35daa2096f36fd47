"""`lastmetre down`: end a city that runs in another terminal."""

import argparse
import os
import signal
import time
from contextlib import suppress
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import LauncherError

WAIT_S = 20.0
_POLL_S = 0.1


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("down", help="end a running city in order and wait until it has ended")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
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
