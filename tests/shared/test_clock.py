"""One clock a process, which a drill may shift."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.base.clock import FixedClock, SystemClock


def gap(clock: SystemClock) -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_it_tells_the_machine_s_time_in_utc() -> None:
    assert abs(gap(SystemClock())) < timedelta(minutes=1)
    assert SystemClock().now().utcoffset() == timedelta()


def test_a_drill_shifts_it_forth_and_back_while_it_runs(tmp_path: Path) -> None:
    offset = tmp_path / "clock"
    clock = SystemClock(offset)
    assert abs(gap(clock)) < timedelta(minutes=1)
    for seconds in (86_400.0, 172_800.5, 0.0):
        fresh = tmp_path / "new"
        fresh.write_text(str(seconds))
        fresh.replace(offset)
        assert abs(gap(clock) - timedelta(seconds=seconds)) < timedelta(minutes=1)


def test_it_keeps_its_shift_when_the_file_is_gone_or_empty(tmp_path: Path) -> None:
    offset = tmp_path / "clock"
    offset.write_text("3600")
    clock = SystemClock(offset)
    assert gap(clock) > timedelta(minutes=59)
    offset.unlink()
    assert gap(clock) > timedelta(minutes=59)
    offset.write_text("")
    assert gap(clock) < timedelta(minutes=1)


def test_a_clock_that_stands_still_moves_when_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 2, 10, tzinfo=UTC))
    clock.advance(timedelta(days=14))
    assert clock.now() == datetime(2026, 2, 24, tzinfo=UTC)
