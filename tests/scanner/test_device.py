"""A device at its gate: live while the service answers, by itself when not, and every scan stored once (R2.2, R2.4)."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from services.checkpoint.client.book import ACCEPTED, PARKED, REJECTED, UNSENT
from services.checkpoint.client.gate import Passing
from services.checkpoint.client.recognition import recognised
from services.checkpoint.client.watch import EVERY_S
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reading import Unread
from services.checkpoint.domain.scan import Override
from services.checkpoint.scanlog import ScanLog
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Mode, Verdict
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, gate_at, standing
from tests.scanner.post import Post
from tests.scanner.test_book import full_disk
from tests.scanner.turns import OUT, fetches, scans, sends


async def test_while_the_service_answers_its_verdict_is_displayed_and_the_scan_is_accepted_at_once(post: Post) -> None:
    device = post.device()
    post.gate.learns(standing(red := new_id(), Colour.RED))
    display = await scans(device, post.gate.code(red), OUT)
    assert (display.verdict, display.reasons, display.mode) == (Verdict.DENY, ("code_red",), Mode.LIVE)
    assert (display.seq, display.recorded) == (1, True)
    assert device.book.counts()[ACCEPTED] == 1
    (row,) = await post.stored()
    assert (row["seq"], row["verdict"], row["mode"]) == (1, "deny", "live")


@pytest.mark.parametrize("pulled", [False, True])
async def test_a_fever_beside_a_credential_that_was_not_read_is_kept_live_and_cut_off(post: Post, pulled: bool) -> None:
    device = post.device()
    await fetches(device)
    if pulled:
        await post.pull()
    line = recognised("#!?；38.5")
    display = await asyncio.to_thread(device.scan, Passing(line, Measured(Direction.OUT, line.temperature_c, True)))
    assert (display.verdict, display.reasons) == (Verdict.DENY, ("credential_unreadable", "fever"))
    assert display.unread is Unread.NO_CREDENTIAL
    if pulled:
        await post.plug()
        await sends(device)
    (row,) = await post.stored()
    assert (row["reasons"], row["temperature_c"]) == (["credential_unreadable", "fever"], 38.5)
    assert await post.gate.service.database["alerts"].count_documents({"rule": "fever"}) == 1


async def test_with_the_network_pulled_the_device_decides_and_sends_all_of_it_later(post: Post) -> None:
    device = post.device()
    post.gate.learns(standing(red := new_id(), Colour.RED))
    await fetches(device)
    await post.pull()
    verdicts = [(await scans(device, text, OUT)).verdict for text in (post.gate.code(red), post.gate.code(new_id()))]
    assert verdicts == [Verdict.DENY, Verdict.ALLOW]
    assert (await scans(device, "C-1")).reasons == ("offline_unknown",)
    assert await sends(device) > 0
    assert device.book.unsent() == (3, 1)
    await post.plug()
    assert await sends(device) == 0
    assert device.book.counts() == {UNSENT: 0, "sent": 0, PARKED: 0, ACCEPTED: 3, REJECTED: 0}
    rows = sorted(await post.stored(), key=lambda row: row["seq"])
    assert [(row["seq"], row["mode"]) for row in rows] == [(1, "cached"), (2, "cached"), (3, "cached")]
    verdicts = [receipt["shown"]["verdict"] for receipt in device.book.receipts()]
    assert verdicts == ["deny", "allow", "recheck"]
    # The service knows more than the device knew: both are in the receipt.
    assert [receipt["reasons"] for receipt in device.book.receipts()][2] == ["credential_unknown"]


@pytest.mark.parametrize("pulled", [False, True])
async def test_a_vehicle_in_an_emergency_passes_with_all_on_board_live_and_cut_off(post: Post, pulled: bool) -> None:
    device = post.device()
    post.gate.learns(standing(red := new_id(), Colour.RED))
    await fetches(device)
    if pulled:
        await post.pull()
    people = tuple(recognised(post.gate.code(one)) for one in (red, new_id()))
    passing = Passing(recognised("津A12345"), OUT, people, Override.FIRE)
    display = await asyncio.to_thread(device.scan, passing)
    assert (display.verdict, display.override, "code_red" in display.reasons) == (Verdict.ALLOW, Override.FIRE, True)
    assert [one.verdict for one in display.on_board] == [Verdict.DENY, Verdict.ALLOW]
    if pulled:
        await post.plug()
        await sends(device)
    rows = await post.stored()
    assert sorted((row["credential_kind"], row["verdict"], row.get("override")) for row in rows) == [
        ("code", "allow", "fire"),
        ("code", "allow", "fire"),
        ("plate", "allow", "fire"),
    ]


async def test_that_the_service_answers_is_known_before_the_first_scan(post: Post) -> None:
    device = post.device()
    assert device.condition.online is None
    for away in (False, True, False):
        if away:
            await post.pull()
        elif not post.is_plugged:
            await post.plug()
        await asyncio.to_thread(device.watching.turn)
        assert device.condition.online is not away
        device.condition.known_at -= EVERY_S
    device.condition.mark_offline(("令牌无效", "The token is refused"))
    await asyncio.to_thread(device.watching.turn)
    assert device.condition.online is False  # that the service is alive does not mean that it takes our scans


async def test_after_one_scan_without_an_answer_no_person_waits_for_the_service_until_it_answers_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, asked = post.device(), []
    ask = device.gate._poster.ask
    monkeypatch.setattr(device.gate._poster, "ask", lambda scan, at: (asked.append(scan), ask(scan, at))[1])
    await post.pull()
    for _ in range(3):
        await scans(device, "C-1")
    assert len(asked) == 1
    await post.plug()
    await sends(device)
    assert (await scans(device, "C-1")).mode is Mode.LIVE


async def test_a_scan_whose_answer_was_lost_is_the_same_scan_when_it_comes_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = post.device()
    ask = device.gate._poster.ask

    def loses_the_answer(scan: Any, device_time: datetime) -> None:
        ask(scan, device_time)  # the service has it; the answer is lost on the way

    monkeypatch.setattr(device.gate._poster, "ask", loses_the_answer)
    display = await scans(device, "C-1")
    assert display.mode is Mode.OFFLINE
    await sends(device)
    assert [passage.mode for passage in post.gate.passages] == [Mode.LIVE, Mode.OFFLINE]
    assert len(await post.stored()) == 1
    assert await post.gate.service.database["reused"].count_documents({}) == 0


async def test_what_is_not_durable_goes_again_and_its_verdict_is_displayed_all_the_same(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, log = post.device(), post.gate.service.deps.log

    async def never(passages: list[Any], _: Any) -> list[bool]:
        return [False] * len(passages)

    monkeypatch.setattr(log, "append", never)
    assert (await scans(device, "V-7K2M9QXD")).verdict is Verdict.ALLOW
    assert device.book.counts()[PARKED] == 1
    assert await sends(device) > 0
    assert device.book.counts()[PARKED] == 1
    monkeypatch.setattr(log, "append", lambda *given: ScanLog.append(log, *given))
    assert await sends(device) == 0
    assert device.book.counts()[ACCEPTED] == 1


async def test_a_full_service_is_left_alone_for_as_long_as_it_says(post: Post) -> None:
    device, in_flight = post.device(), post.gate.service.deps.in_flight
    in_flight.scans = in_flight.limit
    display = await scans(device, "V-7K2M9QXD")
    assert display.mode is Mode.OFFLINE  # it was asked, and it had no list yet
    waits = [await sends(device) for _ in range(3)]
    assert all(wait > 1 for wait in waits)  # Retry-After, and some of its own
    assert len(set(waits)) == 3
    in_flight.scans = 0
    await sends(device)
    assert device.book.counts()[ACCEPTED] == 1


async def test_a_scan_that_is_refused_is_not_sent_again_and_the_gate_displays_why(post: Post) -> None:
    device = post.device()
    post.gate.learns(gate_at(COMPOUND, closed=True))
    display = await scans(device, "C-1")
    assert (display.verdict, display.reasons) == (Verdict.RECHECK, ("checkpoint.wrong_gate",))
    assert "is closed" in str(display.note)
    assert device.book.counts()[REJECTED] == 1
    await sends(device)
    assert device.book.rejected(10) == [1]


async def test_with_a_wrong_token_the_gate_goes_on_and_its_keeper_reads_why(post: Post) -> None:
    device = post.device(token="wrong")
    display = await scans(device, "V-7K2M9QXD")
    assert display.mode is Mode.OFFLINE
    assert device.condition.trouble
    assert "access.token_invalid" in device.condition.trouble[1]
    assert await sends(device) > 5
    await fetches(device)
    assert device.book.unsent() == (1, 1)
    device.link.token = post.token
    await sends(device)
    assert device.condition.trouble is None
    assert device.book.counts()[ACCEPTED] == 1


async def test_with_a_full_disk_the_gate_decides_and_says_that_nothing_is_recorded(post: Post) -> None:
    device = post.device()
    post.gate.learns(standing(red := new_id(), Colour.RED))
    await fetches(device)
    await scans(device, "C-1")
    with full_disk(post.book):
        display = await scans(device, post.gate.code(red), OUT)
        assert (display.verdict, display.recorded) == (Verdict.DENY, False)
        assert "free space" in str(display.note)
    assert (await scans(device, "C-2")).recorded
    assert device.book.last_seq() == 2
    assert len(await post.stored()) == 2


async def test_answers_that_a_full_disk_did_not_take_are_kept_until_it_does(post: Post) -> None:
    device = post.device()
    await post.pull()
    for _ in range(3):
        await scans(device, "C-1")
    await post.plug()
    settle = device.book.settle

    def refuses(receipts: Any) -> None:
        with full_disk(post.book):
            settle(receipts)

    device.book.settle = refuses  # type: ignore[method-assign]
    assert await sends(device) > 0
    assert device.condition.trouble
    assert "free space" in device.condition.trouble[1]
    device.book.settle = settle  # type: ignore[method-assign]
    await sends(device)
    assert device.book.counts()[ACCEPTED] == 3
    assert len(post.gate.passages) == 3
