"""The program in the place of a test worker's Python: has the process of `workers` fork the worker, and waits for it.

Where nothing forks it, it becomes the command that it was started as. It imports little: each worker waits for it.
"""

import os
import signal
import socket
import sys
import time

FORKED = b"forked"
LISTENS_S = 30.0


def _forked(path: str) -> socket.socket | None:
    """Hand over standard input, output and errors; return what is closed when the worker ends, None where none was."""
    deadline = time.monotonic() + LISTENS_S
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    while True:
        try:
            connection.connect(path)
            socket.send_fds(connection, [b"fork"], [0, 1, 2])
            return connection if connection.recv(len(FORKED)) == FORKED else None
        except FileNotFoundError:  # it begins with the run
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)
        except OSError:  # it has ended
            return None


def main() -> None:
    """Be the worker for the one that has started it: end when it ends."""
    path, *arguments = sys.argv[1:]
    connection = _forked(path)
    if connection is None:
        os.execv(sys.executable, [sys.executable, *arguments])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run ends its workers in order
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in (0, 1):
        os.dup2(nothing, file)  # the worker's end alone is the end of its pipes
    connection.recv(1)


if __name__ == "__main__":
    main()
