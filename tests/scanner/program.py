"""`lastmetre-scanner` as a process of its own, which a test may kill."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from deploy.launcher.processes.child import ROOT
from tests.support.waiting import PATIENCE_S

_COMMAND = (sys.executable, "-m", "services.checkpoint.client.cli.scanner", "--plain", "--lang", "en")


class Program:
    """One run of the command, and what it has displayed so far."""

    def __init__(self, process: asyncio.subprocess.Process, output: Path) -> None:
        self._process = process
        self._file = output

    @property
    def output(self) -> str:
        """Everything on its standard output and error."""
        return self._file.read_text(encoding="utf-8")

    @property
    def verdicts(self) -> list[tuple[str, int]]:
        """The verdicts that the gate displayed, each with its scan's number; lines that a kill cut off do not count."""
        lines = [line.split("\t") for line in self.output.split("\n")[:-1] if "\t" in line]
        return [(line[0], int(line[1])) for line in lines]

    async def types(self, text: str) -> None:
        """Type into its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        await self._process.stdin.drain()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it a signal, if it is still there."""
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def end(self, within_s: float = PATIENCE_S) -> int:
        """Close its input, wait for its end and return the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return await self.ended(within_s)

    async def ended(self, within_s: float = PATIENCE_S) -> int:
        """Wait for its end and return the exit code."""
        return await asyncio.wait_for(self._process.wait(), within_s)


async def started(output: Path, *arguments: str | Path) -> Program:
    """Start the command, writing to `output`."""
    with output.open("wb") as stream:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            *map(str, arguments),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=stream,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
    return Program(process, output)
