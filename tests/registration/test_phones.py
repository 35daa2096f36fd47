"""Residents by their phones, whole or by the last four digits, and by their doors; what the store holds of phones."""

import json
from typing import Any

import pytest

from services.registration.domain import places
from services.registration.usecases import hashes_brought
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, office, person
from tests.support.prepared import Prepared
from tests.support.service import ServiceUnderTest

PHONES = ["13812345678", "13912345678", "+8613812340000", "0571-87654321", ""]
DOORS = [
    ("3号楼", "2单元", "501"),
    ("3号楼", "2单元", "502"),
    ("3号楼", "无", "1-101"),
    ("31", "无", "8"),
    ("5", "1", "9"),
]


async def _register(service: ServiceUnderTest) -> list[str]:
    """Import a resident for each phone and door; return their ids in that order."""
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    cells = [
        person(n, phone=phone, building=building, unit=unit, room=room)
        for n, (phone, (building, unit, room)) in enumerate(zip(PHONES, DOORS, strict=True), start=1)
    ]
    await here.imported(*cells)
    listed = (await here.clerk.get("/v1/residents", params={"sort": "registered"})).json()["items"]
    return [item["resident_id"] for item in listed]


_registered = Prepared(_register)


async def people(service: MakeService) -> tuple[Office, list[str]]:
    here = await office(service, _registered)
    return here, here.prepared


async def search(here: Office, client: Any = None, **body: Any) -> list[str]:
    """Return the ids of all pages, two a page."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        asked = body | {"cursor": cursor, "limit": 2}
        answer = await (client or here.clerk).post("/v1/residents/search", json=asked)
        assert answer.status_code == 200, answer.text
        ids += [item["resident_id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            return ids


async def test_a_resident_is_looked_up_by_the_phone_and_by_its_last_four_digits(service: MakeService) -> None:
    here, ids = await people(service)
    for phone, wanted in {
        "13812345678": [0],
        "+86 138-1234-5678": [0],
        "５６７８": [0, 1],
        "4321": [3],
        "057187654321": [3],
        "0000": [2],
        "9999": [],
        "13812345679": [],
    }.items():
        assert await search(here, phone=phone, sort="registered") == [ids[n] for n in wanted], phone
        assert set(await search(here, phone=phone)) == {ids[n] for n in wanted}, phone
        assert await search(here, here.elsewhere, phone=phone) == []


async def test_a_search_by_less_than_four_digits_is_refused_with_what_to_do(service: MakeService) -> None:
    here = await office(service)
    for phone in ("123", "12345", "138123", "wang", "12 4"):
        answer = await here.clerk.post("/v1/residents/search", json={"phone": phone})
        assert (answer.status_code, answer.json()["code"]) == (400, "registration.search_phone"), phone


async def test_a_search_is_for_one_of_a_name_a_phone_and_a_door(service: MakeService) -> None:
    here = await office(service)
    for body in ({"q": "王", "phone": "5678"}, {"phone": "5678", "door": "3-1"}, {"within": COMPOUND}):
        assert (await here.clerk.post("/v1/residents/search", json=body)).status_code == 422


async def hashes(here: Office) -> dict[str, list[str]]:
    """Return what the store holds of each resident's phone."""
    rows = here.service.database["residents"].find()
    return {row["_id"]: row.get("phone_hashes", []) async for row in rows}


@pytest.mark.parametrize("by", ["import", "office", "undoing"])
async def test_a_changed_phone_matches_and_the_former_one_no_longer(service: MakeService, by: str) -> None:
    here, ids = await people(service)
    building, unit, room = DOORS[0]
    if by == "office":
        answer = await here.clerk.put(f"/v1/contacts/{ids[0]}", json={"phone": "13700001111"})
        assert answer.status_code < 300, answer.text
    else:
        report = await here.imported(person(1, phone="13700001111", building=building, unit=unit, room=room))
        assert report["changed"] == 1
    assert await search(here, phone="1111") == ids[:1]
    assert await search(here, phone="13812345678") == []
    if by == "undoing":
        changes = (await here.clerk.get(f"/v1/residents/{ids[0]}/changes")).json()["items"]
        path = f"/v1/residents/{ids[0]}/changes/{changes[0]['change_id']}/undo"
        answer = await here.clerk.post(path, json={"reason": "wrong number"})
        assert answer.status_code < 300, answer.text
        assert await search(here, phone="13812345678") == ids[:1]


