"""`pip install lastmetre[scanner]`: a gate's programs run where no server and no driver is installed."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.launcher.processes.child import ROOT, free_port
from services.checkpoint.client.book import Book

LOCK = ROOT / "services/checkpoint/client/requirements.lock"
BUILD = "setuptools"  # builds the project's own wheel
SERVERS = {"aiokafka", "fastapi", "faststream", "motor", "pymongo", "prometheus-client", "starlette", "uvicorn"}
START = """
import sys
from importlib.metadata import entry_points
(program,) = entry_points(group="console_scripts", name=sys.argv[1])
sys.argv[:2] = [program.name]
sys.exit(program.load()())
"""


def _needed(requirement: Requirement) -> set[str]:
    """Return the names of the distributions that a requirement brings here, with its own."""
    names, waiting = set(), [(requirement.name, frozenset(requirement.extras))]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        names.add(canonicalize_name(name))
        for one in map(Requirement, distribution(name).requires or ()):
            wanted = one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in extras or {""})
            if wanted and (pair := (one.name, frozenset(one.extras))) not in seen:
                seen.add(pair)
                waiting.append(pair)
    return names


def _locked() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text(), re.MULTILINE))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python whose environment holds what the extra brings, and the project without `deploy`."""
    directory = tmp_path_factory.mktemp("scanner")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True)
    (packages,) = directory.glob("lib/python*/site-packages")
    for name in _needed(Requirement("lastmetre[scanner]")):
        known = distribution(name)
        for top in {file.parts[0] for file in known.files or ()} - {"..", "__pycache__"}:
            if not top.startswith("__editable__"):
                (packages / top).symlink_to(Path(str(known.locate_file(top))))
    for package in ("services", "shared"):
        (packages / package).symlink_to(ROOT / package)
    return directory / "bin/python"


def _run(python: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", "-c", START, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)


def test_the_lock_holds_what_the_extra_brings_and_no_server() -> None:
    assert _needed(Requirement("lastmetre[scanner]")) - {"lastmetre"} == _locked() - {BUILD}
    assert SERVERS.isdisjoint(_locked())


def test_the_lock_pins_what_the_city_runs() -> None:
    city = (ROOT / "deploy/requirements.lock").read_text().splitlines()
    pinned = [line for line in LOCK.read_text().splitlines() if "==" in line]
    assert [line for line in pinned if line not in city] == []


def test_the_servers_cannot_be_imported_where_the_extra_alone_is_installed(python: Path) -> None:
    for module in ("aiokafka", "fastapi", "faststream", "motor", "deploy"):
        answer = subprocess.run([python, "-I", "-c", f"import {module}"], capture_output=True, check=False, cwd="/")
        assert answer.returncode == 1, module


@pytest.mark.parametrize("program", ["lastmetre-scanner", "lastmetre-scan"])
def test_each_program_prints_its_help(python: Path, program: str) -> None:
    answer = _run(python, program, "--help")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"Usage: {program} ")


def test_a_gate_scans_into_its_book_with_the_service_away(python: Path, tmp_path: Path) -> None:
    lines, book = tmp_path / "lines", tmp_path / "book.db"
    lines.write_text("K-17;36.5\nV-7K2M9QXD;38.0\n")
    known = ["--url", f"http://127.0.0.1:{free_port()}", "--token", "t", "--gate", "g-1"]
    how = ["--input", lines, "--give-up", "0", "--lang", "en"]
    answer = _run(python, "lastmetre-scanner", "--book", book, *known, *how)
    assert answer.stderr == ""
    assert answer.stdout.endswith("2 scans: 2 unsent, 0 sent, 0 parked, 0 accepted, 0 rejected\n")
    assert answer.returncode == 1
    kept = Book(book)
    assert [one.display and one.display["verdict"] for one in kept.take(9)] == ["recheck", "deny"]
    kept.close()


def test_a_file_is_posted_and_what_the_service_did_not_take_is_parked(python: Path, tmp_path: Path) -> None:
    scans, receipts = tmp_path / "scans.ndjson", tmp_path / "receipts"
    scans.write_text('{"scan_id": "s-1"}\n')
    known = ["--url", f"http://127.0.0.1:{free_port()}", "--token", "t", "--give-up", "0"]
    answer = _run(python, "lastmetre-scan", scans, "--receipts", receipts, *known)
    assert (answer.returncode, answer.stdout) == (1, "1 scans sent: 1 parked\n"), answer.stderr


def test_what_is_wrong_is_printed_in_one_line(python: Path, tmp_path: Path) -> None:
    answer = _run(python, "lastmetre-scanner", "--book", tmp_path / "nowhere/book.db")
    assert answer.returncode == 2
    assert answer.stderr.startswith("lastmetre-scanner: --book ")
    assert answer.stderr.count("\n") == 1


def test_the_full_command_line_names_the_extra_that_it_needs(python: Path) -> None:
    code = f"import sys; sys.path.append({str(ROOT)!r}); from deploy.cli.program import main; sys.exit(main())"
    command = [python, "-I", "-c", code, "status"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert answer.returncode == 4
    assert answer.stderr.endswith(" is missing: pip install 'lastmetre[platform]' installs it\n")
    assert answer.stderr.count("\n") == 1
