"""The far end of a webhook: a real HTTP server that keeps what it gets and answers as the test says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.support.waiting import PATIENCE_S


class Receiver:
    """Answers 200, or the next of `answers`; while it is `held` it keeps its callers waiting."""

    PATH = "/hook-of-a-resident"

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self._open = threading.Event()
        self._open.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                receiver.got.append({"path": self.path})  # a client that follows a redirect comes by this
                self.send_response(200)
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(json.loads(body))
                receiver._open.wait(PATIENCE_S)
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """Its address as a contact states it."""
        return f"json://127.0.0.1:{self.port}{self.PATH}"

    @property
    def message_ids(self) -> list[str]:
        """What it got, by message, in the order of arrival."""
        return [body["message_id"] for body in self.got]

    def hold(self) -> None:
        """Let callers wait for their answer."""
        self._open.clear()

    def let_go(self) -> None:
        """Answer the clients that wait, and all clients from now on."""
        self._open.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.let_go()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
