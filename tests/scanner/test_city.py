"""A scanner at a gate of real processes: killed and cut off in mid-queue, and the audit finds no difference."""

import asyncio
from pathlib import Path

import pytest

from deploy.cli.audit import run_audit
from services.checkpoint.client.copy import Copy
from tests.checkpoint.gate import COMPOUND, GATE
from tests.checkpoint.test_city import code, define_gate
from tests.conftest import MakeCity
from tests.scanner.program import Program, started
from tests.support.city import CityUnderTest
from tests.support.waiting import eventually

pytestmark = [pytest.mark.any_broker, pytest.mark.early]
PEOPLE = 6


class Device:
    """A gate's device with a book of its own."""

    def __init__(self, town: CityUnderTest, place: Path) -> None:
        place.mkdir()
        self._town = town
        self._book = place / "book.db"
        self.receipts = place / "receipts"
        self._people = [code(town, f"r{number}") for number in range(PEOPLE)]

    async def start(self, *arguments: str) -> Program:
        """Start the scanner with what is in its book."""
        place = self._book.parent
        token = self._town.mint("device", area=COMPOUND, gate=GATE, subject=f"device-{place.name}")
        known = ["--url", self._town.url("checkpoint"), "--token", token, "--gate", GATE, "--direction", "out"]
        output = place / f"output-{len(list(place.glob('output-*')))}"
        self._program = await started(output, "--book", str(self._book), *known, *arguments)
        return self._program

    async def begin(self) -> None:
        """Start the scanner and scan the first person once the lists have come."""
        await self.start()
        await eventually(self._has_its_list)
        assert await self._scans(self._people[0]) == ["allow"]

    async def queue(self) -> None:
        """Scan three more."""
        assert await self._scans(*self._people[1:4]) == ["allow"] * 3

    async def die(self) -> None:
        """Kill the scanner and start it again with its book."""
        self._program.kill()
        await self._program.ended()
        await self.start()

    async def finish(self) -> None:
        """Scan the last two; one of them has a fever."""
        assert await self._scans(self._people[4], f"{self._people[5]};38.5") == ["allow", "deny"]

    async def send(self) -> None:
        """Send what is left, and write the receipts."""
        assert await self._program.end(60) in (0, 1), self._program.output
        last = await self.start("--input", "/dev/null", "--receipts", str(self.receipts), "--give-up", "60")
        assert await last.end(90) == 0, last.output

    async def _scans(self, *texts: str) -> list[str]:
        """Type the lines; return the verdicts that the gate displays."""
        program = self._program
        before = len(program.verdicts)
        await program.types("".join(f"{text}\n" for text in texts))
        await eventually(lambda: len(program.verdicts) == before + len(texts))
        return [verdict for verdict, _ in program.verdicts[before:]]

    def _has_its_list(self) -> bool:
        path = self._book.with_name("book.db.lists")
        if not path.exists():
            return False
        copy = Copy(path)
        try:
            return copy.lists is not None
        finally:
            copy.close()


async def test_whatever_is_lost_in_mid_queue_the_audit_finds_no_difference(city: MakeCity, tmp_path: Path) -> None:
    town = await city("registration", "checkpoint")
    await define_gate(town)
    devices = [Device(town, tmp_path / lost) for lost in ("service", "scanner", "both")]
    without_service, without_scanner, without_both = devices
    await asyncio.gather(*map(Device.begin, devices))

    await without_scanner.queue()
    await without_scanner.die()
    await without_scanner.finish()

    town.kill("checkpoint")
    await asyncio.gather(without_service.queue(), without_both.queue())
    await without_both.die()
    await asyncio.gather(without_service.finish(), without_both.finish())
    await town.start("checkpoint")

    await asyncio.gather(*map(Device.send, devices))
    findings = await run_audit(town.running, tuple(device.receipts for device in devices), 60)
    assert [finding for finding in findings if not finding.agrees] == []
    scanned = next(one for one in findings if one.what == "scans acknowledged = passages stored")
    assert scanned.actual == len(devices) * PEOPLE
