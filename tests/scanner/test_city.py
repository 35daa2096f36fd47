"""A scanner at a gate of real processes: killed and cut off in mid-queue, and the audit finds no difference."""

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

pytestmark = pytest.mark.any_broker


async def run(town: CityUnderTest, book: Path, *arguments: str) -> Program:
    """Start the scanner with what is in its book."""
    token = town.mint("device", area=COMPOUND, gate=GATE, subject=f"device-{book.parent.name}")
    known = ["--url", town.url("checkpoint"), "--token", token, "--gate", GATE, "--direction", "out"]
    output = book.with_name(f"output-{len(list(book.parent.glob('output-*')))}")
    return await started(output, "--book", str(book), *known, *arguments)


async def scans(program: Program, *texts: str) -> list[str]:
    """Type the lines; return the verdicts that the gate displays."""
    before = len(program.verdicts)
    await program.types("".join(f"{text}\n" for text in texts))
    await eventually(lambda: len(program.verdicts) == before + len(texts))
    return [verdict for verdict, _ in program.verdicts[before:]]


def has_its_list(book: Path) -> bool:
    """Whether the device beside that book has received its lists."""
    path = book.with_name("book.db.lists")
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
    for lost in ({"service"}, {"scanner"}, {"service", "scanner"}):
        place = tmp_path / "-".join(sorted(lost))
        place.mkdir()
        await scanned_while(town, place, lost)


async def scanned_while(town: CityUnderTest, place: Path, lost: set[str]) -> None:
    """Have a device of its own scan while these are lost, and see that the audit agrees with its receipts."""
    book, receipts = place / "book.db", place / "receipts"
    program = await run(town, book)
    people = [code(town, f"r{number}") for number in range(6)]
    await eventually(lambda: has_its_list(book))
    assert await scans(program, people[0]) == ["allow"]
    if "service" in lost:
        town.kill("checkpoint")
    assert await scans(program, *people[1:4]) == ["allow"] * 3
    if "scanner" in lost:
        program.kill()
        await program.ended()
        program = await run(town, book)
    assert await scans(program, people[4], f"{people[5]};38.5") == ["allow", "deny"]
    await town.start("checkpoint")
    assert await program.end(60) in (0, 1), lost
    last = await run(town, book, "--input", "/dev/null", "--receipts", str(receipts), "--give-up", "60")
    assert await last.end(90) == 0, last.output
    findings = await run_audit(town.running, (receipts,), 60)
    assert [finding for finding in findings if not finding.agrees] == [], lost
    assert next(one for one in findings if one.what == "scans acknowledged = passages stored").actual == len(people)
