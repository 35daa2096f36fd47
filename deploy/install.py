"""Installs what `make run` needs, with its steps and how far each is: `python deploy/install.py LOCK...`.

It needs the standard library only. The whole output of pip is in `.venv/install.log`, and its end is printed when pip
fails. What is installed already is kept, so an interrupted run continues.
"""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

LINES_OF_A_FAILURE = 15
PLAIN_EVERY_S = 10.0
_PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "--no-color")
_PACKAGE = re.compile(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)")
_CLEAR = "\r\x1b[2K"


class Lines:
    """One line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._printed_at = time.monotonic()

    def progress(self, text: str) -> None:
        """Show how far the present step is."""
        if self._terminal:
            self._write(f"{_CLEAR}{text}"[: shutil.get_terminal_size().columns + len(_CLEAR) - 1])
        elif time.monotonic() - self._printed_at >= PLAIN_EVERY_S:
            self._printed_at = time.monotonic()
            self._write(f"{text}\n")

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._write(f"{_CLEAR if self._terminal else ''}{text}\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def install(what: str, arguments: Sequence[str], count: int, log: Path, lines: Lines) -> bool:
    """Run pip and show how many of `count` packages it has reached; return whether it succeeded."""
    began, reached, stage = time.monotonic(), set[str](), "download"
    lines.progress(f"{what} ...")
    with (
        subprocess.Popen((*_PIP, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
        log.open("a") as out,
    ):
        assert pip.stdout is not None  # it was opened as a pipe
        for line in pip.stdout:
            out.write(line)
            if match := _PACKAGE.match(line):
                reached.add(match[1])
            if line.startswith("Installing collected"):
                stage = "unpack"
            count_of = f"{min(len(reached), count)} of {count}, {match[1]}" if match else f"{count}"
            lines.progress(f"{what}: {stage} {count_of}, {time.monotonic() - began:.0f} s")
    if pip.returncode == 0:
        lines.say(f"{what}: done in {time.monotonic() - began:.0f} s")
    return pip.returncode == 0


def packages_of(lock: Path) -> int:
    """Return how many packages a lock file names."""
    return sum(1 for line in lock.read_text().splitlines() if re.match(r"[\w.-]+(\[.*\])?==", line))


def main(locks: Sequence[str]) -> int:
    """Install the packages of the locks, then this project; return 0, or 1 after a failure."""
    lines, log = Lines(), Path(sys.prefix) / "install.log"
    log.write_text("")
    counts = [packages_of(Path(lock)) for lock in locks]
    lines.say(f"Installing {sum(counts)} packages into {Path(sys.prefix).name}: one to two minutes, only this once")
    steps = [(f"packages of {lock}", ("--require-hashes", *_deps(lock), "-r", lock)) for lock in locks]
    steps.append(("Lastmetre itself", ("--no-deps", "--no-build-isolation", "-e", ".")))
    for number, ((what, arguments), count) in enumerate(zip(steps, (*counts, 1), strict=True), start=1):
        if not install(f"  {number}/{len(steps)} {what}", arguments, count, log, lines):
            ending = "\n".join(log.read_text().splitlines()[-LINES_OF_A_FAILURE:])
            lines.say(f"pip failed; the end of {log}:\n{ending}\nThe same command again goes on from here.")
            return 1
    return 0


def _deps(lock: str) -> tuple[str, ...]:
    """Return the option for a lock whose packages stand alone."""
    return ("--no-deps",) if Path(lock).name == "page.lock" else ()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. What is downloaded stays; the same command again goes on from here.")
