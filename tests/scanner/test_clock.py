"""A device with a wrong clock that is cut off judges by the service's time, and says that its clock is wrong (R2.4)."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.checkpoint.client.book import ACCEPTED, Book
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.gate import Display, Passing
from services.checkpoint.client.recognition import recognised
from services.checkpoint.client.running import Running
from services.checkpoint.client.screen import Around, Lines
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Mode, Policy, Verdict
from tests.checkpoint.gate import NOW
from tests.scanner.post import Post
from tests.scanner.test_offline import ALWAYS, let_hold

IN, OUT = Measured(Direction.IN, 36.5, True), Measured(Direction.OUT, 36.5, True)
SLOW, FAST = timedelta(minutes=-40), timedelta(hours=9)


async def scans(device: Running, text: str, seen: Measured = IN) -> Display:
    return await asyncio.to_thread(device.scan, Passing(recognised(text), seen))


async def turn(work: Callable[[], float]) -> float:
    return await asyncio.to_thread(work)


async def cut_off_after_one_scan(post: Post, ahead: timedelta) -> Running:
    """Return a device whose clock was always wrong, which scanned once online."""
    post.device_is_ahead = ahead
    device = post.device()
    await turn(device.listing.turn)
    await scans(device, post.gate.code(new_id()))
    await post.pull()
    return device


@pytest.mark.parametrize("ahead", [SLOW, FAST])
@pytest.mark.parametrize("restarted", [False, True])
async def test_cut_off_with_a_wrong_clock_an_expired_code_is_expired_and_a_good_one_is_good(
    post: Post, ahead: timedelta, restarted: bool
) -> None:
    device = await cut_off_after_one_scan(post, ahead)
    if restarted:
        device.end()
        device.book.close()
        device = post.device()
    expired = await scans(device, post.gate.code(new_id(), age_s=900))
    good = await scans(device, post.gate.code(new_id(), age_s=-1))
    assert (expired.verdict, expired.reasons) == (Verdict.RECHECK, ("code_expired",))
    assert (good.verdict, good.mode) == (Verdict.ALLOW, Mode.CACHED)


@pytest.mark.parametrize("ahead", [SLOW, FAST])
async def test_the_age_of_the_list_and_the_curfew_count_by_the_corrected_time(post: Post, ahead: timedelta) -> None:
    local = post.now().astimezone(post.gate.service.deps.zone)
    soon, later = (f"{local + timedelta(minutes=minutes):%H:%M}" for minutes in (60, 120))
    let_hold(post.gate, Policy(since=ALWAYS, curfew=(soon, later)))
    device = await cut_off_after_one_scan(post, ahead)
    assert (await scans(device, post.gate.code(new_id(), age_s=-1), OUT)).verdict is Verdict.ALLOW
    post.gate.service.clock.advance(timedelta(minutes=90))
    assert "offline_unknown" in (await scans(device, post.gate.code(new_id(), age_s=-1), OUT)).reasons
    post.gate.service.clock.advance(timedelta(hours=22, minutes=20))
    assert (await scans(device, "津A12345")).mode is Mode.CACHED
    post.gate.service.clock.advance(timedelta(minutes=20))
    assert (await scans(device, "津A12345")).mode is Mode.OFFLINE


@pytest.mark.parametrize(
    ("ahead", "texts"),
    [(SLOW, ("时钟慢 40 分", "clock is 40 min slow")), (FAST, ("时钟快 9 小时", "clock is 9 h fast"))],
)
async def test_the_screen_says_in_both_languages_that_the_clock_is_wrong(
    post: Post, ahead: timedelta, texts: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    device = await cut_off_after_one_scan(post, ahead)
    display = await scans(device, post.gate.code(new_id(), age_s=-1))
    for language, text in zip(("zh", "en"), texts, strict=True):
        Lines(language).show(display, Around(device.clock.now(), *device.around(), device.clock.warning()))
        assert text in capsys.readouterr().out


async def test_a_right_clock_is_not_worth_a_word(post: Post) -> None:
    device = await cut_off_after_one_scan(post, timedelta(seconds=20))
    assert device.clock.warning() is None
    assert device.clock.now() == post.now() + timedelta(seconds=20)


async def test_scans_made_before_the_service_stated_the_time_are_stored_at_their_true_time(post: Post) -> None:
    post.device_is_ahead = FAST
    await post.pull()
    device = post.device()
    device.condition.mark_offline()
    made = post.now()
    await scans(device, "C-1234")
    await post.plug()
    device.clock.learn(-FAST.total_seconds())  # as from a heartbeat that is faster than the sender
    post.gate.service.clock.advance(timedelta(minutes=2))
    await scans(device, "C-1235")
    while await turn(device.sending.turn) == 0 and device.book.unsent()[0]:
        pass
    assert device.book.counts()[ACCEPTED] == 2
    rows = sorted(await post.stored(), key=lambda row: row["seq"])
    assert [row["at"] for row in rows] == [made, made + timedelta(minutes=2)]


async def test_a_clock_that_is_set_right_again_needs_no_correction(post: Post) -> None:
    device = await cut_off_after_one_scan(post, SLOW)
    post.device_is_ahead = timedelta()  # the keeper sets the clock while the program runs
    assert device.clock.now() == post.now()
    assert device.clock.warning() is not None  # a change by hand is not believed before the service answers
    await post.plug()
    device.condition.mark_online()
    await scans(device, post.gate.code(new_id()))
    assert device.clock.warning() is None
    assert device.clock.now() == post.now()


async def test_a_clock_that_is_set_wrong_while_cut_off_changes_no_verdict(post: Post) -> None:
    device = await cut_off_after_one_scan(post, timedelta())
    post.device_is_ahead = SLOW
    assert (await scans(device, post.gate.code(new_id(), age_s=900))).reasons == ("code_expired",)
    warned = device.clock.warning()
    assert warned is not None
    assert "changed or reset" in warned[1]
    await post.plug()
    while await turn(device.sending.turn) == 0 and device.book.unsent()[0]:
        pass
    assert {row["at"] for row in await post.stored()} == {NOW}


async def test_a_clock_that_was_reset_is_never_believed_behind_the_list(post: Post) -> None:
    device = await cut_off_after_one_scan(post, timedelta())
    device.end()
    facts = json.loads(device.book.fact("clock") or "{}")
    device.book.keep(clock=json.dumps(facts | {"boot": "an earlier start of the machine"}))
    device.book.close()
    post.device_is_ahead = datetime(2000, 1, 1, tzinfo=NOW.tzinfo) - NOW
    device = post.device()
    assert (await scans(device, post.gate.code(new_id(), age_s=900))).reasons == ("code_expired",)
    assert device.clock.warning() is not None


async def test_the_office_still_learns_that_the_clock_is_wrong(post: Post) -> None:
    device = await cut_off_after_one_scan(post, SLOW)
    report = device.beating.turn.__self__._report()  # type: ignore[attr-defined]
    assert report["sent_at"] == (post.now() + SLOW).isoformat()


def test_a_book_of_the_version_before_gets_the_clock_of_its_scans(tmp_path: Path) -> None:
    book = Book(tmp_path / "book")
    book.add({"scan_id": "s", "at": NOW.isoformat()}, "unsent")
    book._file.execute("ALTER TABLE scans DROP COLUMN offset_s")
    book.close()
    again = Book(tmp_path / "book")
    clock = DeviceClock(again, lambda: NOW, lambda: NOW.timestamp())
    assert [kept.offset_s for kept in again.take(10)] == [0.0]
    assert clock.now() == NOW
    again.close()
