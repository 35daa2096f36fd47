"""Two files of one person become one and two again, and nothing that is stored of either is lost (R1.12)."""

import asyncio
from typing import Any

from services.registration.usecases import duplicate_pass
from shared.events.registration import ResidentEvent, ResidentsMerged, ResidentsUnmerged, StandingChanged
from tests.conftest import MakeService
from tests.registration.office import Office, id_number, office, person
from tests.registration.resident import Resident
from tests.support.service import ServiceUnderTest

PHONE = "13800000007"
WHY = {"reason": "one person, two papers"}


async def _pair(service: MakeService) -> tuple[Office, dict[str, Any], dict[str, Any], str]:
    """Two files of one name and phone behind one door; return the id of their pair."""
    here = await office(service)
    rows = [person(name="王晓明", id_number=id_number(serial), phone=PHONE) for serial in (1, 3)]
    await here.imported(*rows)
    first, second = await here.find_resident(1), await here.find_resident(3)
    ids = {"first_id": first["resident_id"], "second_id": second["resident_id"]}
    made = await here.clerk.post("/v1/duplicates", json=ids)
    assert made.status_code == 200, made.text
    return here, first, second, made.json()["pair_id"]


async def _decide(here: Office, pair_id: str, what: str, client: Any = None, **body: str) -> dict[str, Any]:
    answer = await (client or here.clerk).post(f"/v1/duplicates/{pair_id}/{what}", json=body or None)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def test_the_pass_proposes_a_pair_once_and_a_pair_of_different_people_never_again(service: MakeService) -> None:
    here = await office(service)
    rows = [person(name="王晓明", id_number=id_number(serial), phone=PHONE) for serial in (1, 3)]
    await here.imported(*rows)
    deps = here.service.deps
    for _ in range(2):
        await duplicate_pass.compare_files(deps)
    (pair,) = (await here.clerk.get("/v1/duplicates")).json()["items"]
    assert "同" in pair["explanation_zh"]
    await _decide(here, pair["pair_id"], "different", **WHY)
    here.service.clock.advance(duplicate_pass.AGAIN_AFTER)
    await duplicate_pass.compare_files(deps)
    assert (await here.clerk.get("/v1/duplicates")).json()["items"] == []
    assert len((await here.clerk.get("/v1/duplicates", params={"state": "different"})).json()["items"]) == 1


async def test_an_old_link_a_number_and_the_names_lead_to_the_file_that_stays(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    merged = await _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    assert (merged["state"], merged["survivor_id"]) == ("merged", first["resident_id"])
    file = (await here.clerk.get(f"/v1/residents/{second['resident_id']}")).json()
    assert file["resident_id"] == first["resident_id"]
    assert (await here.find_resident(3))["resident_id"] == first["resident_id"]
    (gone,) = await here.service.emitted(ResidentsMerged)
    assert (gone.resident_id, gone.merged_into, gone.left) == (second["resident_id"], first["resident_id"], True)
    history = (await here.clerk.get(f"/v1/residents/{first['resident_id']}/changes")).json()["items"]
    assert [one["act"] for one in history] == ["merge", "merge"]


async def test_an_open_case_takes_a_second_person_and_the_code_stays_red_on_both_ids(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    case = Resident(here, second)
    await here.service.receive(case.open_case())
    waiting = await _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    assert waiting["state"] == "waiting"
    again = await here.clerk.post(f"/v1/duplicates/{pair_id}/approve")
    assert (again.status_code, again.json()["code"]) == (409, "registration.own_merge")
    colleague = here.service.client("community", subject="office-zhao")
    await _decide(here, pair_id, "approve", colleague)
    newest = {one.resident_id: one.colour.value for one in await here.service.emitted(StandingChanged)}
    assert newest == {first["resident_id"]: "red", second["resident_id"]: "red"}
    await here.service.receive(case.released())
    assert await Resident(here, first).colour() == "green"


async def test_an_unmerge_restores_both_files_exactly(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    before, opened = await _stored(here.service), (await here.clerk.get(f"/v1/duplicates/{pair_id}")).json()
    await _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    apart = await _decide(here, pair_id, "unmerge", **WHY)
    assert apart["differences"] == opened["differences"]
    assert await _stored(here.service) == before
    (event,) = await here.service.emitted(ResidentsUnmerged)
    assert (event.resident_id, event.merged_into, event.left) == (second["resident_id"], None, False)
    newest = {one.resident_id: one.merged_into for one in await here.service.emitted(ResidentEvent)}
    assert newest == {first["resident_id"]: None, second["resident_id"]: None}


async def test_what_came_before_the_merge_goes_back_and_what_came_since_stays(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    await _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    of_alias = Resident(here, second)
    await here.service.receive(of_alias.open_case())  # opened before isolation learnt of the merge
    assert await Resident(here, first).colour() == "red"
    await _decide(here, pair_id, "unmerge", **WHY)
    assert await Resident(here, first).colour() == "green"
    assert await of_alias.colour() == "red"


async def test_a_case_that_opens_while_the_files_are_merged_is_never_lost(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    merge = _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    answers = await asyncio.gather(merge, here.service.receive(Resident(here, second).open_case()))
    if answers[0]["state"] == "waiting":
        colleague = here.service.client("community", subject="office-zhao")
        await _decide(here, pair_id, "approve", colleague)
    newest = {one.resident_id: one.colour.value for one in await here.service.emitted(StandingChanged)}
    assert newest == {first["resident_id"]: "red", second["resident_id"]: "red"}


async def test_a_merged_file_is_not_merged_again_and_its_merge_is_undone_at_the_pair(service: MakeService) -> None:
    here, first, second, pair_id = await _pair(service)
    await _decide(here, pair_id, "merge", survivor_id=first["resident_id"], **WHY)
    ids = {"first_id": first["resident_id"], "second_id": second["resident_id"]}
    refused = await here.clerk.post("/v1/duplicates", json=ids)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.file_merged")
    (change, _) = (await here.clerk.get(f"/v1/residents/{first['resident_id']}/changes")).json()["items"]
    path = f"/v1/residents/{change['resident_id']}/changes/{change['change_id']}/undo"
    undone = await here.clerk.post(path, json=WHY)
    assert (undone.status_code, undone.json()["code"]) == (409, "registration.undo_by_unmerge")


async def test_a_clerk_sees_at_entry_who_may_be_the_same_person(service: MakeService) -> None:
    here, first, _, _ = await _pair(service)
    await duplicate_pass.compare_files(here.service.deps)
    born = f"{id_number(1)[6:10]}-{id_number(1)[10:12]}-{id_number(1)[12:14]}"
    body = {"name": "王小明", "phone": PHONE, "birth_date": born}
    likely = (await here.clerk.post("/v1/duplicates/check", json=body)).json()["items"]
    assert first["resident_id"] in [one["resident_id"] for one in likely]
    assert {"sounds_alike", "same_birth", "same_phone"} <= set(likely[0]["reasons"])


async def _stored(service: ServiceUnderTest) -> list[list[Any]]:
    """Return what the store has of the files in clear, and the hashes by which they are looked up."""
    rows = await service.database["residents"].find().sort("_id", 1).to_list(None)
    hashes = ("card_hashes", "name_hashes", "phone_hashes", "number_hashes")
    names = (*hashes, "household_id", "area_path", "categories", "keeper_id", "left", "merged_into", "absorbed")
    return [[row["_id"], *(row[name] for name in names)] for row in rows]
