"""Deliveries over HTTP on a real store: seen, handed over, failed, withdrawn (R4.5)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events import supply as events
from shared.store.mongo import Document
from tests.conftest import MakeService
from tests.supply.town import (
    OTHER_AREA,
    PLENTY,
    TODAY,
    assign,
    cancelled,
    deliveries,
    hand_over,
    open_case,
    resident,
    stock,
    supply,
)
from tests.support.service import AREA, ServiceUnderTest

KIT = ("flour", "milk", "disinfectant")
TOMORROW = str(TODAY + timedelta(days=1))


async def planned(town: ServiceUnderTest, household_id: str = "", **more: Any) -> Document:
    """Return the kit of a household that has just been isolated."""
    case = open_case(household_id or new_id(), **more)
    await town.receive(case)
    (kit,) = await deliveries(town, household_id=case.household_id)
    return kit


async def test_a_kit_is_handed_over_at_the_door(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    await assign(town, kit["delivery_id"], "volunteer-9")
    async with town.client("volunteer", subject="volunteer-9") as volunteer:
        answer = await volunteer.post(f"/v1/deliveries/{kit['delivery_id']}/handover", json={"left_at": "门口鞋柜上"})
    row = answer.json()
    assert (row["state"], row["confirmed_by"], row["left_at"]) == ("handed_over", "volunteer-9", "门口鞋柜上")
    (event,) = await town.emitted(events.DeliveryHandedOver)
    assert (event.confirmed_by, event.contactless, event.handed_over_at) == ("volunteer-9", True, town.clock.now())
    assert "门口" not in event.model_dump_json()
    issued = await town.emitted(events.StockIssued)
    assert sorted((event.item, event.quantity, event.on_hand, event.reserved) for event in issued) == [
        (item, 1, 59, 0) for item in sorted(KIT)
    ]
    assert await stock(town) == {item: (59 if item in KIT else 60, 0) for item in PLENTY}


async def test_a_hand_over_that_is_confirmed_again_gives_the_same_answer(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    await assign(town, kit["delivery_id"], "volunteer-9")
    first = await hand_over(town, kit["delivery_id"])
    town.clock.advance(timedelta(hours=1))
    async with town.client("volunteer", subject="volunteer-9") as another:
        again = await another.post(f"/v1/deliveries/{kit['delivery_id']}/handover", json={})
    unseen = {"resident_ids": [], "case_ids": []}  # a volunteer does not learn who is isolated
    assert (again.status_code, again.json()) == (200, first | unseen)
    assert len(await town.emitted(events.DeliveryHandedOver)) == 1
    assert (await stock(town))["milk"] == (59, 0)


async def test_a_hand_over_that_is_confirmed_by_two_at_once_counts_once(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    answers = await asyncio.gather(*[hand_over(town, kit["delivery_id"]) for _ in range(6)])
    assert all(answer == answers[0] for answer in answers)
    assert (await stock(town))["milk"] == (59, 0)


async def test_a_failed_delivery_stays_reserved_and_is_due_again(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    report = {"reason": "nobody_home", "retry_on": TOMORROW, "note": "敲门无人应"}
    async with town.client("grid_worker", subject="keeper-01") as keeper:
        answer = await keeper.post(f"/v1/deliveries/{kit['delivery_id']}/failure", json=report)
        again = await keeper.post(f"/v1/deliveries/{kit['delivery_id']}/failure", json=report)
    row = answer.json()
    assert (row["state"], row["due_on"]) == ("planned", TOMORROW)
    assert row["failures"] == [report | {"reported_by": "keeper-01"}]
    assert again.json() == row
    (event,) = await town.emitted(events.DeliveryFailed)
    assert (event.failure, str(event.due_on)) == ("nobody_home", TOMORROW)
    assert "敲门" not in event.model_dump_json()
    assert (await stock(town))["milk"] == (60, 1)
    await hand_over(town, kit["delivery_id"])
    assert (await stock(town))["milk"] == (59, 0)


@pytest.mark.parametrize(
    ("report", "status", "code"),
    [
        ({"reason": "nobody_home", "retry_on": "2026-02-09"}, 400, "supply.retry_date"),
        ({"reason": "nobody_home", "retry_on": "2026-03-09"}, 400, "supply.retry_date"),
        ({"reason": "dog", "retry_on": TOMORROW}, 422, "request.invalid"),
        ({"reason": "nobody_home"}, 422, "request.invalid"),
        ({"reason": "nobody_home", "retry_on": TOMORROW, "by": "me"}, 422, "request.invalid"),
    ],
)
async def test_a_failure_that_cannot_be_meant_is_refused(
    service: MakeService, report: dict[str, str], status: int, code: str
) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    async with town.client("grid_worker") as keeper:
        answer = await keeper.post(f"/v1/deliveries/{kit['delivery_id']}/failure", json=report)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await town.emitted(events.DeliveryFailed) == []


async def test_what_waits_or_is_closed_can_neither_be_handed_over_nor_fail(service: MakeService) -> None:
    town = await supply(service)
    waiting = await planned(town)
    withdrawn = open_case(new_id())
    await town.receive(withdrawn, cancelled(withdrawn))
    (closed,) = await deliveries(town, state="cancelled")
    async with town.client("grid_worker") as keeper:
        for row, code in ((waiting, "supply.delivery_waits"), (closed, "supply.delivery_closed")):
            path = f"/v1/deliveries/{row['delivery_id']}"
            handed = await keeper.post(f"{path}/handover", json={})
            failed = await keeper.post(f"{path}/failure", json={"reason": "refused", "retry_on": TOMORROW})
            assert {handed.status_code, failed.status_code} == {409}
            assert {handed.json()["code"], failed.json()["code"]} == {code}


async def test_the_office_withdraws_a_delivery_and_its_goods_are_free(service: MakeService) -> None:
    town = await supply(service, milk=5)
    person = resident(new_id())
    await town.receive(person)
    stated = {"need_id": new_id(), "item": "milk", "quantity": 3}
    async with town.client("resident", subject=person.resident_id) as phone:
        need = (await phone.post("/v1/needs", json=stated)).json()
    path = f"/v1/deliveries/{need['delivery_id']}/withdrawal"
    async with town.client("community", subject="office-liu") as office:
        answer = await office.post(path, json={"note": "搬走了"})
        again = await office.post(path, json={"note": "搬走了"})
    row = answer.json()
    assert (row["state"], row["cancelled_by"], row["cancel_note"]) == ("cancelled", "office-liu", "搬走了")
    assert again.json() == row
    assert [event.reason for event in await town.emitted(events.DeliveryCancelled)] == [events.CancelReason.WITHDRAWN]
    assert [event.need_id for event in await town.emitted(events.NeedRefused)] == [stated["need_id"]]
    assert await stock(town) == {"milk": (5, 0)}


async def test_what_was_handed_over_cannot_be_withdrawn(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    await hand_over(town, kit["delivery_id"])
    async with town.client("community") as office:
        answer = await office.post(f"/v1/deliveries/{kit['delivery_id']}/withdrawal", json={"note": "误报"})
    assert (answer.status_code, answer.json()["code"]) == (409, "supply.delivery_closed")


ROLES = ["city", "community", "grid_worker", "volunteer", "doctor", "resident", "auditor", "device"]


@pytest.mark.parametrize("role", ROLES)
async def test_grid_workers_and_volunteers_deliver_and_the_office_withdraws(service: MakeService, role: str) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    path = f"/v1/deliveries/{kit['delivery_id']}"
    await assign(town, kit["delivery_id"], "carrier-1")
    async with town.client(role, subject="carrier-1") as client:
        failed = await client.post(f"{path}/failure", json={"reason": "no_access", "retry_on": TOMORROW})
        handed = await client.post(f"{path}/handover", json={})
        withdrawn = await client.post(f"{path}/withdrawal", json={"note": "误报"})
    carries = role in ("grid_worker", "volunteer", "community")
    assert (failed.status_code, handed.status_code) == ((200, 200) if carries else (403, 403))
    assert (withdrawn.status_code != 403) == (role in ("city", "community"))


async def test_outside_the_own_area_every_delivery_is_unknown(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    kit = await planned(town)
    path = f"/v1/deliveries/{kit['delivery_id']}"
    for area in (OTHER_AREA, f"{AREA}/a1/g0"):
        async with town.client("grid_worker", "community", area=area) as stranger:
            answers = [
                await stranger.get(path),
                await stranger.post(f"{path}/handover", json={}),
                await stranger.post(f"{path}/failure", json={"reason": "refused", "retry_on": TOMORROW}),
                await stranger.post(f"{path}/withdrawal", json={"note": "误报"}),
            ]
            assert (await stranger.get("/v1/deliveries")).json()["items"] == []
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.json()["code"] for answer in answers} == {"supply.no_such_delivery"}
    assert (await deliveries(town))[0]["state"] == "planned"


async def test_a_resident_sees_the_own_households_deliveries_alone(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    own, other = await planned(town), await planned(town)
    person = resident(own["household_id"])
    await town.receive(person)
    async with town.client("resident", subject=person.resident_id) as phone:
        listed = (await phone.get("/v1/deliveries")).json()["items"]
        asked = (await phone.get("/v1/deliveries", params={"household_id": other["household_id"]})).json()["items"]
        own_answer = await phone.get(f"/v1/deliveries/{own['delivery_id']}")
        hidden = await phone.get(f"/v1/deliveries/{other['delivery_id']}")
    assert [row["delivery_id"] for row in listed] == [own["delivery_id"]]
    assert (asked, own_answer.status_code, hidden.status_code) == ([], 200, 404)


async def test_deliveries_are_listed_by_state_kind_and_household(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    first, second = await planned(town), await planned(town)
    await hand_over(town, first["delivery_id"])
    ids = {row["delivery_id"] for row in await deliveries(town, state="planned", kind="isolation_kit")}
    assert ids == {second["delivery_id"]}
    assert await deliveries(town, kind="weekly_care") == []
    (row,) = await deliveries(town, household_id=first["household_id"])
    assert row["state"] == "handed_over"
    async with town.client("community") as office:
        assert (await office.get("/v1/deliveries", params={"state": "lost"})).status_code == 422


async def test_a_list_of_deliveries_is_paged_by_key_and_loses_nothing(service: MakeService) -> None:
    town = await supply(service, **PLENTY)
    await town.receive(*[open_case(new_id()) for _ in range(7)])
    listed: list[str] = []
    after: str | None = ""
    async with town.client("grid_worker") as worker:
        while after is not None:
            page = (await worker.get("/v1/deliveries", params={"after": after, "limit": 3})).json()
            listed += [row["delivery_id"] for row in page["items"]]
            after = page["next"]
    assert sorted(listed) == sorted(row["delivery_id"] for row in await deliveries(town))


async def test_an_unknown_delivery_is_not_found(service: MakeService) -> None:
    town = await supply(service)
    async with town.client("grid_worker") as keeper:
        answer = await keeper.post(f"/v1/deliveries/{new_id()}/handover", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "supply.no_such_delivery")


async def test_every_route_is_described_with_a_summary_and_a_response(service: MakeService) -> None:
    town = await supply(service)
    async with town.client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    routes = [operation for path, methods in paths.items() if path.startswith("/v1/") for operation in methods.values()]
    assert len(routes) == 24
    for route in routes:
        answer = route["responses"].get("200") or route["responses"]["201"]
        assert route["description"]
        assert answer["content"]["application/json"]["schema"]
