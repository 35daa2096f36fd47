"""`lastmetre-scanner` as a gate keeper has it: killed, cut off, switched off, and nothing is lost or doubled."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from deploy.cli.main import main as lastmetre
from services.checkpoint.client.book import Book
from services.checkpoint.client.cli import scanner
from services.checkpoint.client.device import credential
from shared.base.ids import new_id
from tests.checkpoint.gate import COMPOUND, GATE
from tests.scanner.post import Post
from tests.scanner.program import Program, started
from tests.support.waiting import eventually

KILLS = 3
PROGRAMS: dict[str, Callable[[list[str]], int]] = {
    "lastmetre-scanner": scanner.main,
    "lastmetre": lambda arguments: lastmetre(["scanner", *arguments]),
}


@pytest_asyncio.fixture
async def run(post: Post, tmp_path: Path) -> AsyncIterator[Any]:
    """Starts the command at the post with its book; whatever still runs at the end is killed."""
    programs: list[Program] = []

    async def make(*arguments: str | Path, token: bool = True) -> Program:
        given = ["--token", post.token, "--gate", GATE] if token else []
        output = tmp_path / f"output-{len(programs)}"
        programs.append(await started(output, "--book", post.book, "--url", post.url, *given, *arguments))
        return programs[-1]

    yield make
    for program in programs:
        program.kill()
        await program.end()


def receipts_in(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def test_killed_at_any_point_and_cut_off_in_between_every_scan_that_was_displayed_is_stored_once(
    post: Post, run: Any, tmp_path: Path
) -> None:
    chance, verdicts = Random(3), {}
    for number in range(KILLS):
        if number % 3 == 1:
            await post.pull()
        program = await run("--simulate", "150")
        wanted = 5 + chance.randrange(20)
        await eventually(lambda program=program, wanted=wanted: len(program.verdicts) >= wanted)
        program.kill()
        await program.end()
        again = {seq: verdict for verdict, seq in program.verdicts}
        assert verdicts.keys().isdisjoint(again)
        verdicts |= again
        if number % 3 == 1:
            await post.plug()
    receipts = tmp_path / "receipts"
    last = await run("--input", "/dev/null", "--receipts", receipts, "--give-up", "30")
    assert await last.end(60) == 0, last.output
    book = Book(post.book)
    assert book.counts()["accepted"] == sum(book.counts().values()) == book.last_seq()
    book.close()
    outcomes = receipts_in(receipts)
    rows = await post.stored()
    assert sorted(row["seq"] for row in rows) == list(range(1, len(outcomes) + 1))
    assert {row["_id"]: row["verdict"] for row in rows} == {one["scan_id"]: one["verdict"] for one in outcomes}
    assert await post.gate.service.database["reused"].count_documents({}) == 0
    for seq, verdict in verdicts.items():
        assert outcomes[seq - 1]["shown"]["verdict"] == verdict


async def test_a_queue_goes_on_through_a_network_that_is_pulled_and_plugged_in_again(post: Post, run: Any) -> None:
    program = await run("--give-up", "30")
    await program.types("C-1;36.5\n")
    await eventually(lambda: len(program.verdicts) == 1)
    await post.pull()
    for number in range(2, 12):
        await program.types(f"C-{number};36.5\n")
    await eventually(lambda: len(program.verdicts) == 11)
    assert "unsent 10" in program.output
    await post.plug()
    assert await program.end(60) == 0
    assert program.output.endswith("11 scans: 0 unsent, 0 sent, 0 parked, 11 accepted, 0 rejected\n")
    assert sorted(row["seq"] for row in await post.stored()) == list(range(1, 12))


FILES: dict[str, tuple[bytes, int, str]] = {
    "all read": ("津A12345;36.6\rK-7110；38.5\r".encode("gbk"), 0, "2 scans: "),
    "some not read": (b"K-7110;36.6\n#!?\n", 1, "1 lines of "),
    "nothing read": (b"#!?\n\n=\n", 2, "Nothing was read of "),
    "empty": (b"", 2, "Nothing was read of "),
}


@pytest.mark.parametrize("what", FILES)
async def test_a_file_of_which_nothing_was_read_is_an_error(
    post: Post, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    content, code, sentence = FILES[what]
    (file := tmp_path / "codes").write_bytes(content)
    known = ["--book", str(post.book), "--url", post.url, "--token", post.token, "--gate", GATE]
    given = [*known, "--input", str(file), "--give-up", "30", "--lang", "en"]
    assert await asyncio.to_thread(scanner.main, given) == code
    printed = capsys.readouterr()
    assert sentence in printed.out + printed.err
    assert "Traceback" not in printed.err


async def test_ctrl_c_ends_it_in_order_and_says_what_is_left(post: Post, run: Any) -> None:
    await post.pull()
    program = await run("--give-up", "0")
    await program.types("V-7K2M9QXD;36.5\nnothing;98.6\n")
    await eventually(lambda: "Not read" in program.output)
    program.kill(signal.SIGINT)
    assert await program.ended() == 1, program.output
    assert program.output.endswith("1 scans: 1 unsent, 0 sent, 0 parked, 0 accepted, 0 rejected\n")
    assert "Traceback" not in program.output


async def test_a_device_that_was_enrolled_once_scans_by_its_own_name_and_says_that_it_is_alive(
    post: Post, run: Any
) -> None:
    office = post.gate.service.client("community", area=COMPOUND)
    defined = await office.put("/v1/gates", json={"gate_id": GATE, "name": "东门", "area_path": COMPOUND})
    assert defined.status_code == 200, defined.text
    made = await office.post(f"/v1/gates/{GATE}/enrolments", json={"enrolment_id": new_id()})
    program = await run("--enrol", made.json()["code"], token=False)
    await program.types("V-7K2M9QXD;36.5\n")
    await eventually(lambda: program.verdicts)
    assert await program.end() == 0
    book = Book(post.book)
    known = credential(book)
    book.close()
    assert known is not None
    assert [passage.device_id for passage in post.gate.passages] == [known.device_id]
    device = (await office.get(f"/v1/devices/{known.device_id}")).json()
    assert device["app_version"]
    again = await run(token=False)  # from its book alone
    await again.types("V-7K2M9QXD;36.5\n")
    await eventually(lambda: again.verdicts == [("allow", 2)])
    assert await again.end() == 0


@pytest.mark.parametrize("program", PROGRAMS)
async def test_what_cannot_be_meant_is_printed_in_one_line(
    post: Post, tmp_path: Path, capsys: pytest.CaptureFixture[str], program: str
) -> None:
    book = ["--book", str(tmp_path / "b.db")]
    known = ["--token", "x", "--gate", "g", "--lang", "en"]
    wrong: dict[str, list[str]] = {
        "no file that could be written": ["--book", str(tmp_path / "nowhere" / "b.db")],
        "--url names the checkpoint service": [*book, "--url", "checkpoint.example"],
        "--token goes with --gate": [*book, "--url", post.url, "--token", "x"],
        "enrol it with --enrol CODE": [*book, "--url", post.url],
        "The device was not enrolled": [*book, "--url", post.url, "--enrol", "ABCDEFGH"],
        "more than 0": [*book, "--url", post.url, *known, "--simulate", "0"],
        "0 or more": [*book, "--url", post.url, *known, "--give-up", "-1"],
        "The input cannot be read": [
            *book,
            "--url",
            post.url,
            *known,
            "--input",
            str(tmp_path / "no"),
            "--give-up",
            "0",
        ],
    }
    for sentence, arguments in wrong.items():
        assert await asyncio.to_thread(PROGRAMS[program], arguments) > 0, sentence
        printed = capsys.readouterr()
        assert sentence in printed.err
        assert printed.err.startswith(f"{program}: ")
        assert printed.err.count("\n") == 1


async def test_the_status_of_a_book_is_printed_without_a_service(
    post: Post, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, receipts = tmp_path / "b.db", tmp_path / "r"
    Book(path).close()
    assert scanner.main(["--book", str(path), "--status", "--receipts", str(receipts), "--lang", "en"]) == 0
    assert capsys.readouterr().out == "0 scans: 0 unsent, 0 sent, 0 parked, 0 accepted, 0 rejected\n"
    assert receipts.read_text() == ""
