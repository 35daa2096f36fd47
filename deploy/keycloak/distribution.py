"""Keycloak's distribution, fetched once by Maven into the build directory as `pom.xml` names it, and made ready.

`python -m deploy.keycloak.distribution` does it beforehand: some 160 MB, and half a minute of a processor.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.kafka.jars import java
from deploy.launcher.errors import LauncherError, MissingBinary
from deploy.launcher.processes.child import ROOT

POM = Path(__file__).with_name("pom.xml")
KEPT = ROOT / "build" / "keycloak"
HEAP = "JAVA_OPTS_KC_HEAP=-Xms128m -Xmx512m"
_WITHIN_S = 900


def distribution() -> Path:
    """Return the unpacked distribution, made ready for development mode. Raises `MissingBinary`."""
    java()
    wanted = KEPT / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if wanted.is_dir():
        return wanted
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingBinary("Maven fetches Keycloak, and it is not installed: install it")
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two Mavens at once disturb each other in the repository they share
        if not wanted.is_dir():
            with tempfile.TemporaryDirectory(dir=KEPT) as unfinished:
                target = Path(unfinished)
                quietly = [maven, "--quiet", "--batch-mode", "--file", str(POM)]
                _run([*quietly, "dependency:copy", f"-DoutputDirectory={target}"], "fetch Keycloak")
                (archive,) = target.glob("*.zip")
                shutil.unpack_archive(archive, target)
                (unpacked,) = (path for path in target.iterdir() if path.is_dir())
                program = str(unpacked / "bin" / "kc.sh")
                # Else each start would do it again.
                _run(["env", HEAP, "sh", program, "build", "--db=dev-file"], "make Keycloak ready")
                os.rename(unpacked, wanted)
    return wanted


def _run(command: Sequence[str], what: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise MissingBinary(f"Could not {what} within {_WITHIN_S} s: try again") from None
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()] or ["no output"]
        reason = next((line for line in lines if "ERROR" in line), lines[-1])
        raise MissingBinary(f"Could not {what} ({reason}): try again")


if __name__ == "__main__":
    try:
        distribution()
    except LauncherError as error:
        sys.exit(str(error))
