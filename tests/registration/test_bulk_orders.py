"""Colours by hand for many: carried out by parts, whatever breaks in between; and all are accounted for (R1.9)."""

from datetime import timedelta

import pytest

from services.registration.domain.orders import PART_SIZE
from services.registration.schemas.orders import MOST
from shared.base.ids import new_id
from shared.web import edge
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, person
from tests.registration.ordering import Officers, officers
from tests.support.service import MORNING

MANY = 2 * PART_SIZE + 5


async def some(service: MakeService) -> Officers:
    return await officers(service, 3)


async def many(service: MakeService) -> Officers:
    """Officers of a community with residents for three parts."""
    return await officers(service, MANY)


async def test_an_order_for_several_takes_two_people_though_it_is_yellow(service: MakeService) -> None:
    here = await some(service)
    order_id = await here.proposed(*here.residents, colour="yellow")
    assert (await here.read_order(order_id))["takes_two"] is True
    assert await here.colours() == ["green"] * 3
    await here.decide(order_id)
    assert await here.colours() == ["yellow"] * 3
    assert {event.evidence for event in await here.published()} == {order_id}


async def test_a_resident_named_twice_is_one_resident(service: MakeService) -> None:
    here = await officers(service)
    order = (await here.propose(*here.residents * 3, colour="yellow")).json()
    assert (order["size"], order["takes_two"], order["applied"]) == (1, False, 1)


async def test_residents_who_are_not_in_the_area_are_named_before_and_after_the_approval(service: MakeService) -> None:
    here = await some(service)
    strangers = [new_id(), new_id()]
    order_id = await here.proposed(*here.residents, *strangers)
    proposed = await here.read_order(order_id)
    assert (proposed["size"], proposed["waiting"], proposed["not_found"]) == (5, 3, strangers)
    approved = (await here.decide(order_id)).json()
    assert (approved["applied"], approved["waiting"], approved["not_found"]) == (3, 0, strangers)
    assert await here.colours() == ["red"] * 3


