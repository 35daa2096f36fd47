"""The process that forks: `python -m tests.support.forks.host SOCKET`; it ends when its standard input is closed.

A request is one message on a new connection: JSON of `Request`, with the files for the child's output and errors. It is
answered by two messages: the child's pid, then its exit code, negative for a signal. For each module the host forks one
template, which imports the module and nothing of other services; each child is a fork of its template.
"""

import atexit
import gc
import json
import os
import selectors
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

MESSAGE_BYTES = 131_072
SHARED = "shared.process"  # what every service imports: the host imports it once for all templates
# What a command imports when it runs.
LATER = {"deploy.cli.main": tuple(f"deploy.cli.{command}" for command in ("up", "status", "down", "token", "topics"))}


@dataclass(frozen=True)
class Request:
    """The module whose `main` a child calls, its arguments, environment and working directory."""

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: str

    def encode(self) -> bytes:
        """Return the message."""
        return json.dumps(asdict(self)).encode()


class Host:
    """Accepts requests and hands each to the template of its module."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._templates: dict[str, socket.socket] = {}

    def run(self) -> Request | None:
        """Serve until standard input ends. In a child, which is a fork, return what it runs."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._listener, selectors.EVENT_READ)
            ready.register(sys.stdin, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is not self._listener:
                        return None
                    child = self._handle()
                    if child is not None:
                        return child

    def _handle(self) -> Request | None:
        connection, _ = self._listener.accept()
        with connection:
            message, files, _, _ = socket.recv_fds(connection, MESSAGE_BYTES, 2)
            if not files:
                return None  # the client has gone
            request = _decode(message)
            template = self._templates.get(request.module)
            if template is None:
                import_module(SHARED)
                template, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                if _fork() == 0:
                    for other in (self._listener, connection, template, *self._templates.values()):
                        other.close()
                    _close(files)
                    return Template(request.module, inside).run()
                inside.close()
                self._templates[request.module] = template
            try:
                socket.send_fds(template, [message], [connection.fileno(), *files])
            except OSError:  # it could not import its module and has written why; the next request begins another
                del self._templates[request.module]
            _close(files)
        return None


class Template:
    """A process that has imported a module, forks children that run it, and reports their ends."""

    def __init__(self, module: str, requests: socket.socket) -> None:
        self._requests = requests
        self._children: dict[int, tuple[int, socket.socket]] = {}  # the descriptor of a process: its pid, its client
        for name in (module, *LATER.get(module, ())):
            import_module(name)
        gc.collect()
        gc.freeze()  # the collector of a child would copy every page

    def run(self) -> Request:
        """Fork until the host ends. In a child return what it runs."""
        with selectors.DefaultSelector() as ready:
            ready.register(self._requests, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is not self._requests:
                        ready.unregister(key.fileobj)
                        self._report(key.fd)
                        continue
                    message, files, _, _ = socket.recv_fds(self._requests, MESSAGE_BYTES, 3)
                    if not message:
                        os._exit(0)
                    pid = _fork()
                    if pid == 0:
                        self._leave(files)
                        return _decode(message)
                    self._keep(pid, files, ready)

    def _keep(self, pid: int, files: Sequence[int], ready: selectors.DefaultSelector) -> None:
        client = socket.socket(fileno=files[0])
        _close(files[1:])
        watched = os.pidfd_open(pid)
        self._children[watched] = (pid, client)
        ready.register(watched, selectors.EVENT_READ)
        _tell(client, pid)

    def _report(self, watched: int) -> None:
        pid, client = self._children.pop(watched)
        _, status = os.waitpid(pid, 0)
        os.close(watched)
        _tell(client, os.waitstatus_to_exitcode(status))
        client.close()

    def _leave(self, files: Sequence[int]) -> None:
        """In the child: close what is the template's, and write to the given files."""
        for watched, (_, client) in self._children.items():
            os.close(watched)
            client.close()
        self._requests.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for of, to in zip((nothing, *files[1:]), (0, 1, 2), strict=True):
            os.dup2(of, to)
        _close([nothing, *files])


def become(request: Request) -> None:
    """Be the process that was asked for, the leader of its own session, and end with its exit code."""
    os.setsid()
    os.chdir(request.directory)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    module = import_module(request.module)
    sys.argv = [module.__file__ or request.module, *request.arguments]
    code = 1
    try:
        code = module.main() or 0
    except SystemExit as end:
        code = _exit_code(end.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)  # to take the imported modules apart would copy every page


def _exit_code(code: Any) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)  # noqa: T201
    return 1


def _close(files: Sequence[int]) -> None:
    for file in files:
        os.close(file)


def _fork() -> int:
    threads = os.listdir("/proc/self/task")
    assert len(threads) == 1, "a process of several threads cannot be forked: what was imported starts a thread"
    return os.fork()


def _decode(message: bytes) -> Request:
    return Request(**json.loads(message))


def _tell(client: socket.socket, number: int) -> None:
    with suppress(OSError):  # the client may have gone
        client.send(str(number).encode())


def main() -> None:
    """Listen at the given path until standard input ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(sys.argv[1])
        listener.listen()
        child = Host(listener).run()
    if child is not None:
        become(child)


if __name__ == "__main__":
    main()
