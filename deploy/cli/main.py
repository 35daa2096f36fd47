"""`lastmetre`: one module a command, each with `add_parser(subparsers)` and `run(args) -> int`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from deploy.launcher.errors import LauncherError

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
    "dead-letters",
    "topics",
)
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return the exit code: 0, or why not."""
    parser = argparse.ArgumentParser(
        prog="lastmetre", description="Lastmetre (最后一米): a city's epidemic control, to the last metre."
    )
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A command loads what it needs itself: all of them together take three times as long.
    for command in given[:1] if set(given[:1]) & set(COMMANDS) else COMMANDS:
        import_module(f"deploy.cli.{command.replace('-', '_')}").add_parser(subparsers)
    args = parser.parse_args(given)
    return exit_code_of(lambda: args.run(args))


def exit_code_of(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; what went wrong is said in one line on standard error."""
    try:
        return command()
    except LauncherError as error:
        print(f"lastmetre: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has gone; say nothing more
        return 1


if __name__ == "__main__":
    sys.exit(main())
