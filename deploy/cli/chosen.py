"""The options by which a command chooses one of the cities that run on this machine."""

import argparse
from pathlib import Path

from deploy.launcher.state import RunningCity, current


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Add `--data` and `--pid`."""
    parser.add_argument("--data", type=Path, metavar="DIR", help="the city whose data lies there")
    parser.add_argument("--pid", type=int, help="the city whose launcher has this process id")


def chosen(args: argparse.Namespace) -> RunningCity:
    """Return the city that was chosen, or the only one. Raises `NotRunning`, `Ambiguous`."""
    return current(args.data, args.pid)
