"""A case follows the place of its door, and no community hands it over to itself (R1.1, R3.1)."""

import pytest

from shared.events import isolation as events
from shared.events.registration_moves import ResidentRelocated
from tests.conftest import MakeService
from tests.isolation.moving import NEW, Moving, isolated
from tests.isolation.town import DOOR
from tests.support.place_moves import move_began
from tests.support.service import AREA


async def relocated(here: Moving, household_id: str, new: str) -> None:
    facts = {"resident_id": here.resident_id, "household_id": household_id, "area_path": new}
    await here.service.receive(ResidentRelocated(**facts))


@pytest.mark.parametrize("resident_first", [True, False])
async def test_the_case_is_at_the_new_path_with_its_measurements_whichever_event_comes_first(
    service: MakeService, resident_first: bool
) -> None:
    here = await isolated(service)
    (opened,) = await here.service.emitted(events.CaseOpened)
    household_id = opened.household_id
    new = DOOR.replace(AREA, f"{NEW}x")
    if resident_first:
        await relocated(here, household_id, new)
    await here.service.receive(move_began(AREA, f"{NEW}x"))
    for _ in range(100):
        if not await here.service.deps.deadlines.handle_one(
            {name: one for name, one in here.service.parts.handlers.items() if name == "places.relocate"},
            here.service.deps,
        ):
            break
    if not resident_first:
        await relocated(here, household_id, new)
    seen = (await here.city.get(f"/v1/cases/{here.case_id}")).json()
    assert (seen["area_path"], seen["handover"]) == (new, None)
    assert await here.published() == ["CaseOpened", "CaseRelocated"]
    (event,) = await here.service.emitted(events.CaseRelocated)
    assert (event.area_path, event.household_id) == (new, household_id)
    rows = await here.service.database["measurements"].find({"case_id": here.case_id}).to_list(None)
    assert {row["area_path"] for row in rows} == {new}
