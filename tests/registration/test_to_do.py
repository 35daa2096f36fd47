"""What waits for an official: one request counts it, and agrees with the lists that the console opens (R1.6, R1.9)."""

from datetime import timedelta
from typing import Any

from tests.conftest import MakeService
from tests.registration.office import TODAY, person
from tests.registration.ordering import officers
from tests.registration.resident import resident
from tests.registration.test_appeals import Appellant

NOTHING = {
    "orders": 0,
    "own_orders": 0,
    "appeals": {"open": 0, "late": 0},
    "journeys_to_confirm": 0,
    "journeys_planned": 0,
    "imports_running": 0,
    "bad_imports": 0,
    "examinations": 0,
}


async def _to_do(client: Any) -> dict[str, Any]:
    answer = await client.get("/v1/to-do")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_area_where_nothing_waits_has_zeros_and_each_role_counts_what_it_may_decide(
    service: MakeService,
) -> None:
    here = (await officers(service)).here
    assert await _to_do(here.clerk) == await _to_do(here.city) == NOTHING
    assert await _to_do(here.elsewhere) == NOTHING
    assert await _to_do(here.service.client("doctor")) == NOTHING | {"examinations": None}
    none = {"orders": None, "own_orders": None, "journeys_to_confirm": None, "examinations": None}
    assert await _to_do(here.service.client("grid_worker")) == NOTHING | none
    assert (await here.service.client("volunteer").get("/v1/to-do")).status_code == 403


async def test_orders_are_counted_by_who_may_decide_them_in_their_area_alone(service: MakeService) -> None:
    here = await officers(service, 3)
    for number in range(2):
        await here.proposed(here.residents[number])
    rejected = await here.proposed(here.residents[2])
    assert (await here.decide(rejected, "reject")).status_code == 200
    counted = [await _to_do(client) for client in (here.liu, here.doctor, here.here.city, here.here.elsewhere)]
    assert [(one["orders"], one["own_orders"]) for one in counted] == [(0, 2), (2, 0), (2, 0), (0, 0)]


async def test_appeals_are_counted_and_so_are_those_that_should_have_been_decided(service: MakeService) -> None:
    here = await officers(service, 2)
    one = Appellant(here)
    for resident_id in here.residents:
        one.resident_id = resident_id
        await here.in_force(resident_id)
        await one.appeal(one.chief)
        await here.after(hours=1)
    assert (await _to_do(here.doctor))["appeals"] == {"open": 2, "late": 0}
    await here.after(days=1, hours=22, minutes=30)
    listed = await one.open_appeals()
    assert (await _to_do(here.doctor))["appeals"] == {"open": len(listed), "late": sum(a["overdue"] for a in listed)}
    assert sum(a["overdue"] for a in listed) == 1


async def test_journeys_that_are_planned_or_wait_for_a_second_person_are_counted(service: MakeService) -> None:
    one = await resident(service)
    await one.declares(TODAY, "hubei/huanggang", one.here.clerk)
    await one.declares(TODAY + timedelta(days=9), "hubei/huanggang")
    counted = await _to_do(one.here.clerk)
    assert (counted["journeys_to_confirm"], counted["journeys_planned"]) == (1, 1)
    await one.after(hours=30)  # the colour has fallen back, and no person decides any longer
    counted = await _to_do(one.here.clerk)
    assert (counted["journeys_to_confirm"], counted["journeys_planned"]) == (0, 1)
    assert (await _to_do(one.here.elsewhere))["journeys_planned"] == 0


async def test_an_import_with_bad_rows_is_counted_once_it_has_ended(service: MakeService) -> None:
    here = (await officers(service)).here
    before = await _to_do(here.clerk)
    await here.imported(person(7), person(8, id_number="1"))
    assert await _to_do(here.clerk) == before | {"bad_imports": 1}