async def test_the_largest_order_is_taken_however_slow_the_store_is(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await some(service)
    monkeypatch.setattr(edge, "STORE_S", 0.001)
    order_id = await here.proposed(*here.residents, *(new_id() for _ in range(MOST - 3)))
    assert (await here.decide(order_id)).status_code == 200
    assert (await here.liu.get("/v1/colour-orders")).status_code == 503
    monkeypatch.undo()
    await here.here.service.due()
    order = await here.read_order(order_id)
    assert (order["size"], order["applied"], len(order["not_found"])) == (MOST, 3, MOST - 3)


async def test_a_resident_who_moves_away_before_the_approval_is_not_turned_and_named(service: MakeService) -> None:
    here = await some(service)
    elsewhere = COMPOUND.replace(AREA, "/jinhe/hexi/qingshui/c02")
    order_id = await here.proposed(*here.residents)
    await here.here.define(elsewhere, "清水1号院")
    moved = person(2, compound=elsewhere)
    assert (await here.here.imported(moved, client=here.here.city))["changed"] == 1
    approved = (await here.decide(order_id)).json()
    assert (approved["applied"], approved["not_found"]) == (2, [here.residents[1]])
    assert (await here.here.city.get(f"/v1/residents/{here.residents[1]}/standing")).json()["colour"] == "green"


async def test_an_order_for_no_resident_of_the_area_is_refused(service: MakeService) -> None:
    here = await some(service)
    for residents, client in (([new_id(), new_id()], here.liu), (here.residents, here.here.elsewhere)):
        refused = await here.propose(*residents, client=client)
        assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_resident")


async def test_many_are_turned_by_parts_and_the_order_counts_the_rest(service: MakeService) -> None:
    here = await many(service)
    order_id = await here.proposed(*here.residents, colour="yellow")
    approved = (await here.decide(order_id)).json()
    assert (approved["applied"], approved["waiting"]) == (0, MANY)
    town = here.here.service
    await town.deps.deadlines.handle_one(town.parts.deadlines, town.deps)
    partly = await here.read_order(order_id)
    assert partly["applied"] + partly["waiting"] == MANY
    assert 0 < partly["applied"] < MANY
    assert await town.due() == 2
    done = await here.read_order(order_id)
    assert (done["applied"], done["waiting"], done["not_found"]) == (MANY, 0, [])
    assert {event.resident_id for event in await here.published()} == set(here.residents)


async def test_a_part_that_is_done_again_after_a_crash_changes_nothing(service: MakeService) -> None:
    here = await many(service)
    await here.in_force(*here.residents, colour="yellow")
    before = len(await here.published())
    town = here.here.service
    # As if the process had died before it could say that it was done.
    again = {"$set": {"state": "pending", "leased_until": MORNING}}
    await town.database["deadlines"].update_many({"kind": "order.applies"}, again)
    assert await town.due() == 3
    assert len(await here.published()) == before == MANY


async def test_many_are_lifted_by_parts(service: MakeService) -> None:
    here = await many(service)
    order_id = await here.in_force(*here.residents, colour="yellow")
    lifting = (await here.lift(order_id)).json()
    assert lifting["takes_two"] is True
    await here.decide(lifting["order_id"])
    await here.here.service.due()
    assert [event.colour for event in await here.published()] == ["yellow"] * MANY + ["green"] * MANY


async def test_an_order_that_is_lifted_while_it_is_carried_out_leaves_no_code_turned(service: MakeService) -> None:
    here = await many(service)
    order_id = await here.proposed(*here.residents, colour="yellow")
    await here.decide(order_id)
    town = here.here.service
    await town.deps.deadlines.handle_one(town.parts.deadlines, town.deps)
    await here.decide((await here.lift(order_id)).json()["order_id"])
    late = {"kind": "order.applies", "state": "pending"}  # a worker that comes to them only after the lift
    await town.database["deadlines"].update_many(late, {"$set": {"due_at": MORNING + timedelta(hours=1)}})
    assert await town.due() == 3
    await here.after(hours=1)
    standings = await town.database["standings"].distinct("colour")
    assert standings == ["green"]
    assert (await here.read_order(order_id))["waiting"] == 0


@pytest.mark.parametrize("role", ["grid_worker", "volunteer", "resident", "auditor"])
async def test_only_officers_turn_colours_by_hand(service: MakeService, role: str) -> None:
    here = await some(service)
    other = here.here.service.client(role, subject=here.residents[0])
    order_id = await here.proposed()
    for answer in (
        await here.propose(client=other),
        await here.decide(order_id, client=other),
        await here.decide(order_id, "reject", other),
        await here.lift(order_id, other),
        await other.get("/v1/colour-orders"),
        await other.get(f"/v1/colour-orders/{order_id}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")


async def test_outside_their_area_officers_find_no_order(service: MakeService) -> None:
    here = await some(service)
    order_id = await here.proposed()
    other = here.here.elsewhere
    for answer in (
        await here.decide(order_id, client=other),
        await here.decide(order_id, "reject", other),
        await here.lift(order_id, other),
        await other.get(f"/v1/colour-orders/{order_id}"),
        await here.liu.get(f"/v1/colour-orders/{new_id()}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "registration.no_such_order")
    assert (await other.get("/v1/colour-orders")).json() == {"items": [], "next": None}


async def test_orders_are_listed_by_state_a_page_at_a_time(service: MakeService) -> None:
    here = await some(service)
    orders = sorted([await here.proposed() for _ in range(3)] + [await here.in_force(colour="yellow")])
    listed, after = [], ""
    while after is not None:
        page = (await here.here.city.get("/v1/colour-orders", params={"limit": 3, "after": after})).json()
        listed += [one["order_id"] for one in page["items"]]
        after = page["next"]
    assert sorted(listed) == orders
    waiting = (await here.liu.get("/v1/colour-orders", params={"state": "proposed"})).json()["items"]
    assert len(waiting) == 3
    assert {one["state"] for one in waiting} == {"proposed"}
