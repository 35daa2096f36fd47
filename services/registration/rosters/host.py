"""The reader host: a process that has imported the readers, and forks a process of its own for each file.

It starts without the service's secrets, connections and memory, and reads no file itself. By its input, a socket, it
receives two sockets for each file. The child reads the file from the first and writes its answer to the second; when
the child has ended, the host appends `READ` or `ENDED`. An answer without these bytes means that the host has ended.
"""

import gc
import os
import selectors
import signal
import socket
import time
from typing import NamedTuple, NoReturn

from services.registration.rosters import child

WITHIN_S = 300.0  # on a busy machine; the child has a limit of its own for its time on the processor
ANSWERS_S = 20.0  # the longest pause within an answer
IDLE_S = 600.0  # then the host ends, and its memory is free again
# Longer than what a compressed answer may end with by chance.
READ, ENDED = b"\0whole\0", b"\0ended\0"  # the child has written its whole answer, or its limits or a signal ended it
_CHILD_LIVES = 3  # a file descriptor that closes when the child ends, however it ends


class _Child(NamedTuple):
    """A process that reads one file: where its answer goes, and until when it may run."""

    pid: int
    answer: socket.socket
    until: float


def main() -> None:
    """Fork a child for each file, until the service closes the socket that is this process's input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches a whole terminal; the service ends this process
    child.import_readers()
    gc.freeze()
    with socket.socket(fileno=os.dup(0)) as files:
        _serve(files)


def _serve(files: socket.socket) -> None:
    """Fork and reap children until the service's end is closed, or no file has come for long."""
    with selectors.DefaultSelector() as ready:
        ready.register(files, selectors.EVENT_READ)
        children: dict[int, _Child] = {}  # by the file descriptor that closes when they end
        accepts = True
        while accepts or children:
            due = min((one.until for one in children.values()), default=time.monotonic() + IDLE_S)
            events = {key.fd for key, _ in ready.select(max(0.0, due - time.monotonic()))}
            if not events and not children:
                return
            if files.fileno() in events:
                if (new := _fork(files)) is None:
                    ready.unregister(files)
                    accepts = False
                else:
                    ready.register(new[0], selectors.EVENT_READ)
                    children.update([new])
            late = {lives for lives, one in children.items() if one.until <= time.monotonic()}
            for lives in (events | late) & children.keys():
                ready.unregister(lives)
                os.close(lives)
                _reap(children.pop(lives))


def _fork(files: socket.socket) -> tuple[int, _Child] | None:
    """Fork a child for the file that comes next; return the child and what closes when it ends, or None at the end."""
    message, sockets, _, _ = socket.recv_fds(files, 1, 2)
    if not message:
        return None
    given, answer = sockets
    lives, child_lives = os.pipe()
    pid = os.fork()
    if not pid:
        _read_file(given, answer, child_lives)
    os.close(given)
    os.close(child_lives)
    return lives, _Child(pid, socket.socket(fileno=answer), time.monotonic() + WITHIN_S)


def _read_file(given: int, answer: int, lives: int) -> NoReturn:
    """Read one file in this process, and end it. It keeps no file descriptor of the host or of another file."""
    try:
        for kept, number in ((given, 0), (answer, 1), (lives, _CHILD_LIVES)):
            os.dup2(kept, number)
        os.closerange(_CHILD_LIVES + 1, os.sysconf("SC_OPEN_MAX"))
        child.limit_process()
        with open(0, "rb") as file:
            content = file.read()
        child.allow_time(len(content))
        with open(1, "wb") as out:
            child.write_answer(content, out)
        os._exit(0)
    finally:
        os._exit(1)


def _reap(one: _Child) -> None:
    """End a child that has not ended, and append to its answer whether it is whole."""
    os.kill(one.pid, signal.SIGKILL)  # a child that has ended keeps its status
    _, status = os.waitpid(one.pid, 0)
    with one.answer as answer:
        try:
            answer.settimeout(ANSWERS_S)  # until the service has read what the child has written
            answer.sendall(ENDED if status else READ)
        except OSError:  # the service has gone, or does not read
            return


if __name__ == "__main__":
    main()
