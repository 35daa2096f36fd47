"""The launcher's parts that need no server."""

import io
import json
import os
import re
import socket
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from rich.console import Console

from deploy.cli.main import main
from deploy.demo.progress import EVERY_VARIABLE, Progress
from deploy.launcher import state
from deploy.launcher.errors import Ambiguous, NotRunning
from deploy.launcher.ports import choose_ports
from deploy.launcher.probe import reading
from deploy.launcher.processes import child
from deploy.launcher.processes.backoff import Backoff
from deploy.launcher.processes.child import free_port, started_at
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.secrets.keys import Keys
from deploy.launcher.table import Display, Row, as_lines
from shared.base.durations import short_duration
from shared.base.errors import Unauthenticated
from shared.base.keys import key_from
from shared.web.access import Access, Principal


def test_each_death_doubles_the_wait_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.died(0) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.remaining(10) == 20
    backoff.started()
    assert not backoff.waiting


def test_a_minute_of_health_forgives_earlier_deaths() -> None:
    backoff = Backoff()
    backoff.died(0)
    backoff.died(1)
    backoff.well(10)
    backoff.unwell()
    backoff.well(20)
    backoff.well(79)
    assert backoff.failures == 2
    backoff.well(80)
    assert backoff.died(81) == 1


async def test_a_token_says_who_where_and_for_how_long(tmp_path: Path) -> None:
    issuer = Issuer.at(tmp_path)
    access = Access(issuer.issuer, issuer.audience, str(issuer.jwks))
    token = issuer.mint("doctor", "community", area="/tianjin/hexi", subject="s1")
    assert await access.principal(token) == Principal("s1", frozenset({"doctor", "community"}), "/tianjin/hexi", None)
    gate = await access.principal(issuer.mint("device", area="/tianjin", gate="g1"))
    assert gate.gate == "g1"
    with pytest.raises(Unauthenticated):
        await access.principal(issuer.mint("doctor", area="/tianjin", hours=-1))
    with pytest.raises(ValueError, match="emperor"):
        issuer.mint("emperor", area="/tianjin")


