"""What our commands do when a service is away, busy or refuses: against an HTTP server that fails as planned."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from deploy import service_client
from deploy.launcher.errors import ServerUnreachable
from deploy.service_client import Refusal, ServiceClient

BUSY, LOST, DONE, REFUSED, BARE = "busy", "lost", "done", "refused", "bare"


class Served:
    """A server whose answers are `plan`, the last one for ever; it keeps the bodies that it got."""

    def __init__(self, *plan: str, port: int = 0) -> None:
        self.plan = list(plan)
        self.bodies: list[bytes] = []
        served = self

        class Pages(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                served.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                served.answer(self, served.plan.pop(0) if len(served.plan) > 1 else served.plan[0])

            def log_message(self, format: str, *args: object) -> None:
                """Print nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", port), Pages)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1/things"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, to: BaseHTTPRequestHandler, what: str) -> None:
        """Answer as planned: a lost answer is that of a process killed after its work."""
        if what == LOST:
            to.connection.shutdown(socket.SHUT_RDWR)
            to.close_connection = True
            return
        status, body = {
            BUSY: (503, {"code": "busy", "detail": "Too much at once"}),
            DONE: (200, {"thing": 1}),
            REFUSED: (409, {"code": "things.taken", "detail": "The thing is taken: choose another"}),
            BARE: (404, None),
        }[what]
        to.send_response(status)
        if what == BUSY:
            to.send_header("Retry-After", "7")
        content = b"<html>" if body is None else json.dumps(body).encode()
        to.send_header("Content-Length", str(len(content)))
        to.end_headers()
        to.wfile.write(content)


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers and ends them."""
    made: list[Served] = []

    def start(*plan: str, port: int = 0) -> Served:
        made.append(Served(*plan, port=port))
        return made[-1]

    yield start
    for one in made:
        one.http.shutdown()
        one.http.server_close()


class Asked:
    """A client that does not wait for real, and what it asked and printed."""

    def __init__(self, patience_s: float = 60) -> None:
        self.waits: list[float] = []
        self.sentences: list[str] = []
        self.client = ServiceClient(patience_s, say=self.sentences.append, sleep=self.waits.append)

    def post(self, url: str, **content: Any) -> Any:
        """Post to the service `things`."""
        return self.client.ask("things", "POST", url, "token", **content)


def test_a_busy_service_and_a_lost_answer_are_asked_again_with_the_same_body(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_client, "SILENT_S", 0)
    served, asked = serve(BUSY, LOST, BUSY, DONE), Asked()
    assert asked.post(served.url, json={"thing_id": "t1"}) == {"thing": 1}
    assert served.bodies == [b'{"thing_id":"t1"}'] * 4
    busy, lost, _ = asked.waits
    assert 7 < busy < 8, "as Retry-After says, and a random time more"
    assert 0 < lost < 1
    assert asked.sentences == ["things does not answer (it is busy, status 503): waiting for up to 60 s"]


def test_a_file_is_sent_again_whole(serve: Serve) -> None:
    served, asked = serve(LOST, DONE), Asked()
    asked.post(served.url, files={"file": ("a.csv", b"1,2,3")}, data={"import_id": "i1"})
    assert served.bodies[0] == served.bodies[1]
    assert b"1,2,3" in served.bodies[1]
    assert b"i1" in served.bodies[1]


def test_a_service_that_comes_back_on_its_port_is_reached(serve: Serve, free_port: int) -> None:
    came_back: list[Served] = []

    def wait(_: float) -> None:
        if not came_back:
            came_back.append(serve(DONE, port=free_port))

    client = ServiceClient(sleep=wait)
    assert client.ask("things", "POST", f"http://127.0.0.1:{free_port}/v1/things", json={}) == {"thing": 1}
    assert len(came_back[0].bodies) == 1


def test_it_gives_up_in_one_sentence_that_names_the_service_the_request_and_what_to_do(
    serve: Serve, free_port: int
) -> None:
    busy, asked = serve(BUSY), Asked(patience_s=0)
    with pytest.raises(ServerUnreachable) as error:
        asked.post(busy.url, json={})
    assert f"things at http://127.0.0.1:{busy.http.server_port} has not answered POST /v1/things" in str(error.value)
    assert "it is busy, status 503" in str(error.value)
    assert "lastmetre status" in str(error.value)
    with pytest.raises(ServerUnreachable, match="no connection"):
        asked.post(f"http://127.0.0.1:{free_port}/", json={})


def test_a_refusal_is_not_repeated_and_keeps_its_reason(serve: Serve) -> None:
    served, asked = serve(REFUSED), Asked()
    with pytest.raises(Refusal, match=r"things refused POST /v1/things \(things.taken\): The thing is taken") as error:
        asked.post(served.url, json={})
    assert (error.value.status, error.value.code, len(served.bodies)) == (409, "things.taken", 1)
    with pytest.raises(Refusal, match=r"\(404\): status 404"):
        asked.post(serve(BARE).url, json={})
