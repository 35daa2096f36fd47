"""What the first `make run` prints while it installs."""

import subprocess
import sys
from pathlib import Path

from deploy.install import packages_of
from deploy.launcher.processes.child import ROOT


def test_the_packages_of_a_lock_are_counted(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text(
        "# why\nhttpx==0.28.1 \\\n    --hash=sha256:00\nuvicorn[standard]==0.40.0 \\\n    --hash=sha256:11\n"
    )
    assert packages_of(lock) == 2


def test_a_failure_prints_the_end_of_the_log_and_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "some.lock"
    lock.write_text("/no/such/directory/package==1 --no-such-option\n")
    install = subprocess.run(
        [sys.executable, "-I", "deploy/install.py", str(lock)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert install.returncode == 1
    assert "\x1b" not in install.stdout, "no escape text in a pipe"
    assert "pip failed; the end of" in install.stdout
    assert "no-such-option" in install.stdout
    assert "The same command again goes on from here." in install.stdout
