"""Sending scans as a device does: every scan has a receipt, none is sent needlessly, and none is lost or doubled."""

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest

from deploy.cli.main import main
from deploy.launcher.processes.child import free_port
from services.checkpoint.client.batch_sender import accepted_before, send_file
from services.checkpoint.client.errors import ScansRefused
from services.checkpoint.client.posting import Receipt
from services.checkpoint.scanlog import ScanLog
from shared.base.ids import new_id
from shared.web.edge import Application
from tests.checkpoint.gate import scan
from tests.scanning.conftest import Served, serving
from tests.support.waiting import eventually


def written(path: Path, scans: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in scans))
    return path


def receipts_in(path: Path) -> list[Receipt]:
    return [Receipt(**json.loads(line)) for line in path.read_text().splitlines()]


def nothing(_: list[Receipt]) -> None:
    """Drop the receipts."""


async def test_a_receipt_says_accepted_or_rejected_and_why_in_the_order_of_the_scans(served: Served) -> None:
    scans = [scan(), scan(temperature_c=98.6), scan("code", "LM1:A"), scan(at="soon")]
    receipts = await asyncio.to_thread(served.sender().send, scans)
    assert [receipt.scan_id for receipt in receipts] == [one["scan_id"] for one in scans]
    assert [(r.state, r.verdict) for r in receipts] == [
        ("accepted", "allow"),
        ("rejected", None),
        ("accepted", "deny"),
        ("rejected", None),
    ]
    assert receipts[1].reasons[0] == "checkpoint.absurd_scan"
    assert receipts[2].reasons == ("code_forged",)


async def test_a_full_service_is_asked_again_after_the_time_it_says(served: Served) -> None:
    in_flight = served.gate.service.deps.in_flight
    in_flight.scans = in_flight.limit
    sending = asyncio.create_task(asyncio.to_thread(served.sender().send, [scan()]))
    await eventually(lambda: len(served.waits) >= 2)
    in_flight.scans = 0
    (receipt,) = await sending
    assert receipt.state == "accepted"
    assert all(1 <= meant < 12 for meant in served.waits)
    assert len(set(served.waits)) == len(served.waits)  # not all clients at once again


async def test_a_scan_that_is_not_durable_goes_again_and_its_neighbours_do_not(served: Served) -> None:
    log = served.gate.service.deps.log
    lame = {"seqs": {2, 3}}

    async def half(passages: list[Any], stamp: Any) -> list[bool]:
        return [
            durable and passage.seq not in lame["seqs"]
            for passage, durable in zip(passages, await ScanLog.append(log, passages, stamp), strict=True)
        ]

    log.append = half
    sending = asyncio.create_task(asyncio.to_thread(served.sender().send, [scan(seq=seq) for seq in (1, 2, 3, 4)]))
    await eventually(lambda: served.waits)
    lame["seqs"] = set()
    assert [receipt.state for receipt in await sending] == ["accepted"] * 4


async def test_what_is_never_durable_is_parked_when_the_time_is_over(served: Served) -> None:
    log = served.gate.service.deps.log

    async def never(passages: list[Any], _: Any) -> list[bool]:
        return [False] * len(passages)

    log.append = never
    (receipt,) = await asyncio.to_thread(served.sender(give_up_s=0.05).send, [scan(temperature_c=38.0)])
    assert (receipt.state, receipt.verdict, receipt.reasons) == ("parked", "deny", ("fever",))
    assert all(meant <= 0.05 for meant in served.waits)


async def test_a_service_that_is_away_for_a_while_is_waited_for(served: Served) -> None:
    port = free_port()
    sender = served.sender(url=f"http://127.0.0.1:{port}")
    sending = asyncio.create_task(asyncio.to_thread(sender.send, [scan()]))
    await eventually(lambda: len(served.waits) >= 2)
    async with serving(served.gate.service.app, port):
        (receipt,) = await sending
    assert receipt.state == "accepted"


