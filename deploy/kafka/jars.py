"""Apache Kafka's jars, copied once by Maven into the build directory as `pom.xml` lists them."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from deploy.launcher.errors import MissingBinary
from deploy.launcher.processes.child import ROOT

POM = Path(__file__).with_name("pom.xml")
KEPT = ROOT / "build" / "kafka"
OLDEST_JAVA = 17
_WITHIN_S = 600
_INSTEAD = "or leave out '--kafka apache' to use the embedded broker"


def java() -> str:
    """Return the path of a Java that runs Kafka. Raises `MissingBinary`."""
    program = shutil.which("java")
    if program is None:
        raise MissingBinary(f"Apache Kafka needs Java {OLDEST_JAVA}, and it is not installed: install it, {_INSTEAD}")
    if _version_of(program) < OLDEST_JAVA:
        raise MissingBinary(f"Apache Kafka needs Java {OLDEST_JAVA}, and {program} is older: install it, {_INSTEAD}")
    return program


@cache
def _version_of(program: str) -> int:
    """Return the version of a Java; 0 where it names none."""
    output = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', output)
    return int(version[1]) if version else 0


def fetched() -> bool:
    """Whether the jars have been fetched."""
    return _wanted().is_dir()


def loaded_classes(jars: Path) -> Path:
    """Return the class data archive of the jars, from which a JVM starts faster; see `ready.py`."""
    return jars / "classes.jsa"


def jars() -> Path:
    """Return the directory of the jars; Maven creates it if it is missing. Raises `MissingBinary`."""
    wanted = _wanted()
    if wanted.is_dir():
        return wanted
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingBinary(f"Maven fetches Apache Kafka's jars, and it is not installed: install it, {_INSTEAD}")
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two Mavens at once disturb each other in the repository they share
        if not wanted.is_dir():
            with tempfile.TemporaryDirectory(dir=KEPT) as unfinished:
                target = Path(unfinished) / "jars"
                _copy(maven, target)
                os.rename(target, wanted)
    return wanted


def _wanted() -> Path:
    return KEPT / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]


def _copy(maven: str, target: Path) -> None:
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    command = [maven, "--quiet", "--batch-mode", "--file", str(POM), *goal]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise MissingBinary(
            f"Maven did not fetch Apache Kafka's jars within {_WITHIN_S} s: try again, {_INSTEAD}"
        ) from None
    if done.returncode:
        reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it printed nothing")
        raise MissingBinary(f"Maven could not fetch Apache Kafka's jars ({reason}): try again, {_INSTEAD}")
