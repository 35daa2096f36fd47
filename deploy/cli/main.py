"""`lastmetre`: one module a command, each with `add_parser(subparsers)` and `run(args) -> int`."""

import argparse
import sys
from collections.abc import Callable, Sequence

from deploy.cli import audit, dead_letters, demo, device, down, keys, rehearse, scan, scanner, status, token, topics, up
from deploy.launcher.errors import LauncherError

COMMANDS = (up, status, down, keys, token, device, demo, scan, scanner, rehearse, audit, dead_letters, topics)
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="lastmetre", description="Lastmetre (最后一米): a city's epidemic control, to the last metre."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.add_parser(subparsers)
    args = parser.parse_args(arguments)
    return exit_code_of(lambda: args.run(args))


def exit_code_of(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; print an error as one line on standard error."""
    try:
        return command()
    except LauncherError as error:
        print(f"lastmetre: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has closed it: print nothing more
        return 1


if __name__ == "__main__":
    sys.exit(main())