async def test_a_batch_that_is_too_large_is_sent_in_halves(served: Served) -> None:
    scans = [scan("visitor", "访" * 500, seq=seq) for seq in range(1000)]
    assert sum(len(json.dumps(one)) for one in scans) > 2 << 20
    receipts = await asyncio.to_thread(served.sender().send, scans)
    assert [receipt.scan_id for receipt in receipts] == [one["scan_id"] for one in scans]
    assert {receipt.state for receipt in receipts} == {"accepted"}


async def test_a_scan_that_is_too_large_by_itself_is_rejected_and_its_neighbours_are_not(served: Served) -> None:
    scans = [scan(), scan("visitor", "x" * 3_000_000), scan()]
    receipts = await asyncio.to_thread(served.sender().send, scans)
    assert [receipt.state for receipt in receipts] == ["accepted", "rejected", "accepted"]


async def test_a_token_that_is_not_taken_ends_the_sending_and_rejects_no_scan(served: Served, tmp_path: Path) -> None:
    file, receipts = written(tmp_path / "scans.ndjson", [scan()]), tmp_path / "receipts.ndjson"
    with pytest.raises(ScansRefused, match=r"access\.token_invalid"):
        await asyncio.to_thread(send_file, served.sender(token="x"), file, receipts, 10, 0.0, nothing)
    assert receipts.read_text() == ""
    await asyncio.to_thread(send_file, served.sender(), file, receipts, 10, 0.0, nothing)
    assert [receipt.state for receipt in receipts_in(receipts)] == ["accepted"]


async def test_a_run_after_a_killed_one_sends_the_rest_and_doubles_nothing(served: Served, tmp_path: Path) -> None:
    scans = [scan(seq=seq) for seq in range(25)]
    file, receipts = written(tmp_path / "scans.ndjson", scans), tmp_path / "receipts.ndjson"
    await asyncio.to_thread(send_file, served.sender(), file, receipts, 10, 0.0, nothing)
    lines = receipts.read_text().splitlines(keepends=True)
    receipts.write_text("".join(lines[:10]) + lines[10][:17])  # killed while it wrote
    before = len(served.gate.passages)
    await asyncio.to_thread(send_file, served.sender(), file, receipts, 10, 0.0, nothing)
    assert [receipt.scan_id for receipt in receipts_in(receipts)] == [one["scan_id"] for one in scans]
    assert len(served.gate.passages) == before + 15
    await served.gate.service.receive(*served.gate.passages)
    assert await served.gate.service.database["passages"].count_documents({}) == 25


async def test_rejected_and_parked_scans_are_sent_again_by_the_next_run(served: Served, tmp_path: Path) -> None:
    scans = [scan(), scan(), scan()]
    file, receipts = written(tmp_path / "scans.ndjson", scans), tmp_path / "receipts.ndjson"
    states = zip(scans, ("accepted", "rejected", "parked"), strict=True)
    earlier = [Receipt(one["scan_id"], state, None, ()) for one, state in states]
    receipts.write_text("".join(json.dumps(receipt._asdict()) + "\n" for receipt in earlier))
    await asyncio.to_thread(send_file, served.sender(), file, receipts, 10, 0.0, nothing)
    assert accepted_before(receipts) == {one["scan_id"] for one in scans}
    assert len(served.gate.passages) == 2


def test_a_file_that_holds_no_receipts_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear all,\nhalf a line")
    with pytest.raises(ValueError, match=r"letter\.txt, line 1: no receipt"):
        accepted_before(file)
    assert file.read_text() == "Dear all,\nhalf a line"


