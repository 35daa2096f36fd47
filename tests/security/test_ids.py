"""What is given as an id is an id: an ID number or any other text is neither stored nor recorded as one."""

from typing import Any

import pytest

from shared.base.ids import new_id
from tests.access.seeds import SEEDS
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.registration.office import office

ID_NUMBER = "11010519491231002X"  # the example of GB 11643
NO_IDS = (ID_NUMBER, ID_NUMBER.lower(), "nobody", "0192F0C1-5A00-7000-8000-00000000000A", "..%2f..", "x" * 65)
# One route of each kind: in the path, in the query, in a list; what is recorded before anything is looked up.
ASKED = {
    "registration": ("/v1/residents/{}", "/v1/residents/{}/standing", "/v1/readings?subject={}"),
    "isolation": ("/v1/cases/{}", "/v1/cases?resident_id={}", "/v1/readings?reader={}"),
    "supply": ("/v1/deliveries/{}", "/v1/deliveries?household_id={}"),
    "checkpoint": ("/v1/passages?resident_id={}", "/v1/contacts?resident_id={}"),
    "notification": ("/v1/messages/of/{}", "/v1/messages/about/{}"),
}
ANY_CODE = {"/v1/readings?subject={}", "/v1/readings?reader={}", "/v1/messages/about/{}"}


@pytest.mark.parametrize("name", SEEDS)
async def test_an_id_number_is_no_id_in_any_service(service: MakeService, name: str) -> None:
    made = (await SEEDS[name](service)).made
    before = await made.database["readings"].count_documents({})
    async with made.client("city", "community", "auditor", area="/") as client:
        for path in ASKED[name]:
            for no_id in NO_IDS[:2] if path in ANY_CODE else NO_IDS:
                answer = await client.get(path.format(no_id))
                assert answer.status_code in (404, 422), (path, no_id, answer.text)
                assert no_id not in answer.text or no_id == "nobody"
    assert await made.database["readings"].count_documents({}) == before


async def test_a_person_or_a_place_named_by_an_id_number_is_refused_in_bodies(service: MakeService) -> None:
    here = await office(service)
    await here.resident()
    contact = await here.clerk.put(f"/v1/contacts/{ID_NUMBER}", json={"phone": "13800000000"})
    keepers = {"keepers": [{"person_id": ID_NUMBER, "duty": "grid_worker"}]}
    keeper = await here.clerk.put("/v1/places/keepers", params={"path": "/jinhe/hedong"}, json=keepers)
    assert {contact.status_code, keeper.status_code} == {422}
    assert await here.service.database["contacts"].count_documents({"_id": ID_NUMBER}) == 0


async def test_an_order_for_an_id_number_is_refused(service: MakeService) -> None:
    here = await town(service)
    for no_id in NO_IDS:
        refused = await here.order(resident_id=no_id)
        assert (refused.status_code, refused.json()["code"]) == (422, "request.invalid"), no_id


@pytest.mark.parametrize("given", [ID_NUMBER, "13800000000", "王伟", "c-1", "a" * 36, ""])
async def test_a_correlation_id_that_is_no_uuid_is_replaced(service: MakeService, given: str) -> None:
    here = await town(service)
    headers: Any = {b"x-correlation-id": given.encode()}
    answer = await here.doctor.get("/v1/cases", headers=headers)
    assert answer.headers["x-correlation-id"] != given
    own = new_id()
    answer = await here.doctor.get("/v1/cases", headers={"x-correlation-id": own.upper()})
    assert answer.headers["x-correlation-id"] == own
