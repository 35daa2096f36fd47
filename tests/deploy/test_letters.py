"""What `lastmetre dead-letters` prints and returns, against an HTTP server with the letters of one service."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deploy.cli import letters as of_service
from deploy.cli.main import main

NAMES = ("0-1-1", "0-2-1", "0-3-1")


def _letter(letter_id: str) -> dict[str, Any]:
    place = {"topic": "isolation.cases.v1", "partition": 0, "offset": int(letter_id[2]), "handler": "open_case"}
    facts = {"reason": "refused", "message": "no such place", "size": 90, "event_type": "case.opened.v1", "why": ""}
    ids = {"event_id": "", "correlation_id": "", "decided_by": "", "decided_at": None, "settled_at": None}
    return {"letter_id": letter_id, "state": "waiting", "at": "2026-11-30T08:00:00Z"} | place | facts | ids


class Service:
    """Letters that change their state to `become` some requests after their replay."""

    def __init__(self) -> None:
        self.letters = {letter_id: _letter(letter_id) for letter_id in NAMES}
        self.become: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []
        self.after = 1
        self.languages: set[str] = set()
        self.url = ""

    def ask(self, *arguments: str) -> int:
        """Run the command for this service; return its exit code."""
        return main(["dead-letters", *arguments, "--service", "isolation", "--url", self.url])

    def get(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        """Answer a list, or a file."""
        if path.endswith("/dead-letters"):
            self.after -= 1
            if self.after < 0:
                for letter_id, state in self.become.items():
                    if self.letters[letter_id]["state"] == "replayed":
                        self.letters[letter_id]["state"] = state
            state = query.get("state", [""])[0]
            items = [one for one in self.letters.values() if state in ("", one["state"])]
            return 200, {"items": items, "next": None, "read": True, "behind": 0}
        letter = self.letters.get(path.rpartition("/")[2])
        fields = [
            {"name": "place_id", "kind": "text", "size": 9, "is_required": True},
            {"name": "until", "kind": "missing", "size": None, "is_required": False},
        ]
        if letter is None:
            return 404, {"code": "dead_letters.unknown", "detail": "no such letter"}
        return 200, letter | {"payload": {"problem": "", "fields": fields, "others": 2}}

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Decide on letters; the last one is always refused when it is given up."""
        self.bodies.append(body)
        giving_up = path.endswith("give-up")
        refused = [letter_id for letter_id in body["letter_ids"] if giving_up and letter_id == NAMES[-1]]
        items = [self.letters[letter_id] for letter_id in body["letter_ids"] if letter_id not in refused]
        for item in items:
            item["state"] = "given_up" if giving_up else "replayed"
        problems = [{"letter_id": one, "code": "x", "detail": "it was replayed"} for one in refused]
        return 200, {"items": items, "refused": problems}


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The letters of isolation, served over HTTP; `ask` runs the command."""
    served = Service()

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._answer(*served.get(url.path, parse_qs(url.query)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(*served.post(urlsplit(self.path).path, body))

        def _answer(self, status: int, body: Any) -> None:
            served.languages.add(self.headers["Accept-Language"])
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    monkeypatch.setenv("LASTMETRE_TOKEN", "t")
    served.url = f"http://127.0.0.1:{http.server_port}"
    monkeypatch.setattr(of_service, "POLL_S", 0.01)
    yield served
    http.shutdown()
    http.server_close()


Printed = pytest.CaptureFixture[str]


def test_a_list_names_each_letter_and_its_exit_code_says_that_some_wait(service: Service, capsys: Printed) -> None:
    assert service.ask("list") == 1
    line, *_, count = capsys.readouterr().out.splitlines()
    assert line == ("2026-11-30T08:00:00Z isolation 0-1-1 isolation.cases.v1/0@1 open_case: refused: no such place")
    assert count == "3 dead letters wait"
    assert service.ask("list", "--json") == 1
    assert [one["letter_id"] for one in json.loads(capsys.readouterr().out)] == list(NAMES)
    assert service.ask("list", "--state", "given_up") == 0
    assert capsys.readouterr().out == ""


def test_the_file_of_a_letter_has_the_names_kinds_and_lengths_of_its_fields(service: Service, capsys: Printed) -> None:
    assert service.ask("show", "0-1-1") == 0
    output = capsys.readouterr().out.splitlines()
    assert output[0] == "isolation 0-1-1"
    assert output[-3:] == ["    place_id: text 9, required", "    until: missing", "    2 that no contract names"]
    assert service.ask("show", "0-9-9") == 2
    assert "There is no dead letter 0-9-9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("become", "after", "code", "line"),
    [
        ({}, 0, 5, "0-1-1: replayed, no outcome yet"),
        ({"0-1-1": "handled"}, 2, 0, "isolation: 1 replayed, 1 handled"),
        ({"0-1-1": "failed_again"}, 2, 1, "0-1-1: dead again"),
        ({"0-1-1": "skipped"}, 0, 1, "0-1-1: skipped: the service handles no such event"),
    ],
)
def test_a_replay_waits_for_its_outcome_and_the_exit_code_is_that(
    service: Service, capsys: Printed, become: dict[str, str], after: int, code: int, line: str
) -> None:
    service.become, service.after = become, after
    assert service.ask("replay", "0-1-1", "--wait", "0.3") == code
    assert service.bodies == [{"letter_ids": ["0-1-1"]}]
    assert line in capsys.readouterr().out


def test_all_that_wait_are_replayed_but_those_that_are_forged(service: Service, capsys: Printed) -> None:
    service.letters["0-2-1"]["reason"] = "forged"
    service.become = {"0-1-1": "handled", "0-3-1": "handled"}
    assert service.ask("replay", "--all", "--drop-forged") == 0
    assert capsys.readouterr().out == "isolation: 1 discarded\nisolation: 2 replayed, 2 handled\n"
    assert service.bodies[0]["letter_ids"] == ["0-2-1"]


def test_what_is_not_discarded_is_named_with_the_reason(service: Service, capsys: Printed) -> None:
    assert service.ask("discard", "0-1-1", "0-3-1", "--reason", "entered by hand") == 1
    assert capsys.readouterr().out == "isolation: 1 discarded\n  0-3-1: it was replayed\n"
    assert service.bodies == [{"letter_ids": ["0-1-1", "0-3-1"], "reason": "entered by hand"}]


def test_services_are_asked_in_the_language_of_the_terminal(
    service: Service, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert service.ask("discard", "0-1-1", "--reason", "已人工补录") == 0
    assert (service.languages, capsys.readouterr().out) == ({"zh"}, "isolation: 放弃 1 条\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay"], "Name letters by their ids, or all that wait with --all"),
        (["replay", "0-1-1", "--all"], "Name letters by their ids, or all that wait with --all"),
        (["replay", "0-1-1", "--kafka", "127.0.0.1:1"], "give --all"),
        (["discard", "0-1-1"], "--reason is missing"),
        (["discard", "0-1-1", "--reason", "no"], "--reason takes 4 to 300 characters"),
        (["list", "--service", "supply"], "Name the one service that is meant"),
    ],
)
def test_a_wrong_use_is_one_sentence(service: Service, capsys: Printed, arguments: list[str], sentence: str) -> None:
    assert service.ask(*arguments) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert sentence in printed.err
