"""Resident files: who sees them, special care, contacts, and personal data that is nowhere in clear (R1.3, R1.4)."""

import asyncio
import json
import logging
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import registration as events
from tests.conftest import MakeService
from tests.registration.office import AREA, GRID, id_number, office, person


async def test_an_id_number_leads_to_its_resident_in_either_case(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, id_number="11010519491231002X"))
    for written in ("11010519491231002X", " 11010519491231002x "):
        answer = await here.clerk.post("/v1/residents/find", json={"id_number": written})
        assert (answer.status_code, answer.json()["name"]) == (200, "王伟1")


async def test_a_resident_of_another_area_is_not_found(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    for answer in (
        await here.elsewhere.post("/v1/residents/find", json={"id_number": id_number(1)}),
        await here.elsewhere.get(f"/v1/residents/{resident_id}"),
        await here.elsewhere.get(f"/v1/residents/{resident_id}/standing"),
        await here.elsewhere.get(f"/v1/residents/{resident_id}/code"),
        await here.elsewhere.put(f"/v1/residents/{resident_id}/care", json={"categories": []}),
        await here.clerk.post("/v1/residents/find", json={"id_number": id_number(2)}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "registration.no_such_resident")
    assert (await here.elsewhere.get("/v1/residents")).json()["items"] == []
    assert (await here.elsewhere.get("/v1/residents", params={"within": GRID})).status_code == 404
    assert (await here.elsewhere.get("/v1/counts")).json() == {"households": 0, "residents": 0}


async def test_a_resident_sees_the_own_file_and_no_other(service: MakeService) -> None:
    here = await office(service)
    first, second = (await here.resident(1))["resident_id"], (await here.resident(2))["resident_id"]
    resident = here.service.client("resident", area=GRID, subject=first)
    assert (await resident.get(f"/v1/residents/{first}")).json()["name"] == "王伟1"
    for path in ("", "/standing", "/standing/history", "/code", "/code.svg"):
        assert (await resident.get(f"/v1/residents/{first}{path}")).status_code == 200
        assert (await resident.get(f"/v1/residents/{second}{path}")).status_code == 404
    assert (await resident.get("/v1/residents")).status_code == 403
    assert (await resident.post("/v1/residents/find", json={"id_number": id_number(2)})).status_code == 403


@pytest.mark.parametrize("role", ["volunteer", "auditor", "operator", "device"])
async def test_who_is_no_staff_sees_no_file(service: MakeService, role: str) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    client = here.service.client(role, area="/")
    assert (await client.get(f"/v1/residents/{resident_id}")).status_code == 404
    assert (await client.get(f"/v1/residents/{resident_id}/code")).status_code == 404


async def test_residents_are_listed_a_page_at_a_time_without_personal_data(service: MakeService) -> None:
    here = await office(service)
    await here.imported(*(person(n) for n in range(1, 8)))
    listed: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = (await here.clerk.get("/v1/residents", params={"limit": 3, "after": after})).json()
        listed += page["items"]
        after = page["next"]
    assert len({one["resident_id"] for one in listed}) == len(listed) == 7
    assert set(listed[0]) == {"resident_id", "household_id", "area_path", "categories"}


async def test_special_care_and_its_keeper_are_set_and_published_once(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    before = len(await here.service.emitted())
    care = {"categories": ["hardship", "disabled", "hardship"], "keeper_id": "volunteer-li"}
    for _ in range(2):
        answer = await here.clerk.put(f"/v1/residents/{resident_id}/care", json=care)
        assert answer.json()["categories"] == ["disabled", "hardship"]
    (event,) = await here.events_since(before)
    assert isinstance(event, events.SpecialCareChanged)
    assert (event.categories, event.keeper_id) == (("disabled", "hardship"), "volunteer-li")


async def test_care_changed_at_the_same_moment_is_never_half_of_each(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    wanted = [{"categories": ["hardship"], "keeper_id": "a"}, {"categories": ["disabled"], "keeper_id": "b"}]
    await asyncio.gather(*(here.clerk.put(f"/v1/residents/{resident_id}/care", json=care) for care in wanted))
    file = await here.find_resident()
    assert {"categories": file["categories"], "keeper_id": file["keeper_id"]} in wanted


@pytest.mark.parametrize(
    "care",
    [
        {"categories": ["superman"]},
        {"categories": "disabled"},
        {"keeper_id": "x"},
        {"categories": [], "keeper_id": ""},
        {"categories": [], "keeper_id": "a b"},
        {"categories": [], "mood": "good"},
    ],
)
async def test_care_that_cannot_be_read_is_refused(service: MakeService, care: dict[str, Any]) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    refused = await here.clerk.put(f"/v1/residents/{resident_id}/care", json=care)
    assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")


async def test_a_contact_is_published_sealed_and_staff_read_it(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    before = len(await here.service.emitted())
    reach = {"phone": "138-0013-8000", "language": "en", "urls": {"email": "mailto://wang@mail.example"}}
    for _ in range(2):
        assert (await here.clerk.put(f"/v1/contacts/{resident_id}", json=reach)).status_code == 204
    event, replaced = await here.events_since(before)
    assert replaced.replaced_by == "office-liu"
    assert "13800138000" not in event.model_dump_json()
    opened = json.loads(here.service.deps.sealer.open(event.sealed, "contact", event.person_id))
    assert opened == {"phone": "13800138000", "urls": {"email": "mailto://wang@mail.example"}}
    file = await here.find_resident()
    assert (event.person_id, event.language, event.area_path) == (resident_id, "en", file["area_path"])
    assert file["phone"] == "13800138000"


async def test_the_office_states_a_colleagues_contact_which_stays_in_its_area(service: MakeService) -> None:
    here = await office(service)
    worker = here.service.client("grid_worker", area=GRID, subject="keeper-01")
    reach = {"phone": "13800138000"}
    assert (await worker.put("/v1/contacts/keeper-01", json=reach)).status_code == 204
    refused = await worker.put("/v1/contacts/doctor-chen", json=reach)
    assert (refused.status_code, refused.json()["code"]) == (403, "registration.not_your_contact")
    doctor = here.service.client("doctor", subject="doctor-chen")
    assert (await doctor.put("/v1/contacts/doctor-chen", json=reach)).status_code == 204
    assert (await here.clerk.put("/v1/contacts/doctor-chen", json={"phone": "13800138001"})).status_code == 204
    taken_over = await here.elsewhere.put("/v1/contacts/doctor-chen", json={"phone": "13911112222"})
    assert (taken_over.status_code, taken_over.json()["confirmed_by"]) == (202, None)


async def test_a_contact_of_a_resident_elsewhere_cannot_be_set(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    before = len(await here.service.emitted())
    refused = await here.elsewhere.put(f"/v1/contacts/{resident_id}", json={"phone": "13800138000"})
    assert (refused.status_code, refused.json()["code"]) == (404, "access.not_found")
    resident = here.service.client("resident", subject=resident_id)
    assert (await resident.put(f"/v1/contacts/{resident_id}", json={"phone": "13800138000"})).status_code == 403
    assert await here.events_since(before) == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"phone": "12"}, 400, "registration.bad_phone"),
        ({"phone": "x" * 41}, 422, "request.invalid"),
        ({"language": "fr"}, 422, "request.invalid"),
        ({"urls": {f"c{n}": "x" for n in range(6)}}, 422, "request.invalid"),
        ({"urls": {"email": "x" * 501}}, 422, "request.invalid"),
        ({"telegram": "x"}, 422, "request.invalid"),
    ],
)
async def test_a_contact_that_cannot_be_is_refused(
    service: MakeService, body: dict[str, Any], status: int, code: str
) -> None:
    here = await office(service)
    refused = await here.clerk.put(f"/v1/contacts/{new_id()}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_personal_data_is_sealed_in_the_store_and_absent_from_events_and_logs(
    service: MakeService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    here = await office(service)
    rows = [person(n, name=f"欧阳晓{n}", card=f"TCM-{n}-77") for n in range(1, 4)]
    await here.imported(*rows, person(4, name="欧阳晓4", phone="12", categories="欧阳晓"))
    resident_id = (await here.find_resident(1))["resident_id"]
    await here.clerk.put(f"/v1/contacts/{resident_id}", json={"phone": "19912345678", "urls": {"sms": "sms://199123"}})
    await here.imported(person(1, name="欧阳大晓"))
    journey = {"journey_id": new_id(), "resident_id": resident_id, "origin_region": "hubei", "plate": "津A5K777"}
    dates = {"departs_on": "2026-02-09", "arrives_on": "2026-02-10"}
    assert (await here.clerk.post("/v1/journeys", json=journey | dates)).status_code == 201
    secret = ["欧阳", "津A5K777", "19912345678", "sms://199123", "TCM-", "1990000000"]
    secret += [id_number(n) for n in range(1, 5)]
    stored = []
    for name in await here.service.database.list_collection_names():
        async for row in here.service.database[name].find():
            carried = [bytes(event["value"]).decode() for event in row.get("events", ())]
            stored.append(f"{row} {carried}")
    places = (
        *(str(row) for row in stored),
        *(event.model_dump_json() for event in await here.service.emitted()),
        *(record.getMessage() + str(vars(record)) for record in caplog.records if record.name != "httpx"),
    )
    assert stored
    for word in secret:
        assert not [place for place in places if word in place], word


async def test_the_same_name_is_sealed_otherwise_each_time_and_opens_with_the_right_key_alone(
    service: MakeService,
) -> None:
    here = await office(service)
    await here.imported(person(1, name="王伟"), person(2, name="王伟"))
    rows = await here.service.database["residents"].find().to_list(None)
    seals = [row["sealed"]["name"] for row in rows]
    assert seals[0] != seals[1]
    one = await here.service.deps.store.residents.get(rows[0]["_id"])
    with pytest.raises(ValueError, match="does not open"):
        here.service.deps.sealer.open(one.sealed.name, "resident.id_number", rows[0]["_id"])
    assert AREA in rows[0]["area_path"]


async def test_texts_of_a_request_take_their_normal_form_and_other_values_are_refused(service: MakeService) -> None:
    here = await office(service)
    await here.resident()
    written = " ".join(id_number(1)).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    answer = await here.clerk.post("/v1/residents/find", json={"id_number": written})
    assert answer.status_code == 200, answer.text
    for value in (17, None, ["x"], {"a": 1}):
        refused = await here.clerk.post("/v1/residents/find", json={"id_number": value})
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid")
    place = {"level": "compound", "code": "p09", "name": " 九\u3000号院\u200b", "parent": GRID}
    assert (await here.clerk.post("/v1/places", json=place)).json()["name"] == "九 号院"
