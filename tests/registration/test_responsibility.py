"""Dated responsibility (包保): who answered for a door on a day, with the names of the directory (R1.2)."""

from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from services.registration.domain import responsibility as rules
from services.registration.domain.responsibility import Naming, Period
from shared.base.errors import Conflict
from shared.base.ids import new_id
from shared.events.registration import Duty, Keeper, KeeperAssigned
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, GRID, TODAY, Office, office
from tests.registration.test_staff import NURSE
from tests.support.service import MORNING

FIRST, MARCH = date(2026, 2, 1), date(2026, 3, 1)
WANG, ZHAO = (Keeper(person_id=one, duty=Duty.KEEPER) for one in ("wang", "zhao"))
DOOR = f"{COMPOUND}/1/2/101"


def handed_over(periods: list[Period], day: date, *named: Keeper) -> list[Period]:
    ids = count(len(periods))
    changed = rules.hand_over(GRID, periods, named, Naming(day, "clerk", MORNING), lambda: f"p{next(ids)}")
    ids_changed = {one.period_id for one in changed}
    return [*(one for one in periods if one.period_id not in ids_changed), *changed]


def test_on_the_day_of_a_hand_over_the_next_keeper_answers_and_the_day_before_the_former_one() -> None:
    periods = handed_over(handed_over([], FIRST, WANG), MARCH, ZHAO)
    for day, expected in (
        (FIRST - timedelta(days=1), []),
        (FIRST, ["wang"]),
        (MARCH - timedelta(days=1), ["wang"]),
        (MARCH, ["zhao"]),
    ):
        assert [one.person_id for one in rules.on_day(periods, day)] == expected, day


def test_a_keeper_who_stays_keeps_the_first_day_and_a_mistake_of_the_same_day_counts_on_none() -> None:
    periods = handed_over(handed_over([], FIRST, WANG), MARCH, WANG, ZHAO)
    assert [(one.person_id, one.since) for one in periods] == [("wang", FIRST), ("zhao", MARCH)]
    corrected = handed_over(periods, MARCH, WANG)
    assert [one.person_id for one in rules.on_day(corrected, MARCH)] == ["wang"]
    with pytest.raises(Conflict):
        handed_over(corrected, FIRST, ZHAO)


def test_a_keeper_of_before_there_were_records_answered_until_the_first_hand_over() -> None:
    before = rules.unrecorded(GRID, [WANG], [], new_id)
    periods = handed_over(before, MARCH, ZHAO)
    assert [one.person_id for one in rules.on_day(periods, date(2025, 1, 1))] == ["wang"]
    assert [one.person_id for one in rules.on_day(periods, MARCH)] == ["zhao"]


def test_the_nearest_place_upwards_with_a_keeper_of_the_duty_counts_each_duty_by_itself() -> None:
    doctor, leader = Keeper(person_id="li", duty=Duty.DOCTOR), Keeper(person_id="sun", duty=Duty.KEEPER)
    at = [
        Period(f"p{n}", path, one.person_id, one.duty, FIRST)
        for n, (path, one) in enumerate([(AREA, doctor), (AREA, leader), (GRID, WANG)])
    ]
    assert [one.person_id for one in rules.nearest(DOOR, at)] == ["wang", "li"]


async def keep(here: Office, path: str, *people: str, since: date | None = None, status: int = 200) -> Any:
    body: dict[str, Any] = {"keepers": [{"person_id": one, "duty": "keeper"} for one in people]}
    body |= {"since": since.isoformat()} if since else {}
    answer = await here.clerk.put("/v1/places/keepers", params={"path": path}, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def responsible(here: Office, **query: str) -> Any:
    answer = await here.clerk.get("/v1/places/responsible", params={"path": DOOR} | query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_who_answered_for_a_door_on_a_day_has_the_name_of_the_directory(service: MakeService) -> None:
    here = await office(service)
    await here.city.post("/v1/staff", json=NURSE)
    await keep(here, AREA, "leader-01", since=FIRST)
    await keep(here, GRID, "nurse-01", since=FIRST)
    here.service.clock.advance(timedelta(days=28))
    later = (TODAY + timedelta(days=28)).isoformat()
    await keep(here, GRID, "wang")
    now = await responsible(here)
    assert (now["day"], [one["person_id"] for one in now["nearest"]]) == (later, ["wang"])
    assert now["nearest"][0]["name"] is None, "who signs in and has no entry works all the same"
    then = await responsible(here, day="2026-02-20", duty="keeper")
    (nearest,) = then["nearest"]
    assert (nearest["name"], nearest["path"], nearest["since"], nearest["until"]) == ("赵敏", GRID, "2026-02-01", later)
    assert [(level["path"], len(level["keepers"])) for level in then["levels"]] == [(GRID, 1), (AREA, 1)]
    assert (await responsible(here, day="2026-01-31"))["nearest"] == []
    assert (await responsible(here, duty="doctor"))["levels"] == []


async def test_the_history_of_a_place_names_who_named_whom_and_the_event_carries_the_present_keepers(
    service: MakeService,
) -> None:
    here = await office(service)
    await keep(here, GRID, "wang", since=FIRST)
    await keep(here, GRID, "zhao", "wang")
    await keep(here, GRID, "zhao", "wang")
    await keep(here, GRID)
    rows = (await here.clerk.get("/v1/places/keepers", params={"path": GRID})).json()["items"]
    today = TODAY.isoformat()
    assert [(one["person_id"], one["since"], one["until"]) for one in rows] == [
        ("zhao", today, today),
        ("wang", "2026-02-01", today),
    ]
    assert {one["named_by"] for one in rows} == {one["ended_by"] for one in rows} == {"office-liu"}
    events = await here.service.emitted(KeeperAssigned)
    assert [[one.person_id for one in event.keepers] for event in events] == [["wang"], ["zhao", "wang"], []]
    refused = await keep(here, GRID, "wang", since=FIRST, status=409)
    assert refused["code"] == "registration.keepers_order"
    ahead = await keep(here, GRID, "wang", since=TODAY + timedelta(days=1), status=400)
    assert ahead["code"] == "registration.day_ahead"


async def test_another_office_learns_of_no_keeper(service: MakeService) -> None:
    here = await office(service)
    await keep(here, GRID, "wang")
    for route in ("responsible", "keepers"):
        assert (await here.elsewhere.get(f"/v1/places/{route}", params={"path": GRID})).status_code == 404