class Elsewhere(BaseHTTPRequestHandler):
    """A web server that knows nothing of scans, and says nothing of itself."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of another web server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def scanned(served: Served, *arguments: str | Path) -> int:
    """Run `lastmetre scan` against the served gate; return its exit code."""
    options = ["--url", served.url, "--token", served.token, *map(str, arguments)]
    return await asyncio.to_thread(main, ["scan", *options])


async def test_the_command_sums_up_and_its_exit_code_says_whether_all_were_accepted(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = written(tmp_path / "good.ndjson", [scan(), scan(temperature_c=38.0)])
    bad = written(tmp_path / "bad.ndjson", [scan(temperature_c=98.6)])
    receipts = tmp_path / "receipts.ndjson"
    assert await scanned(served, good, "--receipts", receipts) == 0
    assert capsys.readouterr().out == "2 scans sent: 2 accepted, 1 allow, 1 deny\n"
    assert await scanned(served, good, bad, "--receipts", receipts) == 1
    assert capsys.readouterr().out == "1 scans sent: 1 rejected; 2 were accepted before\n"


async def test_the_command_says_in_one_line_what_it_cannot_do(
    served: Served, elsewhere: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, receipts = written(tmp_path / "s.ndjson", [scan()]), tmp_path / "r.ndjson"
    chinese = tmp_path / "chinese.csv"
    chinese.write_text("卡口,时间\ng,t\n")
    (nothing := tmp_path / "nothing.ndjson").write_text("\r\n")
    wrong: dict[str, tuple[str | Path, ...]] = {
        "There is no file": (tmp_path / "none.ndjson", "--receipts", receipts),
        "is the file of the scans itself": (file, "--receipts", file),
        "is no file that could be written": (file, "--receipts", tmp_path / "nowhere" / "r.ndjson"),
        "--batch 1001 is not a whole number from 1 to 1000": (file, "--receipts", receipts, "--batch", "1001"),
        "--pause -1.0 is not a number of 0 or more": (file, "--receipts", receipts, "--pause", "-1"),
        "is no address": (file, "--receipts", receipts, "--url", "localhost:8000"),
        "line 1: the first line must hold the headings": (chinese, "--receipts", receipts),
        "nothing was read: the file holds no scan": (nothing, "--receipts", receipts),
        "access.token_invalid": (file, "--receipts", receipts, "--token", "x"),
        "takes no scans (http.404)": (file, "--receipts", receipts, "--url", f"{served.url}/nowhere"),
        "it is no checkpoint service": (file, "--receipts", receipts, "--url", elsewhere),
    }
    for sentence, arguments in wrong.items():
        assert await scanned(served, *arguments) > 0
        printed = capsys.readouterr()
        assert printed.out == ""
        assert sentence in printed.err
        assert printed.err.startswith("lastmetre: ")
        assert printed.err.count("\n") == 1


async def test_scans_from_a_csv_reach_the_gate(served: Served, tmp_path: Path) -> None:
    one = scan()
    file, receipts = tmp_path / "scans.csv", tmp_path / "r.ndjson"
    cells = [one["scan_id"], one["gate_id"], "7", one["at"], "out", "card", "K-17", "36.4", "是"]
    heading = "scan_id,gate_id,seq,at,direction,credential_kind,credential_value,temperature_c,mask"
    file.write_bytes(f"{heading}\n{','.join(cells)}\n".encode("gbk"))
    assert await scanned(served, file, "--receipts", receipts) == 0
    (passage,) = served.gate.passages
    assert (passage.seq, passage.direction, passage.temperature_c, passage.mask) == (7, "out", 36.4, True)
    assert receipts_in(receipts)[0].verdict == "recheck"


async def test_ids_make_a_repeated_file_harmless_even_without_its_receipts(served: Served, tmp_path: Path) -> None:
    file = written(tmp_path / "scans.ndjson", [scan(scan_id=new_id()) for _ in range(5)])
    for name in ("first", "second"):
        assert await scanned(served, file, "--receipts", tmp_path / name) == 0
    await served.gate.service.receive(*served.gate.passages)
    assert len(served.gate.passages) == 10
    assert await served.gate.service.database["passages"].count_documents({}) == 5


async def test_a_device_that_hangs_up_in_the_middle_of_a_batch_is_no_failure_here(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(served.url.rpartition(":")[2]))
    head = f"POST /v1/scans/batch HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer {served.token}\r\n"
    writer.write(f"{head}Content-Length: 60000\r\n\r\n[".encode())
    await writer.drain()
    bodies = cast(Application, served.gate.service.app).edge.bodies
    await eventually(lambda: bodies.all > 0)
    writer.close()
    await writer.wait_closed()
    await eventually(lambda: bodies.all == 0)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert (await asyncio.to_thread(served.sender().send, [scan()]))[0].state == "accepted"
