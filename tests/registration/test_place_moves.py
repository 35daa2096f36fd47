"""Subtrees of the place tree move, are merged and split, with all that is theirs (R1.1, R1.2)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.events.registration import KeeperAssigned
from shared.events.registration_moves import PlaceMoveBegan, PlaceMoveEnded, PlaceRelocated, ResidentRelocated
from shared.store.relocating import STEP
from tests.conftest import MakeService
from tests.registration.moving import SECOND, movers
from tests.registration.office import AREA, COMPOUND, GRID, TODAY, Office, office, person
from tests.registration.test_responsibility import keep

MOVED = f"{SECOND}/p01"
TOMORROW = TODAY + timedelta(days=1)


async def next_day(here: Office) -> None:
    here.service.clock.advance(timedelta(days=1))


async def test_a_compound_moves_with_its_households_and_residents_and_two_people_decide(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    before = await here.resident()
    proposed = await staff.propose("move", COMPOUND, SECOND)
    body = proposed.json()
    assert (body["state"], body["places"], body["households"], body["residents"]) == ("proposed", 1, 1, 1)
    path = f"/v1/place-moves/{body['move_id']}"
    assert (await here.clerk.post(f"{path}/approve")).json()["code"] == "registration.own_move"
    assert (await here.elsewhere.get(path)).json()["code"] == "registration.no_such_move"
    for _ in range(2):
        assert (await staff.colleague.post(f"{path}/approve")).status_code == 200
    await here.service.due()
    assert (await here.clerk.get(path)).json()["state"] == "done"
    assert await staff.paths() == [AREA, f"{AREA}/a1", GRID, SECOND, MOVED]
    after = await here.find_resident()
    assert after["area_path"] == before["area_path"].replace(COMPOUND, MOVED)
    assert after["household_id"] == before["household_id"], "the household is the same: its place has moved"
    (event,) = await here.service.emitted(ResidentRelocated)
    assert event.area_path == after["area_path"]
    (place,) = await here.service.emitted(PlaceRelocated)
    (began,), (ended,) = await here.service.emitted(PlaceMoveBegan), await here.service.emitted(PlaceMoveEnded)
    assert place.path == MOVED
    assert began.changes == ended.changes
    assert ended.ended_at is not None


async def test_at_each_step_a_place_is_at_one_of_its_two_paths_and_a_killed_process_is_followed_by_another(
    service: MakeService,
) -> None:
    here = await office(service)
    staff = await movers(here)
    await here.imported(*(person(serial) for serial in range(1, 4)))
    move_id = await staff.begin("move", COMPOUND, SECOND)
    deadlines, steps = here.service.deps.deadlines, 0
    while await deadlines.handle_one({STEP: here.service.parts.handlers[STEP]}, here.service.deps):
        steps += 1
        assert sum(path in (COMPOUND, MOVED) for path in await staff.paths()) == 1
        homes = (await here.clerk.get("/v1/residents")).json()["items"]
        assert len(homes) == 3
        assert all(one["area_path"].startswith((COMPOUND, MOVED)) for one in homes)
    assert steps > 3
    assert (await here.clerk.get(f"/v1/place-moves/{move_id}")).json()["moved"] >= 7


async def test_a_roster_that_names_the_old_door_while_places_move_is_stored_at_the_new_one(
    service: MakeService,
) -> None:
    here = await office(service)
    staff = await movers(here)
    first = await here.resident(1)
    answer = await here.post(
        "小区,楼栋,单元,房号,姓名,身份证号\n".encode() + ",".join(person(2, room="101")[:6]).encode()
    )
    await staff.begin("move", COMPOUND, SECOND)
    assert answer.status_code == 202
    while await here.step():
        pass
    await here.service.due()
    second = await here.find_resident(2)
    assert second["area_path"] == first["area_path"].replace(COMPOUND, MOVED)
    assert second["household_id"] == first["household_id"]


async def test_who_answered_for_a_door_before_it_moved_is_still_known(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    door = (await here.resident())["area_path"]
    await keep(here, GRID, "wang", since=TODAY)
    await keep(here, SECOND, "zhao", since=TODAY)
    await keep(here, COMPOUND, "li", since=TODAY)
    await next_day(here)
    await staff.carry_out("move", COMPOUND, SECOND)
    new = door.replace(COMPOUND, MOVED)

    async def levels(path: str, day: object) -> list[tuple[str, str]]:
        answer = await here.clerk.get("/v1/places/responsible", params={"path": path, "day": str(day)})
        return [(one["path"], one["keepers"][0]["person_id"]) for one in answer.json()["levels"]]

    assert await levels(new, TODAY) == [(COMPOUND, "li"), (GRID, "wang")]
    assert await levels(new, TOMORROW) == [(MOVED, "li"), (SECOND, "zhao")]
    assert await levels(door, TODAY) == [(COMPOUND, "li"), (GRID, "wang")]
    assert await levels(door, TOMORROW) == [(MOVED, "li"), (SECOND, "zhao")]


async def test_the_tree_as_of_a_day_has_each_place_where_it_was(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    await next_day(here)
    await staff.carry_out("move", COMPOUND, SECOND)
    assert COMPOUND in await staff.paths(day=str(TODAY))
    assert MOVED not in await staff.paths(day=str(TODAY))
    assert MOVED in await staff.paths(day=str(TOMORROW))
    assert COMPOUND not in await staff.paths(day=str(TOMORROW))
    pages = await here.clerk.get("/v1/places/then", params={"day": str(TODAY), "limit": 2})
    assert pages.json()["next"] is not None


async def test_a_grid_is_merged_into_another_with_children_and_keepers_and_is_closed(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    await here.resident()
    await keep(here, GRID, "wang", since=TODAY)
    await keep(here, SECOND, "zhao", since=TODAY)
    await next_day(here)
    await staff.carry_out("merge", GRID, SECOND)
    assert await staff.paths() == [AREA, f"{AREA}/a1", SECOND, MOVED]
    (closed,) = [one for one in await here.service.emitted(PlaceRelocated) if one.closed]
    into = (await here.service.emitted(KeeperAssigned))[-1]
    assert closed.merged_into == into.place_id
    assert [one.person_id for one in into.keepers] == ["zhao", "wang"]
    again = {"level": "grid", "code": "g01", "name": "一网格", "parent": f"{AREA}/a1"}
    assert (await here.clerk.post("/v1/places", json=again)).json()["code"] == "registration.place_closed"
    assert (await staff.propose("move", MOVED, GRID)).json()["code"] == "registration.place_closed"


async def test_children_of_a_grid_are_split_off_to_a_new_one(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    body = {"level": "compound", "code": "p02", "name": "二号院", "parent": GRID}
    await here.clerk.post("/v1/places", json=body)
    third = f"{AREA}/a1/g03"
    await staff.carry_out("split", [f"{GRID}/p02"], third, name="三网格")
    assert await staff.paths() == [AREA, f"{AREA}/a1", GRID, COMPOUND, SECOND, third, f"{third}/p02"]


@pytest.mark.parametrize(
    ("kind", "sources", "target", "more", "code"),
    [
        ("move", GRID, COMPOUND, {}, "registration.move_cycle"),
        ("move", GRID, GRID, {}, "registration.move_cycle"),
        ("move", COMPOUND, GRID, {}, "registration.move_nothing"),
        ("move", f"{AREA}/a1", SECOND, {}, "registration.move_cycle"),
        ("move", SECOND, COMPOUND, {}, "registration.place_level"),
        ("move", f"{GRID}/none", SECOND, {}, "registration.no_such_place"),
        ("merge", COMPOUND, SECOND, {}, "registration.merge_kinds"),
        ("merge", GRID, GRID, {}, "registration.move_nothing"),
        ("split", [GRID], f"{AREA}/a9", {}, "registration.move_one"),
        ("split", [COMPOUND], f"{AREA}/g09", {"name": "九"}, "registration.split_beside"),
        ("split", [COMPOUND], SECOND, {"name": "九"}, "registration.path_taken"),
        ("split", [COMPOUND, SECOND], f"{AREA}/a1/g09", {"name": "九"}, "registration.split_children"),
    ],
)
async def test_what_cannot_move_is_refused_with_its_reason(
    service: MakeService, kind: str, sources: Any, target: str, more: dict[str, str], code: str
) -> None:
    here = await office(service)
    answer = await (await movers(here)).propose(kind, sources, target, **more)
    assert answer.json()["code"] == code, answer.text


async def test_while_places_move_nothing_else_moves_there_and_their_paths_are_free_a_day_later(
    service: MakeService,
) -> None:
    here = await office(service)
    staff = await movers(here)
    await staff.begin("move", COMPOUND, SECOND)
    assert (await staff.propose("merge", GRID, SECOND)).json()["code"] == "registration.places_moving"
    body = {"level": "compound", "code": "p01", "name": "新院", "parent": GRID}
    assert (await here.clerk.post("/v1/places", json=body)).status_code in (200, 201), "it is there still"
    await here.service.due()
    assert (await here.clerk.post("/v1/places", json=body)).json()["code"] == "registration.path_left"
    here.service.clock.advance(timedelta(days=2))
    made = await here.clerk.post("/v1/places", json=body)
    assert made.status_code == 201
    assert made.json()["path"] == COMPOUND
    await here.imported(["新院", *person(7)[1:]])
    moved = (await here.clerk.get("/v1/places", params={"within": MOVED})).json()["items"]
    assert moved[0]["place_id"] != made.json()["place_id"]


async def test_a_move_that_is_refused_or_not_decided_changes_nothing(service: MakeService) -> None:
    here = await office(service)
    staff = await movers(here)
    move_id = (await staff.propose("move", COMPOUND, SECOND)).json()["move_id"]
    for _ in range(2):
        answer = await here.clerk.post(f"/v1/place-moves/{move_id}/reject", json={"reason": "填错了上级"})
        assert (answer.status_code, answer.json()["state"]) == (200, "rejected")
    assert (await staff.colleague.post(f"/v1/place-moves/{move_id}/approve")).status_code == 409
    await staff.propose("move", COMPOUND, SECOND)
    here.service.clock.advance(timedelta(days=4))
    await here.service.due()
    listed = (await here.clerk.get("/v1/place-moves")).json()["items"]
    assert sorted(one["state"] for one in listed) == ["expired", "rejected"]
    assert COMPOUND in await staff.paths()
