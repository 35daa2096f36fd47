"""A resident has one open case at most, and another after it: also in a store that an earlier version has filled."""

import asyncio

import pytest

from shared.base.ids import new_id
from shared.events import isolation as events
from tests.conftest import MakeService
from tests.isolation.town import TODAY, Town, isolated, journey, town

OLD_INDEX = {"unique": True, "partialFilterExpression": {"open": True}, "name": "one_open"}


async def claims(here: Town) -> dict[str, str]:
    """Return the holder of each claim."""
    return {row["_id"]: row["holder"] async for row in here.service.database["claims"].find()}


async def order_new(here: Town) -> int:
    """Order another case for the resident; return the status of the answer."""
    case_id = new_id()
    answer = await here.order(case_id=case_id)
    if answer.status_code == 201:
        here.case_id = case_id
    else:
        assert answer.json()["code"] == "isolation.case_open"
    return answer.status_code


async def cancel(here: Town) -> None:
    """Withdraw the case."""
    assert (await here.post(here.office, "cancellation", reason="认错了人")).status_code == 200


async def old_index(here: Town) -> None:
    """Make the index that an earlier version had."""
    await here.service.database["cases"].create_index("resident_id", **OLD_INDEX)


async def in_the_old_form(service: MakeService, here: Town) -> Town:
    """Return the town after an upgrade from a version that knew no claims and had an index in their place."""
    database = here.service.database
    await database["claims"].drop()
    await old_index(here)
    there = await town(service)
    there.resident_id, there.case_id = here.resident_id, here.case_id
    return there


async def test_case_follows_case_and_each_has_the_claim_while_it_is_open(service: MakeService) -> None:
    here = await town(service)
    for _ in range(4):
        assert await order_new(here) == 201
        assert await claims(here) == {f"open_case/{here.resident_id}": here.case_id}
        assert await order_new(here) == 409
        await cancel(here)
        assert await claims(here) == {}


async def test_a_release_frees_the_resident_too(service: MakeService) -> None:
    here = await isolated(service, 7)
    await here.report_all(1, 7)
    assert (await here.post(here.office, "release")).status_code == 200
    assert await claims(here) == {}
    again = await here.order(case_id=new_id(), starts_on="2026-02-17")
    assert again.status_code == 201, again.text


async def test_of_orders_at_the_same_moment_one_wins_each_time(service: MakeService) -> None:
    here = await town(service)
    for turn in range(1, 4):
        assert sorted(await asyncio.gather(*(order_new(here) for _ in range(5)))) == [201, 409, 409, 409, 409]
        assert len(await here.emitted(events.CaseOpened)) == turn
        await cancel(here)


async def test_an_open_case_from_before_there_were_claims_blocks_another_and_ends_as_ever(service: MakeService) -> None:
    here = await isolated(service)
    here = await in_the_old_form(service, here)
    assert "one_open" not in await here.service.database["cases"].index_information()
    assert [await order_new(here), await order_new(here)] == [409, 409]
    await here.service.receive(journey(here.resident_id, TODAY))
    assert len(await here.emitted(events.CaseOpened)) == 1
    await cancel(here)
    for _ in range(2):
        assert await order_new(here) == 201
        assert await order_new(here) == 409
        await cancel(here)
    assert await claims(here) == {}


async def test_a_case_that_ended_under_the_index_blocks_none_once_the_index_is_gone(service: MakeService) -> None:
    here = await town(service)
    await old_index(here)
    await here.order()
    await cancel(here)  # the fast server keeps the old entry of a unique index
    here = await in_the_old_form(service, here)
    assert await order_new(here) == 201


@pytest.mark.parametrize("orders", [1, 4])
async def test_a_claim_that_an_earlier_version_left_blocks_no_case(service: MakeService, orders: int) -> None:
    here = await isolated(service)
    left = await claims(here)
    await cancel(here)
    await here.service.database["claims"].insert_many([{"_id": key, "holder": left[key]} for key in left])
    answers = await asyncio.gather(*(order_new(here) for _ in range(orders)))
    assert sorted(answers) == [201] + [409] * (orders - 1)
    assert await claims(here) == {f"open_case/{here.resident_id}": here.case_id}
