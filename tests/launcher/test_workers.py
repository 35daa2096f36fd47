"""Workers of a run that are forks of one process, which collects the tests: they report what other workers report."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.launcher.processes.child import ROOT
from tests.support.forks.client import SOCKET

CONFTEST = """
from pathlib import Path
from tests.support.forks import workers

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        workers.fork(config, Path(__file__).parent)
"""
FILES = {
    "conftest.py": CONFTEST,
    "test_forks.py": """
import os

import pytest

AT_COLLECTION = os.getpid()

@pytest.mark.parametrize("number", range(4))
def test_is_in_a_fork(number, tmp_path, capfd):
    assert os.getppid() == AT_COLLECTION
    assert tmp_path.parent.name == f"popen-{os.environ['PYTEST_XDIST_WORKER']}"
    os.write(1, b"written")
    assert capfd.readouterr().out == "written"

def test_fails():
    print("what it printed")
    assert [1, 2] == [1, 3]

def test_ends_its_worker():
    os._exit(3)
""",
    "test_cannot_be_imported.py": "import a_module_that_is_not_there",
}


@pytest.mark.skipif(not os.environ.get(SOCKET), reason="TEST_FORKS is empty: nothing is forked")
def test_forked_workers_report_failures_broken_files_and_workers_that_end(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", "-p", "no:schemathesis", str(tmp_path)],
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert "2 failed, 4 passed, 1 error" in run.stdout, run.stdout + run.stderr
    for reported in ("what it printed", "At index 1 diff: 2 != 3", "No module named", "crashed while running"):
        assert reported in run.stdout
