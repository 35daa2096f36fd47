"""A device that falls silent, loses scans or has a wrong clock is found, once an episode (R2.7)."""

from datetime import timedelta

import pytest
import pytest_asyncio

from services.checkpoint.usecases import checks
from shared.events.checkpoint import AlertRaised
from shared.store.deadlines import DEADLINES
from tests.checkpoint.gate import COMPOUND, GATE
from tests.checkpoint.scanner import Scanner, Yard
from tests.conftest import MakeService


@pytest_asyncio.fixture
async def yard(service: MakeService) -> Yard:
    """A gate without a device yet."""
    return await Yard.at(service)


@pytest_asyncio.fixture
async def scanner(yard: Yard) -> Scanner:
    """A device that has just been enrolled."""
    return await yard.scanner()


async def test_a_device_without_a_sign_of_life_for_a_quarter_of_an_hour_raises_one_alert(
    yard: Yard, scanner: Scanner
) -> None:
    silent_since = yard.now
    await yard.pass_by(14)
    assert (await scanner.view())["state"] == "active"
    await yard.pass_by(60)
    (alert,) = await yard.alerts()
    assert (alert["rule"], alert["subject"]) == ("silent", f"device:{scanner.device_id}")
    assert (alert["gate_id"], alert["area_path"]) == (GATE, COMPOUND)
    assert alert["detail"] == f"since {silent_since.isoformat()}"
    assert (await scanner.view())["state"] == "silent"
    (event,) = await yard.service.emitted(AlertRaised)
    assert (event.rule, event.device_id, event.scan_id) == ("silent", scanner.device_id, None)


async def test_a_heartbeat_or_a_scan_ends_the_silence_and_the_next_one_raises_another_alert(
    yard: Yard, scanner: Scanner
) -> None:
    await yard.pass_by(20)
    await scanner.beats()
    assert (await scanner.view())["state"] == "active"
    await yard.pass_by(20)
    await scanner.scans(1)
    await yard.pass_by(5)
    assert (await scanner.view())["state"] == "active"
    await yard.pass_by(20)
    assert [alert["rule"] for alert in await yard.alerts()] == ["silent"] * 3


async def test_a_device_that_only_scans_or_only_beats_is_never_silent(yard: Yard, scanner: Scanner) -> None:
    other = await yard.scanner()
    for seq in range(1, 31):
        await scanner.scans(seq)
        await other.beats()
        await yard.pass_by(2)
    assert await yard.alerts() == []
    assert [(await one.view())["state"] for one in (scanner, other)] == ["active", "active"]


async def test_a_silent_device_of_a_closed_gate_raises_no_alert(yard: Yard, scanner: Scanner) -> None:
    await yard.service.database["gates"].update_one({"_id": GATE}, {"$set": {"closed": True}})
    await yard.pass_by(60)
    assert await yard.alerts() == []


async def test_scans_that_never_came_raise_one_alert_and_are_listed_until_they_come(
    yard: Yard, scanner: Scanner
) -> None:
    await scanner.beats()
    await scanner.scans(*range(1, 17), *range(20, 23), 24)
    await scanner.beats(24)
    await yard.pass_by(9)
    assert await yard.alerts("gap") == []
    await yard.pass_by(20)
    (alert,) = await yard.alerts("gap")
    assert (alert["subject"], alert["detail"]) == (f"device:{scanner.device_id}", "seq 17-19, 23")
    lost = [{"first": 17, "last": 19}, {"first": 23, "last": 23}]
    assert (await scanner.view())["gaps"] == (await scanner.beats(24))["gaps"] == lost
    await scanner.scans(18, 23)
    await yard.pass_by(5)
    assert (await scanner.view())["gaps"] == [{"first": 17, "last": 17}, {"first": 19, "last": 19}]
    await scanner.scans(17, 19)
    await yard.pass_by(5)
    assert (await scanner.view())["gaps"] == []
    assert len(await yard.alerts("gap")) == 1


async def test_the_last_scans_before_a_device_stopped_are_missed_by_its_own_report(
    yard: Yard, scanner: Scanner
) -> None:
    await scanner.beats()
    await scanner.scans(1, 2)
    await scanner.beats(4)
    await yard.pass_by(20)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == ["seq 3-4"]


