"""Ends the children of a process that can no longer do so itself; run as a script, in a session of its own.

Standard input is a pipe whose other end only the parent holds: lines `+pid` and `-pid` keep the list of
process groups, the end of the pipe means that the parent is gone (killed, crashed or finished). It needs the
standard library only.
"""

import os
import signal
import sys
import time
from contextlib import suppress

GRACE_S = 3.0
POLL_S = 0.05


def main() -> None:
    """Keep the list until the parent is gone, then end every group on it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends only with its parent
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        if change == "+":
            groups.add(group)
        else:
            groups.discard(group)
    _end(groups)


def _end(groups: set[int]) -> None:
    _signal(groups, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while groups and time.monotonic() < deadline:
        time.sleep(POLL_S)
        groups = {group for group in groups if _exists(group)}
    _signal(groups, signal.SIGKILL)


def _signal(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
