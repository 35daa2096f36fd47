"""What every command line does alike: its exit codes, and an error of the user's as one line on standard error."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

DONE = 0
NEGATIVE = 1  # the command did its work, and its answer is no: it differs, some were refused, some are not ready
MISUSE = 2
NOT_RUNNING = 3
FAILED = 4  # what the command needs is absent or broken: a server, a service, a program, a directory
UNDECIDED = 5  # no outcome yet
BROKEN = 70  # a mistake in the program itself
INTERRUPTED = 130
NO_READER = 141  # who read the output has gone, as after `| head`

_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG")


class TerminalError(Exception):
    """A condition that the person at the terminal can act on; its text is one sentence that says how."""

    exit_code = FAILED


def is_chinese() -> bool:
    """Return whether the terminal's language is Chinese: the first of LC_ALL, LC_MESSAGES and LANG that is set."""
    return next((os.environ[name] for name in _LANGUAGE if os.environ.get(name)), "").lower().startswith("zh")


def text(chinese: str, english: str) -> str:
    """Return the one of two texts that is in the terminal's language."""
    return chinese if is_chinese() else english


def exit_code_of(program: str, command: Callable[[], int]) -> int:
    """Run a command and return its exit code; a `TerminalError` is printed in one line, after the program's name.

    A mistake in the program is printed with its traceback, and has an exit code of its own.
    """
    try:
        code = command()
        sys.stdout.flush()  # a reader that has gone shows here, not when the interpreter ends
        return code
    except TerminalError as error:
        print(f"{program}: {error}", file=sys.stderr)  # noqa: T201  # a command line answers on standard error
        return error.exit_code
    except KeyboardInterrupt:
        return interrupted()
    except BrokenPipeError:
        return _end_output()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # rich ends the program
            return _end_output()
        raise
    except ModuleNotFoundError:
        raise  # an extra is not installed: the program itself names it
    except Exception:
        traceback.print_exc()
        return BROKEN


def interrupted() -> int:
    """Begin a new line after the ^C that the terminal shows, and return the exit code of Ctrl-C."""
    if sys.stderr.isatty():
        print(file=sys.stderr)  # noqa: T201  # a command line answers on standard error
    return INTERRUPTED


def _end_output() -> int:
    """Drop what is still to be written, in silence."""
    with suppress(OSError, ValueError):  # a test's output is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return NO_READER
