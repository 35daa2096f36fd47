"""`lastmetre import FILE` against registration over HTTP: what is stored, what is printed, and the exit codes."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.cli import import_roster
from deploy.cli.main import main
from tests.conftest import MakeService
from tests.registration.office import Office, office, person, text
from tests.scanning.conftest import serving

Printed = pytest.CaptureFixture[str]


class Desk:
    """An office at whose terminal rosters are imported."""

    def __init__(self, office: Office, url: str, folder: Path) -> None:
        self.office = office
        self._url = url
        self._folder = folder

    def file(self, content: bytes, name: str = "roster.csv") -> str:
        """Write a file and return its path."""
        path = self._folder / name
        path.write_bytes(content)
        return str(path)

    async def run(self, *arguments: str) -> int:
        """Run the command while registration does the work that is due; return the exit code."""
        command = asyncio.create_task(asyncio.to_thread(main, ["import", *arguments, "--url", self._url]))
        while not command.done():
            await self.office.step()
            await asyncio.sleep(0.01)
        return await command

    async def residents(self) -> int:
        """Return how many are registered."""
        return int((await self.office.clerk.get("/v1/counts")).json()["residents"])


@pytest_asyncio.fixture
async def desk(
    service: MakeService, free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """A desk whose clerk is the city's."""
    here = await office(service)
    monkeypatch.setenv("LASTMETRE_TOKEN", here.city.headers["authorization"].removeprefix("Bearer "))
    monkeypatch.setattr(import_roster, "POLL_S", 0.01)
    async with serving(here.service.app, free_port) as url:
        yield Desk(here, url, tmp_path)


async def test_a_roster_goes_in_and_the_same_file_again_changes_nothing(desk: Desk, capsys: Printed) -> None:
    file = desk.file(text([person(1), person(2)]))
    assert await desk.run(file) == 0
    assert capsys.readouterr().out == "2 rows: 2 added, 0 changed, 0 known and unchanged, 0 refused\n"
    assert await desk.run(file) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 rows: 0 added, 0 changed, 2 known and unchanged, 0 refused",
        "Everything in the file was stored before: nothing changed",
    ]
    assert await desk.residents() == 2


async def test_a_bad_row_is_named_by_its_line_in_the_language_of_the_terminal(
    desk: Desk, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = desk.file(text([person(1), person(2, id_number="123")]))
    assert await desk.run(file, "--dry-run") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("row 3 身份证号: ")
    assert lines[-1] == "2 rows: 1 would go in, 1 would be refused; nothing was stored"
    assert await desk.residents() == 0
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert await desk.run(file) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("第 3 行 身份证号: ")
    assert lines[0].endswith("请更正")
    assert lines[-1] == "共 2 行: 新增 1, 更改 0, 未变 0, 拒绝 1"
    assert await desk.residents() == 1


async def test_a_result_for_scripts_is_json(desk: Desk, capsys: Printed) -> None:
    file = desk.file(text([person(1)]))
    assert await desk.run(file, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["state"], report["added"], report["file"]) == ("done", 1, "roster.csv")


async def test_what_cannot_be_imported_is_one_line(
    desk: Desk, capsys: Printed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(import_roster, "PATIENCE_S", 0.0)
    wrong = {
        (desk.file(b"", "empty.csv"),): (1, "empty.csv: "),
        (str(tmp_path / "none.csv"),): (2, "does not exist"),
        (desk.file(text([person(1)])), "--area", "jinhe"): (2, "write it as /jinhe/hedong"),
        (desk.file(text([person(1)])), "--kind", "cars"): (2, "--kind 'cars' is not one of residents, places"),
    }
    for arguments, (code, sentence) in wrong.items():
        assert await desk.run(*arguments) == code, arguments
        printed = capsys.readouterr()
        assert (printed.out, printed.err.count("\n")) == ("", 1), printed
        assert sentence in printed.err
    monkeypatch.setenv("LASTMETRE_TOKEN", "x")
    assert await desk.run(desk.file(text([person(1)]))) == 4
    assert "access.token_invalid" in capsys.readouterr().err