async def test_files_of_an_earlier_version_are_brought_along_and_so_is_what_it_changes_later(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashes_brought, "FILES_A_TURN", 2)
    here, ids = await people(service)
    residents, deps = here.service.database["residents"], here.service.deps
    stored = await hashes(here)
    await residents.update_many({}, {"$unset": {"phone_hashes": ""}})
    assert await search(here, phone="5678") == []
    for _ in range(3):
        await hashes_brought.bring_along(deps)
    assert await hashes(here) == stored
    await residents.update_one({"_id": ids[3]}, {"$set": {"phone_hashes": stored[ids[0]]}})  # a former phone's
    assert set(await search(here, phone="5678")) == set(ids[:2])
    await hashes_brought.bring_along(deps)
    assert await search(here, phone="4321") == []
    here.service.clock.advance(hashes_brought.AGAIN_AFTER)
    for _ in range(3):
        await hashes_brought.bring_along(deps)
    assert await search(here, phone="4321") == [ids[3]]


async def test_a_search_by_phone_is_recorded_without_the_number_which_is_nowhere_in_clear(service: MakeService) -> None:
    here, _ = await people(service)
    await search(here, phone="13812345678")
    await search(here, door="3-2-501")
    for kind in ("search_by_phone", "search_by_door"):
        assert await here.service.database["readings"].find({"kind": kind}).to_list(None)
    for collection in ("residents", "contacts", "readings", "outbox"):
        stored = await here.service.database[collection].find().to_list(None)
        text = json.dumps(stored, default=str, ensure_ascii=False)
        assert not [phone for phone in PHONES if phone and phone[-8:] in text]


async def test_hashes_of_phones_are_on_no_topic(service: MakeService) -> None:
    here, _ = await people(service)
    (row,) = await here.service.database["residents"].find().limit(1).to_list(1)
    assert len(row["phone_hashes"]) == 2
    for event in await here.service.emitted():
        assert not [one for one in row["phone_hashes"] if one in repr(event)]


async def test_residents_are_looked_up_by_a_door_a_unit_or_a_building(service: MakeService) -> None:
    here, ids = await people(service)
    for door, wanted in {
        "3号楼2单元501室": [0],
        "3-2-501": [0],
        "三号楼": [2, 0, 1],
        "3 2": [0, 1],
        "春华1号院3-2-502": [1],
        "春华1号院 3#": [2, 0, 1],
        "春华1号院": [2, 0, 1, 3, 4],
        "3-1-101": [2],
        "8-8": [],
    }.items():
        matching = await search(here, door=door)
        assert (set(matching), len(matching)) == ({ids[n] for n in wanted}, len(wanted)), door
        assert await search(here, here.elsewhere, door=door) == []


async def test_a_door_that_can_be_none_and_one_in_too_many_compounds_is_refused(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = await people(service)
    for door in (" ", "!", "1-2-3-4-5"):
        answer = await here.clerk.post("/v1/residents/search", json={"door": door})
        assert (answer.status_code, answer.json()["code"]) == (400, "registration.search_door"), door
    monkeypatch.setattr("services.registration.usecases.searching.MOST_COMPOUNDS", 0)
    answer = await here.clerk.post("/v1/residents/search", json={"door": "3-2"})
    assert answer.json()["code"] == "registration.search_compound"
    assert len(await search(here, door="春华1号院3-2")) == 2


def test_a_door_as_it_is_typed_may_have_each_of_the_paths_in_which_rosters_write_it() -> None:
    assert places.paths_of_door("3号楼2单元501") == ["/3-2-501", "/3-2/501", "/3/2-501", "/3/2/501"]
    assert places.paths_of_door("3/501") == ["/3-501", "/3/501"]
    assert places.below_compound("春华 1号院 3-2", "春华1号院") == "3-2"
    assert places.below_compound("春华", "春华1号院") is None
