"""A case follows its person when files are merged: the file that stays has it, wherever it was opened (R1.12)."""

from datetime import timedelta

from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events.registration import ResidentsMerged, ResidentsUnmerged
from tests.conftest import MakeService
from tests.isolation.town import DOOR, GRID, Town, alert, isolated

OTHER_DOOR = f"{GRID}/p01/2/1/202"


async def _merged(here: Town) -> str:
    """Merge the file of the case into another person's; return the id of the file that stays."""
    survivor = new_id()
    await here.register(survivor, area_path=OTHER_DOOR)
    await here.service.receive(
        ResidentsMerged(
            resident_id=here.resident_id, household_id=new_id(), area_path=DOOR, left=True, merged_into=survivor
        )
    )
    await here.register(survivor, area_path=OTHER_DOOR)  # what it took over is published too
    return survivor


async def test_the_survivor_has_the_case_its_breaches_and_its_door(service: MakeService) -> None:
    here = await isolated(service)
    survivor = await _merged(here)
    await here.service.receive(alert(survivor))
    case = await here.case()
    assert len(case["breaches"]) == 1
    assert case["handover"]["to_area_path"] == OTHER_DOOR  # the town's tree knows no community of that door
    (event,) = await here.emitted(events.CaseBreached)
    assert event.case_id == here.case_id
    listed = await here.office.get("/v1/cases", params={"resident_id": survivor})
    assert [one["case_id"] for one in listed.json()["items"]] == [here.case_id]
    person = here.service.client("resident", area=OTHER_DOOR, subject=survivor)
    assert (await person.get(f"/v1/cases/{here.case_id}")).status_code == 200


async def test_an_unmerged_file_has_its_case_alone_again(service: MakeService) -> None:
    here = await isolated(service)
    survivor = await _merged(here)
    back = ResidentsUnmerged(resident_id=here.resident_id, household_id=new_id(), area_path=DOOR)
    await here.service.receive(back)
    await here.service.receive(alert(survivor))
    case = await here.case()
    assert (case["breaches"], case["area_path"]) == ([], DOOR)


async def test_no_second_case_opens_on_a_file_that_is_merged_with_one(service: MakeService) -> None:
    here = await isolated(service)
    survivor = await _merged(here)
    start = here.service.clock.at + timedelta(days=1)
    order = {"case_id": new_id(), "resident_id": survivor, "kind": "home", "reason": "doctors_order"}
    order |= {"starts_on": str(start.date()), "length_days": 7}
    refused = await here.doctor.post("/v1/cases", json=order)
    assert refused.status_code == 409, refused.text
