"""What every command line does alike: an error of the user's is one line on standard error and an exit code."""

import sys
from collections.abc import Callable

INTERRUPTED = 130


class TerminalError(Exception):
    """A condition that the person at the terminal can act on; its text is one sentence that says how."""

    exit_code = 1


def exit_code_of(program: str, command: Callable[[], int]) -> int:
    """Run a command and return its exit code; a `TerminalError` is printed in one line, after the program's name."""
    try:
        return command()
    except TerminalError as error:
        print(f"{program}: {error}", file=sys.stderr)  # noqa: T201  # a command line answers on standard error
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of the output has gone: nothing more is printed
        return 1
