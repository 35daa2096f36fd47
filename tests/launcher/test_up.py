"""`lastmetre up`, `status`, `down` and `token` as processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from deploy.launcher.processes.child import started_at
from deploy.launcher.servers.store_server import chosen_server
from deploy.launcher.state import STATE_FILE
from deploy.services import SERVICES
from tests.launcher.conftest import Start, processes_that_mention
from tests.support.bus import APACHE
from tests.support.forks.client import completed
from tests.support.waiting import PATIENCE_S


def lastmetre(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end."""
    command = [sys.executable, "-m", "deploy.cli.main", *arguments]
    return completed(command)


def environment_of(url: str) -> dict[str, str]:
    """Return the settings of a stand-in."""
    with urllib.request.urlopen(f"{url}/environment", timeout=PATIENCE_S) as answer:
        return dict(json.load(answer))


def has_ended(marker: str) -> bool:
    """Whether soon no process mentions `marker`."""
    deadline = time.monotonic() + PATIENCE_S
    while processes_that_mention(marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.store
def test_a_city_is_up_seen_and_brought_down_from_another_terminal(up: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    launcher = up(data=data, by_command=True)
    output = launcher.wait_for("Ready")
    city = launcher.city
    block = launcher.wait_for("lastmetre status").partition("Ready")[2].splitlines()
    addresses = [city.url("console"), city.url("checkpoint", "/gate"), city.kafka, city.mongo]
    addresses += [city.url(service, "/docs") for service in SERVICES]
    for address in addresses:
        assert [line for line in block if line.endswith(address)], f"{address} stands whole at the end of a line"
    assert max(len(line) for line in block if "127.0.0.1" in line) <= 80
    assert "lastmetre token --role doctor" in output
    launcher.wait_for("notification  ready")

    status = lastmetre("status")
    assert (status.returncode, status.stderr) == (0, "")
    assert status.stdout.count(" ready ") == len(SERVICES)
    assert "in       42 out        7" in status.stdout
    token = lastmetre("token", "--role", "doctor", "--area", "/tianjin", "--data", str(data))
    assert token.stdout.count(".") == 2
    assert "partitions that the topic file says" in lastmetre("topics", "check").stdout

    down = lastmetre("down")
    assert (down.returncode, down.stderr) == (0, "")
    assert launcher.end() == 0
    assert "Ended; the data is in" in launcher.output
    assert "killed" not in launcher.output
    assert has_ended(str(tmp_path))
    status = lastmetre("status")
    assert status.returncode == 3
    assert status.stderr.startswith("lastmetre: No city runs on this machine")
    assert lastmetre("down").returncode == 3


def test_services_get_their_servers_keys_and_clock_and_the_same_again_after_a_restart(
    up: Start, tmp_path: Path
) -> None:
    data, clock = tmp_path / "data", tmp_path / "clock"
    settings, addresses = [], []
    for _ in range(2):
        launcher = up("--services", "registration,supply", "--clock", str(clock), data=data)
        launcher.wait_for("Ready")
        city = launcher.city
        assert list(city.services) == ["registration", "supply"]
        settings.append(environment_of(city.url("registration")))
        assert settings[-1]["LASTMETRE_KAFKA_BOOTSTRAP"] == city.kafka
        assert settings[-1]["LASTMETRE_CLOCK_FILE"] == str(clock)
        assert "LASTMETRE_SEAL_KEY" not in environment_of(city.url("supply"))
        addresses.append((city.services, city.kafka, city.mongo))
        assert launcher.end(signal.SIGTERM) == 0
    assert settings[0]["LASTMETRE_SEAL_KEY"] == settings[1]["LASTMETRE_SEAL_KEY"]
    if not APACHE:  # whose brokers choose their ports
        assert addresses[0] == addresses[1]
    assert (data / "logs" / "kafka.log.1").exists()


@pytest.mark.store
@pytest.mark.broker
def test_what_dies_is_started_again_and_the_table_says_so(up: Start, tmp_path: Path) -> None:
    launcher = up("--services", "supply,isolation", data=tmp_path / "data")
    launcher.wait_for("Ready")
    city = launcher.city
    first = int(environment_of(city.url("supply"))["pid"])
    os.kill(first, signal.SIGKILL)
    launcher.wait_for("supply was killed by SIGKILL: restarting in 1 s")
    launcher.wait_for("supply is started again")
    broker = ("kafka.Kafka", str(tmp_path)) if APACHE else ("tansu", city.kafka)
    for server, its_own in (broker, (chosen_server().name, str(tmp_path))):
        (pid,) = [p for p in processes_that_mention(server) if server in _command(p) and its_own in _command(p)]
        os.kill(pid, signal.SIGKILL)
    launcher.wait_for("kafka is started again")
    launcher.wait_for("mongo is started again")
    assert lastmetre("topics", "check").returncode == 0
    deadline = time.monotonic() + PATIENCE_S
    while lastmetre("status").returncode != 0:
        assert time.monotonic() < deadline
    assert int(environment_of(city.url("supply"))["pid"]) != first
    assert launcher.end() == 0


@pytest.mark.broker
def test_a_killed_launcher_leaves_nothing_running_and_its_data_free(up: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    launcher = up(data=data, flaws={"supply": "stubborn"}, by_command=True)
    launcher.wait_for("Ready")
    assert len(processes_that_mention(str(data))) >= 7
    launcher.end(signal.SIGKILL)
    again = up("--services", "isolation", data=data)
    again.wait_for("Ready")
    pids = {int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_standin(int(entry.name), data)}
    assert len(pids) == 1, "only the second launcher's service"
    assert again.end() == 0
    assert has_ended(str(tmp_path))


def test_the_end_comes_in_time_though_a_service_neither_settles_nor_ends(up: Start, tmp_path: Path) -> None:
    launcher = up(
        "--services",
        "supply,isolation",
        data=tmp_path / "data",
        flaws={"supply": "stubborn", "isolation": "busy"},
    )
    launcher.wait_for("Ready")
    assert launcher.end() == 0
    assert "Not everything was handled within 5 s: isolation" in launcher.output
    assert "supply did not end in time and was killed" in launcher.output


def test_a_second_interrupt_ends_the_waiting(up: Start, tmp_path: Path) -> None:
    launcher = up("--services", "isolation", data=tmp_path / "data", flaws={"isolation": "busy"})
    launcher.wait_for("Ready")
    launcher.process.send_signal(signal.SIGINT)
    launcher.wait_for("Ending")
    assert launcher.end() == 0
    assert "Not everything was handled" not in launcher.output  # which the launcher prints after the whole wait


def test_an_interrupt_while_starting_ends_it(up: Start, tmp_path: Path) -> None:
    launcher = up("--services", "supply", data=tmp_path / "data", flaws={"supply": "lacking"})
    while not (tmp_path / "data" / STATE_FILE).exists():
        time.sleep(0.05)
    assert launcher.end() == 0
    assert "Ready" not in launcher.output
    assert has_ended(str(tmp_path / "data"))


def test_a_service_that_never_starts_is_named_with_the_end_of_its_log_which_is_kept(up: Start) -> None:
    launcher = up("--services", "supply", flaws={"supply": "broken"})
    assert launcher.process.wait(PATIENCE_S) == 4
    assert "lastmetre: supply does not start. Its log" in launcher.output
    assert "there is no such street" in launcher.output
    (line,) = [line for line in launcher.output.splitlines() if line.startswith("The logs of this run are kept in ")]
    logs = Path(line.removeprefix("The logs of this run are kept in "))
    assert "there is no such street" in (logs / "supply.log").read_text()
    assert [path.name for path in logs.parent.iterdir()] == ["logs"], "the rest of the temporary city is removed"
    assert has_ended(str(logs.parent))
    shutil.rmtree(logs.parent)


def test_a_second_launcher_on_the_same_data_is_one_line(up: Start, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first = up("--services", "supply", data=data)
    first.wait_for("Ready")
    second = up(data=data)
    assert second.process.wait(PATIENCE_S) == 4
    assert second.output.startswith(
        f"lastmetre: The data in {data} is in use by the launcher with pid {first.process.pid}"
    )
    assert second.output.count("\n") == 1
    assert first.end() == 0


def test_two_cities_run_side_by_side(up: Start, tmp_path: Path) -> None:
    first = up("--services", "supply", data=tmp_path / "a")
    second = up("--services", "supply")
    first.wait_for("Ready")
    second.wait_for("Ready")
    assert lastmetre("status").stdout.count("supply") == 2
    both = lastmetre("down")
    assert both.returncode == 2
    assert "Several cities run" in both.stderr
    assert lastmetre("down", "--pid", str(second.process.pid)).returncode == 0
    assert "Ended. This city was temporary" in second.output
    assert lastmetre("status").stdout.count("supply") == 1
    assert first.end() == 0


def test_what_cannot_be_started_is_one_line(up: Start, tmp_path: Path, free_port: int) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", free_port))
        other.listen()
        refused = {
            ("--port", f"checkpoint={free_port}"): f"Port {free_port} for checkpoint is in use",
            ("--port", f"mongo={free_port}"): f"Port {free_port} for mongo is in use",
            ("--port", "postoffice=1"): "--port postoffice=N names no service",
            ("--services", "postoffice"): "There is no service postoffice",
            ("--data", "/proc/nowhere"): "/proc/nowhere cannot be used",
        }
        launchers = {up(*options): text for options, text in refused.items()}
        for launcher, text in launchers.items():
            assert launcher.process.wait(PATIENCE_S) in (2, 4)
            assert launcher.output.startswith(f"lastmetre: {text}"), launcher.output
            assert launcher.output.count("\n") == 1


def test_named_servers_that_do_not_answer_are_one_line(up: Start, free_port: int, kafka_bootstrap: str) -> None:
    launcher = up("--kafka", kafka_bootstrap, "--mongo", f"mongodb://user:secret@127.0.0.1:{free_port}/")
    assert launcher.process.wait(PATIENCE_S) == 4
    assert f"\nlastmetre: No MongoDB server answers at mongodb://127.0.0.1:{free_port}/" in launcher.output
    assert "secret" not in launcher.output


def test_named_servers_are_used_and_left_running(up: Start, mongo_url: str, kafka_bootstrap: str) -> None:
    launcher = up("--kafka", kafka_bootstrap, "--mongo", mongo_url, "--services", "supply")
    launcher.wait_for("Ready")
    assert launcher.end() == 0
    assert lastmetre("topics", "check", "--bootstrap", kafka_bootstrap).returncode == 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _is_standin(pid: int, data: Path) -> bool:
    return pid in processes_that_mention(str(data)) and "standin" in _command(pid) and started_at(pid) is not None