def test_keys_are_made_once_and_read_by_their_owner_alone(tmp_path: Path) -> None:
    secrets = Keys(tmp_path).environment_of("registration")
    assert Keys(tmp_path).environment_of("registration") == secrets
    assert len(key_from(secrets["LASTMETRE_SEAL_KEY"])) == 32
    assert Issuer.at(tmp_path).jwks.read_text() == Issuer.at(tmp_path).jwks.read_text()
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_service_gets_its_own_secrets_only(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    shared = {"LASTMETRE_ID_HASH_KEY", "LASTMETRE_CODE_PUBLIC_KEYS", "LASTMETRE_CODE_SEAL_KEYS"}
    assert set(keys.environment_of("checkpoint")) == shared | events("checkpoint", "registration") | {
        "LASTMETRE_VISITOR_SEAL_KEY",
        "LASTMETRE_DEVICE_SIGNING_KEY",
    }
    assert set(keys.environment_of("notification")) == {"LASTMETRE_SEAL_KEY"} | events(
        "notification", "registration", "checkpoint", "isolation", "supply"
    )
    assert set(keys.environment_of("console")) == {
        "LASTMETRE_SESSION_SEAL_KEY",
        "LASTMETRE_OIDC_CLIENT_SECRET",
    } | events("console", "registration")
    assert set(keys.environment_of("supply")) == {"LASTMETRE_TEXT_SEAL_KEY"} | events(
        "supply", "registration", "isolation"
    )


def events(*producers: str) -> set[str]:
    return {f"LASTMETRE_EVENT_KEYS__{producer.upper()}" for producer in producers}


def test_a_city_of_an_earlier_version_reads_events_without_macs_for_a_week_and_a_fresh_one_never(
    tmp_path: Path,
) -> None:
    until = "LASTMETRE_UNSIGNED_EVENTS_UNTIL"
    assert until not in Keys(tmp_path / "fresh").environment_of("checkpoint")
    assert until not in Keys(tmp_path / "fresh").environment_of("checkpoint")  # nor when it starts again
    Keys(tmp_path / "earlier")
    for path in (tmp_path / "earlier").glob("events-*.keys"):
        path.unlink()
    given = Keys(tmp_path / "earlier").environment_of("checkpoint")[until]
    assert timedelta(days=6) < datetime.fromisoformat(given) - datetime.now(UTC) < timedelta(days=8)
    assert Keys(tmp_path / "earlier").environment_of("supply")[until] == given


def test_the_key_set_names_the_key_that_signs(tmp_path: Path) -> None:
    issuer = Issuer.at(tmp_path)
    (published,) = json.loads(issuer.jwks.read_text())["keys"]
    assert jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"] == published["kid"]
    assert "d" not in published


def test_a_reading_adds_up_what_the_metrics_say() -> None:
    text = (
        "# TYPE lastmetre_events_handled counter\n"
        'lastmetre_events_handled_total{type="A",outcome="done"} 40.0\n'
        'lastmetre_events_handled_total{type="B",outcome="dead"} 2.0\n'
        "# TYPE lastmetre_consumer_lag gauge\n"
        'lastmetre_consumer_lag{topic="a"} 3.0\nlastmetre_consumer_lag{topic="b"} 4.0\n'
        "# TYPE lastmetre_outbox_pending gauge\nlastmetre_outbox_pending 5.0\n"
    )
    result = reading(text, ready=True)
    assert (result.events_in, result.events_out, result.lag, result.outbox, result.quiet) == (42, 0, 7, 5, False)


def test_a_line_of_the_table_shows_the_age_of_the_newest_event() -> None:
    seen = reading("lastmetre_newest_event_timestamp_seconds 1000.0\n", ready=True)
    assert Row.of("supply", "ready", seen, 1150).age == "2 min"
    assert "not answering" in as_lines([Row.of("supply", "not answering", None, 0)])[0]
    assert [short_duration(s) for s in (-3, 59, 60, 7200, 200_000)] == ["0 s", "59 s", "1 min", "2 h", "2 d"]


def test_free_ports_are_free_and_below_those_of_outgoing_connections() -> None:
    ports = [free_port() for _ in range(20)]
    assert all(15_000 <= port < 32_000 for port in ports)


def test_two_who_look_for_a_port_at_once_are_not_given_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    first = free_port()
    draws = iter([first - 15_000, free_port() - 15_000, free_port() - 15_000, *range(1_000)])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    assert free_port() != first, "nobody listens there yet, but somebody is going to"


def test_a_port_on_which_a_closed_connection_still_waits_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = free_port()
    with socket.create_server(("127.0.0.1", waiting)) as server:
        caller = socket.create_connection(("127.0.0.1", waiting))
        server.accept()[0].close()
        caller.close()
    draws = iter([waiting - 15_000, *range(1_000)])
    monkeypatch.setattr("secrets.randbelow", lambda _: next(draws))
    child._held.pop().close()  # as after 64 more ports
    assert free_port() != waiting


def test_a_city_has_its_ports_again_except_those_that_another_process_took(tmp_path: Path) -> None:
    first = choose_ports(["console", "supply"], {}, tmp_path)
    child._held.clear()  # as the end of the launcher does
    with socket.create_server(("127.0.0.1", first.of["supply"])):
        second = choose_ports(["console", "supply", "mongo"], {}, tmp_path)
    assert second.of["console"] == first.of["console"]
    assert second.of["supply"] != first.of["supply"]
    assert second.changed == (
        f"Port {first.of['supply']} of supply is in use by another process: "
        f"it has port {second.of['supply']} for this run",
    )
    child._held.clear()
    third = choose_ports(["console", "supply", "mongo"], {}, tmp_path)
    assert third.of == first.of | {"mongo": second.of["mongo"]}
    child._held.clear()
    assert choose_ports(["console"], {"console": free_port()}, tmp_path).of != {"console": first.of["console"]}


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_keeps_addresses_whole_and_shows_no_markup(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, highlight=False, color_system=None)
    address = "mongodb://127.0.0.1:18132/?replicaSet=secantus&retryWrites=false&" + "x" * width
    with Display(console) as display:
        display.show([Row("[bold]supply[/]", "[/red]")])
        display.say(f"its log ends: \x1b[31m[error][/error]\x1b[0m {address}")
        display.progress("demo: 2/6 importing the rosters: 7,369 of 16,049 residents ...")
    output = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    assert f"its log ends: [error][/error] {address}" in output
    assert "[bold]supply[/]  [/red]" in output
    assert "7,369 of 16,049 residents" in output


def test_the_demo_prints_its_progress_now_and_then_and_the_end_of_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EVERY_VARIABLE, "0")
    out = io.StringIO()
    progress = Progress(2, out)
    with progress.step("importing the rosters", "rosters imported", 16_049, "residents") as step:
        step.more(7_000)
        step.result = "5,926 households"
    assert out.getvalue().splitlines() == [
        "demo: 1/2 importing the rosters: 0 of 16,049 residents ...",
        "demo: 1/2 importing the rosters: 7,000 of 16,049 residents ...",
        "demo: 1/2 rosters imported in 0 s: 5,926 households",
    ]


@pytest.mark.parametrize("text", ["supply", "supply=", "supply=x", "supply=0", "supply=70000"])
def test_a_port_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["up", "--port", text]) == 2
    assert "is not NAME=N" in capsys.readouterr().err


def _city(data: Path, pid: int) -> state.RunningCity:
    return state.RunningCity(
        pid, started_at(pid) or "", str(data), False, "k:1", "mongodb://m", {"supply": "http://127.0.0.1:1"}
    )


def test_a_city_is_selected_by_its_data_by_pid_or_as_the_only_one(tmp_path: Path, home: Path) -> None:
    with pytest.raises(NotRunning):
        state.current()
    mine, other = _city(tmp_path / "a", os.getpid()), _city(tmp_path / "b", os.getppid())
    state.publish(mine)
    assert state.current() == mine
    state.publish(other)
    with pytest.raises(Ambiguous, match=f"--pid {os.getpid()}"):
        state.current()
    assert state.current(pid=os.getppid()) == other
    assert state.current(tmp_path / "a") == mine
    state.withdraw(mine)
    assert state.running() == [other]


def test_a_process_that_took_an_ended_launchers_number_is_not_taken_for_it(tmp_path: Path, home: Path) -> None:
    state.publish(replace(_city(tmp_path, os.getpid()), started="long ago"))
    assert state.running() == []
    with pytest.raises(NotRunning):
        state.current(tmp_path)


def test_a_command_started_for_a_city_finds_that_one(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = _city(tmp_path / "a", os.getpid()), _city(tmp_path / "b", os.getppid())
    state.publish(mine)
    state.publish(other)
    monkeypatch.setenv(state.DATA_VARIABLE, str(tmp_path / "b"))
    assert state.current() == other
    assert other.url("supply", "/docs") == "http://127.0.0.1:1/docs"
    with pytest.raises(NotRunning, match="not among those started"):
        other.url("isolation")
