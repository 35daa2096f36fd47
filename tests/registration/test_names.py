"""Names for a list, in one call: of the caller's own area alone, and each reading recorded."""

from services.registration.schemas.residents import MOST_NAMES
from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.registration.office import AREA, office, person


async def test_names_doors_in_words_and_phones_come_in_one_call(service: MakeService) -> None:
    here = await office(service)
    first, second = [(await here.resident(serial))["resident_id"] for serial in (1, 2)]
    answer = await here.clerk.post("/v1/residents/names", json={"resident_ids": [first, second, new_id()]})
    assert answer.status_code == 200, answer.text
    named = {one["resident_id"]: one for one in answer.json()["items"]}
    assert set(named) == {first, second}
    assert (named[first]["name"], named[first]["phone"]) == ("王伟1", "19900000001")
    assert named[first]["door"] == "春华1号院 1-2-101"
    assert named[first]["area_path"].startswith(AREA)


async def test_names_outside_the_callers_area_are_left_out(service: MakeService) -> None:
    here = await office(service)
    resident_id = (await here.resident())["resident_id"]
    answer = await here.elsewhere.post("/v1/residents/names", json={"resident_ids": [resident_id]})
    assert answer.json() == {"items": []}


async def test_each_name_that_is_looked_up_is_a_reading_with_its_purpose(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1), person(2))
    ids = [(await here.find_resident(serial))["resident_id"] for serial in (1, 2)]
    stated = {"Lastmetre-Purpose": "evening%20round"}
    await here.clerk.post("/v1/residents/names", json={"resident_ids": ids}, headers=stated)
    auditor = here.service.client("auditor", area="/")
    for resident_id in ids:
        readings = (await auditor.get("/v1/readings", params={"subject": resident_id})).json()["items"]
        (reading,) = [one for one in readings if one["kind"] == "names"]
        assert (reading["reader"], reading["purpose"]) == ("office-liu", "evening round")


async def test_more_names_than_a_list_has_are_refused(service: MakeService) -> None:
    here = await office(service)
    ids = [new_id() for _ in range(MOST_NAMES + 1)]
    answer = await here.clerk.post("/v1/residents/names", json={"resident_ids": ids})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
