"""A row about a person who is registered elsewhere: one answer for every reason; the person's own office decides."""

import json
from typing import Any

from shared.events.registration import ResidentMoved
from shared.events.registration_acts import RowsToExamine
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, Office, office, person
from tests.registration.test_changes import changed, history

THERE = "/jinhe/hexi/qingshui/c02/a1/g01/p09"
REASON = {"reason": "迁出已核实"}


async def scene(service: MakeService) -> Office:
    """An office with one resident with a card, and another area that has a compound and no residents."""
    here = await office(service)
    await here.define(THERE, "清水院")
    await here.imported(person(1, card="TCM-0001", categories="残疾"))
    return here


async def claim(here: Office, *rows: Any) -> dict[str, Any]:
    """Import rows in the other area; return the report."""
    return await here.imported(*rows, client=here.elsewhere)


async def waiting(here: Office, client: Any = None, **params: str) -> list[dict[str, Any]]:
    answer = await (client or here.clerk).get("/v1/examinations", params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def decide(here: Office, examination_id: str, decision: str = "accept", client: Any = None) -> Any:
    path = f"/v1/examinations/{examination_id}/{decision}"
    return await (client or here.clerk).post(path, json=REASON)


def answer_of(report: dict[str, Any]) -> dict[str, Any]:
    """What the report tells, without what differs from import to import."""
    return {name: value for name, value in report.items() if name not in ("import_id", "file")}


async def test_every_reason_for_an_examination_gets_one_answer(service: MakeService) -> None:
    here = await scene(service)
    await claim(here, person(7, compound="清水院"))
    mine = (await here.find_resident(7))["resident_id"]
    link = {"person_id": "office-own"}
    assert (await here.city.put(f"/v1/residents/{mine}/staff", json=link)).status_code == 200
    own = here.service.client("community", area=here_area(), subject="office-own")
    reports = [
        await claim(here, person(1, compound="清水院")),  # is registered elsewhere
        await claim(here, person(2, compound="清水院", card="TCM-0001")),  # has a card of a person elsewhere
        await here.imported(person(7, compound="清水院", categories="残疾"), client=own),  # lives in the own household
    ]
    assert answer_of(reports[0]) == answer_of(reports[1]) == answer_of(reports[2])
    (problem,) = reports[0]["problems"]
    assert (problem["column"], reports[0]["rejected"]) == ("整行 row", 1)
    for word in ("registered", "another person", "holds", "c01", "王伟"):
        assert word not in problem["problem"]
    assert (await here.elsewhere.post("/v1/residents/find", json={"id_number": person(1)[5]})).status_code == 404


def here_area() -> str:
    return "/jinhe/hexi/qingshui/c02"


async def test_the_home_office_learns_once_a_day_and_the_row_waits_sealed(service: MakeService) -> None:
    here = await scene(service)
    row = person(1, compound="清水院", name="王伟", phone="19911112222")
    for _ in range(2):
        await claim(here, row, person(1, name=""))
    (notice,) = await here.service.emitted(RowsToExamine)
    assert (notice.area_path, notice.resident_id) == ("/jinhe/hedong/chunhua/c01", None)
    (asked,) = await waiting(here)
    assert (asked["resident_id"], asked["state"]) == ((await here.find_resident(1))["resident_id"], "open")
    assert await waiting(here, here.elsewhere) == []
    path = f"/v1/examinations/{asked['examination_id']}"
    assert (await here.elsewhere.get(path)).status_code == 404
    row = (await here.clerk.get(path)).json()
    assert (row["name"], row["door"], row["phone"]) == ("王伟", f"{THERE}/1/2/101", "19911112222")
    (stored,) = await here.service.database["examinations"].find().to_list(None)
    assert [one for one in ("王伟", "19911112222") if one in json.dumps(stored, default=str, ensure_ascii=False)] == []
    readings = await here.service.database["readings"].find({"kind": "examination"}).to_list(None)
    assert asked["resident_id"] in {one["subject"] for one in readings}


async def test_what_the_home_office_accepts_is_applied_with_what_was_before(service: MakeService) -> None:
    here = await scene(service)
    await claim(here, person(1, compound="清水院"))
    (asked,) = await waiting(here)
    assert (await decide(here, asked["examination_id"])).status_code == 200
    assert (await decide(here, asked["examination_id"])).status_code == 200  # again
    moved = await here.find_resident(1)
    assert moved["area_path"] == f"{THERE}/1/2/101"
    (event,) = await here.service.emitted(ResidentMoved)
    assert event.area_path == moved["area_path"]
    (change,) = await history(here, moved["resident_id"], here.city)
    assert (change["act"], change["by"], change["reason"]) == ("examination", "office-liu", REASON["reason"])
    assert change["examination_id"] == asked["examination_id"]
    assert changed(change) == {"area_path": (f"{COMPOUND}/1/2/101", f"{THERE}/1/2/101")}


async def test_a_refused_row_changes_nothing_and_the_sender_gets_no_answer(service: MakeService) -> None:
    here = await scene(service)
    report = await claim(here, person(1, compound="清水院"))
    before = await here.find_resident(1)
    (asked,) = await waiting(here)
    assert (await decide(here, asked["examination_id"], "refuse")).status_code == 200
    assert await here.find_resident(1) == before
    assert (await decide(here, asked["examination_id"])).json()["code"] == "registration.examined"
    again = (await here.elsewhere.get(f"/v1/imports/{report['import_id']}")).json()
    assert again == report
    (row,) = await waiting(here, state="refused")
    assert row["decision"] == REASON["reason"]


async def test_the_official_who_sent_a_row_does_not_decide_on_it(service: MakeService) -> None:
    here = await scene(service)
    await claim(here, person(1, compound="清水院"))
    (asked,) = await waiting(here)
    sender = here.service.client("city", area="/", subject=asked["asked_by"])
    refused = await decide(here, asked["examination_id"], client=sender)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.own_row")


async def test_a_card_is_passed_on_by_the_office_of_the_person_who_holds_it(service: MakeService) -> None:
    here = await scene(service)
    await claim(here, person(2, compound="清水院", card="TCM-0001"))
    (asked,) = await waiting(here)
    assert (await decide(here, asked["examination_id"])).status_code == 200
    first, second = await here.find_resident(1), await here.find_resident(2)
    cards = {one["_id"]: one["card_hashes"] async for one in here.service.database["residents"].find()}
    assert (cards[first["resident_id"]], len(cards[second["resident_id"]])) == ([], 1)
    (given_up,) = await history(here, first["resident_id"])
    assert (given_up["act"], list(changed(given_up))) == ("examination", ["card_hashes"])


async def test_an_official_does_not_change_the_own_household_by_an_import(service: MakeService) -> None:
    here = await scene(service)
    mine = (await here.find_resident(1))["resident_id"]
    assert (await here.city.put(f"/v1/residents/{mine}/staff", json={"person_id": "office-liu"})).status_code == 200
    same = await here.imported(person(1, card="TCM-0001", categories="残疾"))
    assert same["unchanged"] == 1
    assert (await here.imported(person(1, categories="独居老人")))["rejected"] == 1
    assert (await here.find_resident(1))["categories"] == ["disabled"]
    (asked,) = await waiting(here)
    colleague = here.service.client("community", subject="office-zhao")
    assert (await decide(here, asked["examination_id"])).json()["code"] == "access.own_decision"
    assert (await decide(here, asked["examination_id"], client=colleague)).status_code == 200
    assert (await here.find_resident(1))["categories"] == ["elderly_alone"]


async def test_single_changes_tell_nothing_of_a_person_elsewhere(service: MakeService) -> None:
    here = await scene(service)
    await claim(here, person(7, compound="清水院"))
    elsewhere, mine = [(await here.find_resident(n))["resident_id"] for n in (1, 7)]
    worker = here.service.client("grid_worker", area=here_area(), subject="worker-9")
    phone = {"phone": "13911112222"}
    unknown = elsewhere[:-4] + "0000"
    known, other = [await worker.put(f"/v1/contacts/{one}", json=phone) for one in (elsewhere, unknown)]
    answers = [one.json() | {"correlation_id": one.status_code} for one in (known, other)]
    assert answers[0] == answers[1]
    card = {"card": "TCM-0001", "reason": "在院内拾得"}
    refused = await here.elsewhere.post(f"/v1/residents/{mine}/cards", json=card)
    assert refused.status_code == 409
    for word in ("person", "holds", "outside"):
        assert word not in refused.json()["detail"]
