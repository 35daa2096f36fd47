"""Each reading of a health file is recorded with its purpose, and auditors list it (R2.8, R9)."""

from typing import Any

from tests.conftest import MakeService
from tests.isolation.town import AREA, DOCTOR, KEEPER, OFFICE, Town
from tests.isolation.town import isolated as isolated_town
from tests.support.http import stated


async def isolated(service: MakeService) -> Town:
    here = await isolated_town(service)
    here.at(1, 8)
    return here


async def readings(here: Town, **query: Any) -> list[tuple[str, str, str, str]]:
    """Return kind, reader, subject and purpose of the readings that an auditor lists, the newest first."""
    auditor = here.service.client("auditor")
    page = (await auditor.get("/v1/readings", params=query)).json()
    return [(row["kind"], row["reader"], row["subject"], row["purpose"]) for row in page["items"]]


async def test_an_auditor_lists_who_read_a_health_file_and_why(service: MakeService) -> None:
    here = await isolated(service)
    path = f"/v1/cases/{here.case_id}"
    await here.office.get(path, headers=stated("call the family"))
    await here.keeper.get(f"{path}/measurements")
    await here.doctor.get(f"{path}/log")
    assert await readings(here, subject=here.resident_id) == [
        ("case", DOCTOR, here.resident_id, "care of an isolated person"),
        ("measurements", KEEPER, here.resident_id, "care of an isolated person"),
        ("case", OFFICE, here.resident_id, "call the family"),
        ("case", DOCTOR, here.resident_id, "care of an isolated person"),  # the answer to the order
    ]


async def test_a_list_of_an_area_and_the_answer_to_a_step_are_readings_too(service: MakeService) -> None:
    here = await isolated(service)
    await here.office.get("/v1/cases")
    await here.office.get("/v1/measurements")
    await here.office.get("/v1/cases", params={"resident_id": here.resident_id})
    await here.post(here.office, "cancellation", reason="填报有误")
    assert await readings(here, reader=OFFICE) == [
        ("case", OFFICE, here.resident_id, "care of an isolated person"),
        ("case", OFFICE, here.resident_id, "care of an isolated person"),
        ("measurements", OFFICE, AREA, "overview of the area"),
        ("case", OFFICE, AREA, "overview of the area"),
    ]


async def test_a_person_who_reads_the_own_file_and_a_caller_who_sees_none_are_not_recorded(
    service: MakeService,
) -> None:
    here = await isolated(service)
    for path in (f"/v1/cases/{here.case_id}", f"/v1/cases/{here.case_id}/measurements", "/v1/cases"):
        assert (await here.resident.get(path)).status_code == 200
    stranger = here.service.client("volunteer", subject="volunteer-li")
    assert (await stranger.get(f"/v1/cases/{here.case_id}")).status_code == 404
    assert [reader for _, reader, _, _ in await readings(here, subject=here.resident_id)] == [DOCTOR]  # who ordered it


async def test_a_keeper_who_lists_kept_cases_is_recorded_for_each_person(service: MakeService) -> None:
    here = await isolated(service)
    volunteer = here.service.client("volunteer", subject=KEEPER)
    assert len((await volunteer.get("/v1/cases")).json()["items"]) == 1
    assert await readings(here, reader=KEEPER) == [
        ("case", KEEPER, here.resident_id, "care of an isolated person"),
    ]
