"""A sealed text that was changed in the store is shown as unreadable; its list goes on, its record stays as it is."""

import logging

import pytest

from shared.base.ids import new_id
from shared.base.metrics import UNREADABLE as COUNTED
from shared.base.sealing import UNREADABLE, Sealer
from tests.access.seeds import SEEDS
from tests.access.test_sorted import items
from tests.conftest import MakeService
from tests.isolation.town import DOOR, Town, town
from tests.registration.office import office, person, text
from tests.security.test_seals import turns
from tests.support.http import stated

TEXT = "高血压，长期服药"
OTHER = "发热待查"


async def two_cases(here: Town) -> tuple[str, str]:
    """Order two cases and copy the sealed reason of the first into the second; return their ids."""
    assert (await here.order(reason=TEXT)).status_code == 201
    resident, other = new_id(), new_id()
    await here.register(resident, area_path=DOOR)
    assert (await here.order(case_id=other, resident_id=resident, reason=OTHER)).status_code == 201
    cases = here.service.database["cases"]
    first = await cases.find_one({"_id": here.case_id})
    assert first is not None
    await cases.update_one({"_id": other}, {"$set": {"reason": first["reason"]}})
    return here.case_id, other


def counted(field: str) -> float:
    return float(COUNTED.labels(field)._value.get())


async def test_a_list_goes_on_and_shows_what_cannot_be_read(
    service: MakeService, caplog: pytest.LogCaptureFixture
) -> None:
    here = await town(service)
    whole, broken = await two_cases(here)
    before = counted("cases.reason")
    listed = {row["case_id"]: row["reason"] for row in (await here.office.get("/v1/cases")).json()["items"]}
    assert listed == {whole: TEXT, broken: UNREADABLE}
    answer = await here.doctor.get(f"/v1/cases/{broken}")
    assert (answer.status_code, answer.json()["reason"]) == (200, UNREADABLE)
    assert counted("cases.reason") == before + 2
    lines = [line for line in caplog.records if line.levelno == logging.ERROR]
    assert {(line.field, line.record) for line in lines} == {("cases.reason", broken)}  # type: ignore[attr-defined]
    assert TEXT not in caplog.text


async def test_a_record_that_cannot_be_read_is_not_changed(service: MakeService) -> None:
    here = await town(service)
    whole, broken = await two_cases(here)
    before = await here.service.database["cases"].find_one({"_id": broken})
    extension = {"extension_id": new_id(), "days": 2, "reason": "继续观察"}
    for case_id, status in ((broken, 409), (whole, 200)):
        answer = await here.doctor.post(f"/v1/cases/{case_id}/extension", json=extension)
        assert answer.status_code == status, answer.text
        extension |= {"extension_id": new_id()}
    refused = (await here.doctor.post(f"/v1/cases/{broken}/extension", json=extension)).json()
    assert (refused["code"], broken in refused["detail"]) == ("store.unreadable", True)
    assert "运维" in refused["detail_zh"]
    assert await here.service.database["cases"].find_one({"_id": broken}) == before


async def test_due_work_of_such_a_record_waits_until_it_is_mended(service: MakeService) -> None:
    here = await town(service)
    _, broken = await two_cases(here)
    before = await here.service.database["cases"].find_one({"_id": broken})
    here.at(30, 12)
    await here.service.due()
    waiting = {"subject": broken, "state": {"$in": ["pending", "failed"]}, "mistakes": {"$gt": 0}}
    rows = await here.service.database["deadlines"].find(waiting).to_list(None)
    assert {row["state"] for row in rows} == {"pending"}
    assert await here.service.database["cases"].find_one({"_id": broken}) == before


async def test_the_other_records_are_sealed_again(service: MakeService, caplog: pytest.LogCaptureFixture) -> None:
    here = await town(service)
    whole, broken = await two_cases(here)
    cases, sealer = here.service.database["cases"], Sealer(bytes(32))
    foreign = sealer.seal(TEXT, "cases.reason", broken).replace("s2.0.", "s2.7.")
    await cases.update_one({"_id": broken}, {"$set": {"reason": foreign}})
    await cases.update_one({"_id": whole}, {"$set": {"reason": TEXT}})  # as an earlier version left it
    await turns(here.service)
    reasons = {row["_id"]: row["reason"] for row in await cases.find().to_list(None)}
    assert reasons[broken] == foreign
    assert reasons[whole].startswith("s2.0.")
    assert "1 records of cases cannot be read" in caplog.text


async def test_a_name_and_a_phone_that_do_not_open_are_answered_as_such(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, name="王伟"), person(2, name="李娜"))
    database = here.service.database
    one, other = await database["residents"].find().sort("_id", 1).to_list(None)
    await database["residents"].update_one({"_id": other["_id"]}, {"$set": {"sealed.name": one["sealed"]["name"]}})
    await database["contacts"].update_one({"_id": other["_id"]}, {"$set": {"sealed": one["sealed"]["name"]}})
    answer = await here.clerk.get(f"/v1/residents/{other['_id']}", headers=stated("上门核查"))
    assert (answer.json()["name"], answer.json()["phone"]) == (UNREADABLE, UNREADABLE)
    path = f"/v1/contacts/{other['_id']}"
    refused = await here.clerk.put(path, json={"phone": "13800138000", "language": "zh"})
    assert (refused.status_code, refused.json()["code"]) == (409, "store.unreadable")


SCENES: dict[str, tuple[str, str, str]] = {  # a collection, a field with a seal, and the list that shows it
    "registration": ("appeals", "sealed", "/v1/appeals"),
    "checkpoint": ("permits", "sealed", "/v1/visitors"),
}


@pytest.mark.parametrize("name", SCENES)
async def test_the_lists_of_other_services_go_on_too(service: MakeService, name: str) -> None:
    seeded, (collection, field, path) = await SEEDS[name](service), SCENES[name]
    rows = seeded.made.database[collection]
    await rows.update_many({field: {"$gt": ""}}, {"$set": {field: "s2.0.AAAA"}})
    client = seeded.made.client("community", subject="office-7")
    listed = await items(client, path.format(**seeded.ids))
    assert listed
    assert all("cannot be read: ask the operator" in one for one in listed)


async def test_an_import_whose_rows_cannot_be_read_fails_with_what_to_do(service: MakeService) -> None:
    here = await office(service)
    accepted = await here.post(text([person(1)]))
    import_id = accepted.json()["import_id"]
    await here.service.database["import_parts"].update_many({}, {"$set": {"sealed": "s2.0.AAAA"}})
    await here.service.due()
    report = (await here.clerk.get(f"/v1/imports/{import_id}")).json()
    assert report["state"] == "failed"
    assert "send the file again" in report["failure"]
