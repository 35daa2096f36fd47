"""`lastmetre`: one module a command, each with `add_parser(subparsers)` and `run(args) -> int`."""

import argparse
import sys
from collections.abc import Sequence

from deploy.cli import audit, dead_letters, demo, device, down, keys, rehearse, scan, scanner, status, token, topics, up
from shared.base.terminal import exit_code_of

COMMANDS = (up, status, down, keys, token, device, demo, scan, scanner, rehearse, audit, dead_letters, topics)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return the exit code: 0, or why not."""
    parser = argparse.ArgumentParser(
        prog="lastmetre", description="Lastmetre (最后一米): a city's epidemic control, to the last metre."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    args = parser.parse_args(arguments)
    return exit_code_of("lastmetre", lambda: args.run(args))


if __name__ == "__main__":
    sys.exit(main())