async def test_the_first_scans_of_a_device_are_missed_too(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats()
    await scanner.scans(3, 4)
    await yard.pass_by(20)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == ["seq 1-2"]


async def test_a_device_that_goes_on_counting_from_an_earlier_enrolment_misses_nothing(
    yard: Yard, scanner: Scanner
) -> None:
    await scanner.beats(4_999, unsent=2, unsent_from=4_990)
    await scanner.scans(4_990, 4_999, 5_000)
    other = await yard.scanner()
    await other.scans(700, 701)
    await yard.pass_by(20)
    assert await yard.alerts("gap") == []


@pytest.mark.parametrize(
    ("more", "details"),
    [
        ({"unsent": 2}, []),
        ({"unsent": 1}, ["seq 3"]),
        ({"unsent": 2, "unsent_from": 6}, ["seq 3"]),
        ({"unsent": 2, "unsent_from": 3}, []),
        ({"unsent": 0}, ["seq 3, 6"]),
        ({"rejected": [3]}, ["seq 6"]),
        ({"rejected": [3, 6, 7]}, []),
        ({"rejected": [3], "unsent": 1}, []),
    ],
)
async def test_what_a_device_holds_or_was_refused_is_not_lost(
    yard: Yard, scanner: Scanner, more: dict[str, object], details: list[str]
) -> None:
    await scanner.beats()
    await scanner.scans(1, 2, 4, 5, 7)
    await scanner.beats(7, **more)
    await yard.pass_by(20)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == details


async def test_what_a_device_held_and_then_lost_raises_an_alert_in_the_end(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats()
    await scanner.scans(1, 2)
    await scanner.beats(5, unsent=3, unsent_from=3)
    await yard.pass_by(30)
    assert await yard.alerts("gap") == []
    await scanner.scans(3)
    await scanner.beats(5)
    await yard.pass_by(6)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == ["seq 4-5"]


async def test_refused_scans_are_remembered_over_later_heartbeats(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats()
    await scanner.beats(1, rejected=[1])
    await scanner.scans(2)
    await scanner.beats(2)
    await yard.pass_by(20)
    assert await yard.alerts("gap") == []


async def test_refused_numbers_that_are_settled_are_not_kept_though_a_device_says_them_again_and_again(
    yard: Yard, scanner: Scanner
) -> None:
    await scanner.beats()
    await scanner.scans(4)
    for _ in range(5):
        await scanner.beats(4, rejected=[1, 2, 3])
        await yard.pass_by(5)
    (row,) = await yard.service.database["devices"].find({"_id": scanner.device_id}).to_list(None)
    assert (row["refused"], row["numbers"]["complete_upto"], row["numbers"]["gaps"]) == ([], 4, [])


async def test_nothing_is_missed_while_the_recorder_is_behind(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats()
    for _ in range(12):
        await scanner.beats(20)
        await yard.pass_by(5, busy=False)
    assert await yard.alerts("gap") == []
    await scanner.scans(*range(1, 20))
    await yard.pass_by(6, busy=False)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == ["seq 20"]


async def test_numbers_that_were_judged_are_not_read_again(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats()
    for seq in range(1, 60, 2):
        await scanner.scans(seq, seq + 1)
        await yard.pass_by(1)
    (row,) = await yard.service.database["devices"].find({"_id": scanner.device_id}).to_list(None)
    assert row["numbers"]["complete_upto"] >= 34
    assert len(row["numbers"]["used"]) <= 4
    assert row["numbers"]["gaps"] == []


async def test_a_long_row_of_scans_is_gone_through_a_handful_at_a_time(
    yard: Yard, scanner: Scanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "NUMBERS_A_CHECK", 10)
    await scanner.beats()
    await scanner.scans(*(seq for seq in range(1, 48) if seq not in (4, 33, 34)))
    await scanner.beats(50)
    await yard.pass_by(60)
    assert [alert["detail"] for alert in await yard.alerts("gap")] == ["seq 4", "seq 33-34", "seq 48-50"]


async def test_a_clock_that_is_wrong_raises_one_alert_a_day_either_way(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats(sent_at=(yard.now - timedelta(seconds=29)).isoformat())
    await yard.pass_by(6)
    assert await yard.alerts("clock") == []
    for _ in range(3):
        await scanner.beats(sent_at=(yard.now - timedelta(seconds=95)).isoformat())
        await yard.pass_by(6)
    (alert,) = await yard.alerts("clock")
    assert alert["detail"] == "offset_s 95.0"
    assert (await scanner.view())["clock_offset_s"] == 95.0
    yard.service.clock.advance(timedelta(days=1))
    await scanner.beats(sent_at=(yard.now + timedelta(seconds=31)).isoformat())
    await yard.pass_by(6)
    assert [alert["detail"] for alert in await yard.alerts("clock")] == ["offset_s 95.0", "offset_s -31.0"]


async def test_a_wrong_clock_is_seen_by_the_scans_of_a_device_that_sends_no_heartbeats(
    yard: Yard, scanner: Scanner
) -> None:
    yard.service.clock.advance(timedelta(minutes=1))
    await scanner.scans(1, clock_offset_s=240.5)
    await yard.pass_by(6)
    assert [alert["detail"] for alert in await yard.alerts("clock")] == ["offset_s 240.5"]


async def test_a_silent_device_s_clock_raises_no_alert_day_after_day(yard: Yard, scanner: Scanner) -> None:
    await scanner.beats(sent_at=(yard.now - timedelta(hours=2)).isoformat())
    await yard.pass_by(6)
    yard.service.clock.advance(timedelta(days=1))
    await yard.pass_by(6)
    assert [alert["rule"] for alert in await yard.alerts()] == ["clock", "silent"]


async def test_the_office_sees_what_a_device_says_of_itself(yard: Yard, scanner: Scanner) -> None:
    list_as_of = yard.now - timedelta(seconds=40)
    answer = await scanner.beats(
        12, unsent=3, list_version="v17", list_as_of=list_as_of.isoformat(), app_version="1.2", unsent_from=10
    )
    assert (answer["gate_id"], answer["serial"], answer["gaps"]) == (GATE, 1, [])
    view = await scanner.view()
    assert (view["name"], view["state"], view["enrolled_by"]) == ("东门一号", "active", "office-1")
    assert (view["unsent"], view["list_version"], view["list_age_s"]) == (3, "v17", 40.0)
    assert (view["app_version"], view["clock_offset_s"], view["revoked"]) == ("1.2", 0.0, None)


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"last_seq": -1}, "last_seq"),
        ({"last_seq": 2**63}, "last_seq"),
        ({"unsent": 7}, "unsent"),
        ({"rejected": [1] * 1_001}, "rejected"),
        ({"sent_at": "2026-11-24T08:00:00"}, "sent_at"),
        ({"battery": 3}, "battery"),
    ],
)
async def test_a_heartbeat_that_cannot_be_meant_says_what_to_correct(
    scanner: Scanner, more: dict[str, object], where: str
) -> None:
    response = await scanner.beat(**{"last_seq": 5} | more)
    assert (response.status_code, response.json()["code"]) == (422, "request.invalid")
    assert where in response.json()["detail"]


async def test_checks_go_on_one_document_for_all_and_end_with_the_device(yard: Yard, scanner: Scanner) -> None:
    await yard.pass_by(31)
    deadlines = await yard.service.database[DEADLINES].find({"subject": scanner.device_id}).to_list(None)
    assert [row["state"] for row in deadlines] == ["pending"]
    assert yard.now < deadlines[0]["due_at"].replace(tzinfo=yard.now.tzinfo) <= yard.now + timedelta(minutes=5)
    await yard.office.post(f"/v1/devices/{scanner.device_id}/revoke", json={"reason": "retired"})
    before = await yard.alerts()
    await yard.pass_by(60)
    assert await yard.alerts() == before


async def test_after_a_long_stop_a_device_is_checked_once_not_for_each_time_that_was_missed(
    yard: Yard, scanner: Scanner
) -> None:
    await scanner.beats()
    yard.service.clock.advance(timedelta(hours=3))
    assert await yard.service.due() == 1
    assert [alert["rule"] for alert in await yard.alerts()] == ["silent"]


async def test_a_gate_that_moves_takes_its_device_along(yard: Yard, scanner: Scanner) -> None:
    await yard.define_gate(GATE, f"{COMPOUND}-new")
    await yard.pass_by(5)
    assert (await scanner.view())["area_path"] == f"{COMPOUND}-new"
