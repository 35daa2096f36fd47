"""A phone that an official replaces, and a member of staff whom another area claims."""

from typing import Any

import httpx

from services.registration.domain.contacts import CLAIM_COUNTS_FOR
from shared.events.registration_acts import ContactReplaced
from tests.conftest import MakeService
from tests.notification import scene
from tests.registration.office import GRID
from tests.registration.resident import Resident, resident
from tests.support.sealers import unwrapped


async def test_the_former_number_is_published_sealed_and_kept(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", subject="worker-1")
    path = f"/v1/contacts/{one.resident_id}"
    assert (await worker.put(path, json={"phone": "13911112222"})).status_code == 204
    (replaced,) = await one.here.service.emitted(ContactReplaced)
    assert (replaced.subject_id, replaced.replaced_by) == (one.resident_id, "worker-1")
    assert "19900000001" in one.here.service.deps.sealer.open(replaced.sealed_before, "contact", one.resident_id)
    (before,) = await one.here.service.database["contacts_before"].find().to_list(None)
    former = await unwrapped(one.here.service.database, one.here.service.deps.sealer, "contacts_before", before)
    assert (before["person_id"], former) == (one.resident_id, replaced.sealed_before)


async def test_a_message_goes_to_the_former_number_too(service: MakeService) -> None:
    town = await scene.notification(service)
    (event,) = [one for one in scene.acts() if isinstance(one, ContactReplaced)]
    (received,) = await town.receive(event)
    former = f"{event.subject_id}#{received.id}"
    written = await scene.read_messages(town)
    assert written == sorted([(event.subject_id, "contact_replaced"), (former, "contact_replaced")])
    contact = await town.database["contacts"].find_one({"_id": former})
    assert contact
    assert contact["sealed"] == event.sealed_before


async def test_the_area_where_a_doctor_answers_for_a_place_decides_and_not_the_first_claim(
    service: MakeService,
) -> None:
    one = await resident(service)
    phone, path = {"phone": "13911112222"}, "/v1/contacts/doctor-wu"
    assert (await one.here.elsewhere.put(path, json=phone)).status_code == 202  # no area has the doctor yet
    assert await one.here.service.deps.store.contacts.get("doctor-wu") is None
    duty = {"keepers": [{"person_id": "doctor-wu", "duty": "doctor"}]}
    assert (await one.here.clerk.put("/v1/places/keepers", params={"path": GRID}, json=duty)).status_code == 200
    assert (await one.here.clerk.put(path, json={"phone": "13800138000"})).status_code == 204
    assert (await one.here.elsewhere.put(path, json=phone)).status_code == 202
    assert (await former(one, "doctor-wu")).status_code == 200
    kept = await one.here.service.deps.store.contacts.get("doctor-wu")
    assert kept.area_path == GRID


async def former(one: Resident, person_id: str, client: Any = None) -> httpx.Response:
    response: httpx.Response = await (client or one.here.clerk).get(f"/v1/contacts/{person_id}/history")
    return response


async def test_a_claim_of_a_colleague_counts_once_an_office_above_both_confirms_it(service: MakeService) -> None:
    one = await resident(service)
    here, path = one.here, "/v1/contacts/doctor-wu"
    claim = (await here.elsewhere.put(path, json={"phone": "13911112222"})).json()
    again = (await here.elsewhere.put(path, json={"phone": "13911112222"})).json()
    assert claim["claim_id"] == again["claim_id"]
    assert "13911112222" not in str(await here.service.database["contact_claims"].find().to_list(None))
    confirm = f"/v1/contacts/claims/{claim['claim_id']}/confirmation"
    peer = here.service.client("community", area=claim["area_path"], subject="office-peer")
    twin = here.service.client("city", area="/", subject=claim["asked_by"].upper())
    district = here.service.client("community", area="/".join(claim["area_path"].split("/")[:3]), subject="district-1")
    answers = [await client.post(confirm) for client in (peer, here.clerk, twin)]
    assert [answer.status_code for answer in answers] == [404, 404, 409]
    assert [row["claim_id"] for row in (await district.get("/v1/contacts/claims")).json()["items"]] == [
        claim["claim_id"]
    ]
    assert [(await district.post(confirm)).status_code for _ in range(2)] == [200, 200]
    assert (await here.elsewhere.put(path, json={"phone": "13911113333"})).status_code == 204
    taken = (await here.clerk.put(path, json={"phone": "13800138000"})).json()
    confirm = f"/v1/contacts/claims/{taken['claim_id']}/confirmation"
    assert (await district.post(confirm)).status_code == 404, "a district is not above both"
    city = here.service.client("city", area="/", subject="city-1")
    assert (await city.post(confirm)).json()["confirmed_by"] == "city-1"
    rows = (await former(one, "doctor-wu")).json()["items"]
    assert [row["phone"] for row in rows] == ["13911112222", "13911113333"]


async def test_a_claim_that_no_office_above_confirms_is_over_after_a_week(service: MakeService) -> None:
    one = await resident(service)
    claim = (await one.here.elsewhere.put("/v1/contacts/doctor-wu", json={"phone": "13911112222"})).json()
    one.here.service.clock.advance(CLAIM_COUNTS_FOR)
    city = one.here.service.client("city", area="/", subject="city-1")
    confirm = f"/v1/contacts/claims/{claim['claim_id']}/confirmation"
    assert (await city.post(confirm)).json()["code"] == "registration.claim_over"
    await one.here.service.due()
    assert (await city.post(confirm)).status_code == 404


async def test_the_former_contacts_are_read_by_the_office_and_the_reading_is_recorded(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", subject="worker-1")
    for phone in ("13911112222", "13911113333"):
        assert (await worker.put(f"/v1/contacts/{one.resident_id}", json={"phone": phone})).status_code == 204
    rows = (await former(one, one.resident_id)).json()["items"]
    assert [(row["phone"], row["replaced_by"]) for row in rows] == [
        ("19900000001", "worker-1"),
        ("13911112222", "worker-1"),
    ]
    assert (await former(one, one.resident_id, one.here.elsewhere)).status_code == 404
    auditor = one.here.service.client("auditor", area="/")
    read = (await auditor.get("/v1/readings", params={"subject": one.resident_id})).json()["items"]
    assert "contact_history" in {row["kind"] for row in read}
