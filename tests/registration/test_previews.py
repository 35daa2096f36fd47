"""What a roster would do, before it is accepted: every bad row, the first rows, and nothing stored (R1.12)."""

from tests.conftest import MakeService
from tests.registration.office import HEADING, office, person, text, xlsx


async def test_a_preview_names_every_bad_row_and_stores_nothing(service: MakeService) -> None:
    here = await office(service)
    content = xlsx([person(1), person(2, id_number="123"), person(3, compound="nowhere")], (*HEADING, "备注"))
    before = (await here.clerk.get("/v1/imports")).json()
    answer = await here.post(content, "residents/preview")
    assert answer.status_code == 200, answer.text
    preview = answer.json()
    assert (preview["rows"], preview["sound"]) == (3, 1)
    assert {(one["row"], one["column"]) for one in preview["problems"]} == {(3, "身份证号"), (4, "小区")}
    assert preview["unknown_columns"] == ["备注"]
    assert (preview["headings"][0], preview["sample"][0][0]) == ("小区", "春华1号院")
    assert (await here.clerk.get("/v1/imports")).json() == before
    assert (await here.clerk.get("/v1/counts")).json() == {"households": 0, "residents": 0}


async def test_a_preview_of_places_is_for_the_office(service: MakeService) -> None:
    here = await office(service)
    content = text([("district", "hexi", "河西区", "/jinhe")], ("Level", "Code", "Name", "Parent"))
    assert (await here.post(content, "places/preview", here.city)).json()["sound"] == 1
    doctor = here.service.client("doctor")
    assert (await here.post(content, "places/preview", doctor)).status_code == 403
    places = (await here.city.get("/v1/places")).json()["items"]
    assert "/jinhe/hexi" not in {place["path"] for place in places}


async def test_a_file_that_is_wrong_as_a_whole_has_no_preview(service: MakeService) -> None:
    here = await office(service)
    answer = await here.post(b"\x00\x01", "residents/preview")
    assert (answer.status_code // 100, "problems" in answer.json()) == (4, False)
