"""Documents that a later or an earlier version has written are read, and what this version does not know stays."""

from collections.abc import Awaitable, Callable

import pytest

from shared.base.ids import new_id
from shared.events.registration import ResidentMoved
from tests.conftest import MakeService
from tests.isolation.town import DOOR, Town, isolated, town
from tests.support.later_version import add_field, add_to_parts, ids, lacking, lost_from_parts, readers


async def extends(here: Town) -> None:
    assert (await here.extend(3)).json()["ends_on"] == "2026-02-27"


async def reports_and_waives(here: Town) -> None:
    here.at(1, 13)
    assert (await here.report(36.6)).status_code == 201
    slots = [{"day": "2026-02-11", "half_day": "morning"}]
    assert (await here.post(here.doctor, "waivers", slots=slots, cause="other")).status_code == 201


async def reads_the_log(here: Town) -> None:
    assert (await here.extend(3)).status_code == 200
    lines = (await here.doctor.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert [line["what"] for line in lines] == ["CaseOpened", "CaseExtensionAsked", "CaseConfirmed", "CaseExtended"]


async def moves(here: Town) -> None:
    moved = ResidentMoved(resident_id=here.resident_id, household_id=new_id(), area_path=DOOR, categories=("alone",))
    await here.service.receive(moved)
    resident = await here.service.deps.residents.get(here.resident_id)
    assert (resident.household_id, resident.categories) == (moved.household_id, ("alone",))


SAVED_BY: dict[str, Callable[[Town], Awaitable[None]]] = {
    "cases": extends,
    "measurements": reports_and_waives,
    "case_log": reads_the_log,
    "residents": moves,
}


async def test_the_table_has_every_reader(service: MakeService) -> None:
    here = await town(service)
    assert readers(here.service.deps.store) | {"residents"} == SAVED_BY.keys()


@pytest.mark.parametrize("collection", SAVED_BY)
async def test_a_field_of_a_later_version_is_read_over_and_stays(service: MakeService, collection: str) -> None:
    here = await isolated(service)
    database = here.service.database
    there = await ids(database, collection)
    assert await add_field(database, collection) == len(there) > 0
    parts = await add_to_parts(database, here.service.deps.store, collection)
    await SAVED_BY[collection](here)
    assert await lacking(database, collection, there) == 0
    assert await lost_from_parts(database, collection, parts) == []


@pytest.mark.parametrize("revision", ["0191d3a0-0000-7000-8000-000000000000", 7, None])
async def test_a_case_of_an_earlier_version_is_read_and_changed(service: MakeService, revision: object) -> None:
    here = await isolated(service)
    change = {"$set": {"revision": revision}} if revision else {"$unset": {"revision": ""}}
    await here.service.database["cases"].update_one({"_id": here.case_id}, change)
    await extends(here)
    stored = await here.service.database["cases"].find_one({"_id": here.case_id})
    assert stored is not None
    assert isinstance(stored["revision"], int)


async def test_a_report_keeps_what_a_later_version_added_to_earlier_reports(service: MakeService) -> None:
    here = await isolated(service)
    here.at(1, 8)
    await here.report(36.4)
    rows = here.service.database["measurements"]
    await rows.update_one({"reported_at": {"$ne": None}}, {"$set": {"history.0.device": "ear"}})
    await here.report(36.8)
    stored = await rows.find_one({"reported_at": {"$ne": None}})
    assert stored is not None
    assert [(one["temperature_c"], one.get("device")) for one in stored["history"]] == [(36.4, "ear"), (36.8, None)]


async def test_a_case_in_a_state_of_a_later_version_is_open_and_unchanged(service: MakeService) -> None:
    here = await isolated(service)
    await here.service.database["cases"].update_one({"_id": here.case_id}, {"$set": {"state": "transferred"}})
    assert (await here.case())["state"] == "transferred"
    page = (await here.office.get("/v1/cases")).json()
    assert [case["case_id"] for case in page["items"]] == [here.case_id]
    assert (await here.extend(3)).json()["code"] == "isolation.closed"
    assert (await here.order(case_id=new_id())).json()["code"] == "isolation.case_open"
    here.at(20, 18)
    await here.service.due()
    assert (await here.case())["state"] == "transferred"
