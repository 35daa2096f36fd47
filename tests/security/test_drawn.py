"""A code that an official draws for a resident: who may, what is recorded and published, and a random number."""

import pytest

from shared.base.ids import derived_id, new_id
from shared.events.registration_acts import CodeDrawn
from tests.conftest import MakeService
from tests.registration.resident import Resident, resident


async def drawn(one: Resident) -> list[tuple[str, bool]]:
    """Return who drew a code of the resident, and whether on paper."""
    events = await one.here.service.emitted(CodeDrawn)
    assert {event.resident_id for event in events} <= {one.resident_id}
    return [(event.drawn_by, event.printed) for event in events]


@pytest.mark.parametrize("role", ["grid_worker", "doctor"])
async def test_staff_without_the_duty_draw_no_code_and_print_no_card(service: MakeService, role: str) -> None:
    one = await resident(service)
    staff, path = one.here.service.client(role, subject="worker-1"), f"/v1/residents/{one.resident_id}"
    answers = [await staff.get(f"{path}/{name}") for name in ("code", "code.svg")]
    answers.append(await staff.post(f"{path}/printed-codes", json={"card_id": new_id()}))
    assert [answer.status_code for answer in answers] == [403] * 3
    assert await drawn(one) == []


async def test_an_office_s_drawing_is_recorded_and_published_each_time_and_the_own_is_not(service: MakeService) -> None:
    one = await resident(service)
    path = f"/v1/residents/{one.resident_id}"
    own = one.here.service.client("resident", subject=one.resident_id)
    assert (await own.get(f"{path}/code")).status_code == 200
    assert await drawn(one) == []
    for name in ("code", "code.svg"):  # within a minute it is the resident's own code again
        assert (await one.here.clerk.get(f"{path}/{name}")).status_code == 200
    card = {"card_id": new_id()}
    cards = [(await one.here.clerk.post(f"{path}/printed-codes", json=card)).json() for _ in range(2)]
    assert cards[0]["code_id"] == cards[1]["code_id"]
    assert await drawn(one) == [("office-liu", False)] * 2 + [("office-liu", True)]
    auditor = one.here.service.client("auditor", area="/")
    rows = (await auditor.get("/v1/readings", params={"subject": one.resident_id, "reader": "office-liu"})).json()
    assert sorted(row["kind"] for row in rows["items"]) == ["card", "card", "code", "code"]


async def test_a_card_s_number_does_not_follow_from_what_others_know(service: MakeService) -> None:
    one = await resident(service)
    card_id = new_id()
    path = f"/v1/residents/{one.resident_id}/printed-codes"
    number = (await one.here.clerk.post(path, json={"card_id": card_id})).json()["code_id"]
    assert number != derived_id("card", one.resident_id, card_id).replace("-", "")
