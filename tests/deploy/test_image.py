"""deploy/Dockerfile: what it copies is there, and what it starts serves."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from deploy.launcher.processes.child import ROOT, Child, accepts, free_port
from deploy.launcher.secrets.keys import Keys
from deploy.services import SERVICES
from tests.support.waiting import eventually

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
CLOSED = "127.0.0.1:9"


def _instruction(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.*)$", DOCKERFILE, re.MULTILINE)


def _command(instruction: str) -> list[str]:
    """Return a command in the form without a shell, run by this Python."""
    words = json.loads(instruction[instruction.index("[") :])
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


def _copied() -> set[str]:
    lines = [line.split() for line in _instruction("COPY") if not line.startswith("--from=")]
    return {source for *sources, _ in lines for source in sources}


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    unignored = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    for source in _copied():
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in unignored, source


def test_the_image_takes_no_more_than_it_needs() -> None:
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"
    assert {"tests", "docs", "k8s"}.isdisjoint(source.split("/")[0] for source in _copied())
    locked = (ROOT / "deploy/requirements.lock").read_text()
    assert "calfkit" not in locked
    assert "secantus" not in locked.lower()


def test_it_runs_as_a_numbered_user_who_is_not_root_and_holds_no_secret() -> None:
    (user,) = _instruction("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert DOCKERFILE.index("USER ") < DOCKERFILE.index("CMD [")
    assert not re.search(r"(PASSWORD|SECRET|TOKEN|_KEY)\s*=", DOCKERFILE)
    assert "--require-hashes" in DOCKERFILE


def test_it_says_what_it_is() -> None:
    for name in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in DOCKERFILE


async def test_its_command_starts_every_service_and_its_check_sees_it_and_it_ends_when_asked(tmp_path: Path) -> None:
    (start,), (check,) = _instruction("CMD"), _instruction("HEALTHCHECK")
    keys = Keys(tmp_path / "keys")
    waiting, started = {}, {}
    for service in SERVICES:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SERVICE": service,
            "LASTMETRE_HTTP_PORT": str(free_port()),
            "LASTMETRE_METRICS_PORT": str(free_port()),
            "LASTMETRE_KAFKA_BOOTSTRAP": CLOSED,
            "LASTMETRE_MONGO_URL": f"mongodb://{CLOSED}/",
            "LASTMETRE_ISSUER": "https://issuer.example",
            "LASTMETRE_JWKS": "/nowhere",
        }
        waiting[service] = environment | keys.environment_of(service)
        started[service] = Child(_command(start), tmp_path / f"{service}.log", waiting[service])

    def live() -> bool:
        for service in list(waiting):
            assert started[service].running, started[service].last_lines()
            if not accepts(int(waiting[service]["LASTMETRE_HTTP_PORT"])):
                continue  # the check is a process: it would take as much of the processor as the service's start
            if subprocess.run(_command(check), env=waiting[service], check=False).returncode == 0:
                del waiting[service]
        return not waiting

    try:
        await eventually(live)
    finally:
        ended = {service: child.end(10) for service, child in started.items()}
    assert all(ended.values()), "it did not end by itself: the signal was not heard"
    assert {child.exit_code for child in started.values()} <= {0, -signal.SIGTERM}


def test_without_a_service_it_says_what_to_set() -> None:
    (start,) = _instruction("CMD")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "SERVICE": "suply"}
    ended = subprocess.run(_command(start), env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"SERVICE is 'suply': set it to one of {', '.join(SERVICES)}\n"


def test_a_service_that_does_not_answer_is_not_well() -> None:
    (check,) = _instruction("HEALTHCHECK")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LASTMETRE_HTTP_PORT": str(free_port())}
    assert subprocess.run(_command(check), env=environment, check=False).returncode == 1
