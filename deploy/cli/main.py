"""`lastmetre`: one module a command, each with `add_parser(subparsers)` and `run(args) -> int`."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from shared.base.terminal import exit_code_of

COMMANDS = (
    "up",
    "status",
    "down",
    "keys",
    "token",
    "device",
    "demo",
    "scan",
    "scanner",
    "rehearse",
    "audit",
    "verify-log",
    "dead-letters",
    "topics",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="lastmetre", description="Lastmetre (最后一米): a city's epidemic control, to the last metre."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A command loads what it needs itself: all of them together take three times as long.
    for command in given[:1] if set(given[:1]) & set(COMMANDS) else COMMANDS:
        import_module(f"deploy.cli.{command.replace('-', '_')}").add_parser(subparsers)
    args = parser.parse_args(given)
    return exit_code_of("lastmetre", lambda: args.run(args))


if __name__ == "__main__":
    sys.exit(main())
