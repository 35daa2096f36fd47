"""Every route that shows one thing or a list, for every role: inside the area it is there, outside nothing exists."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

import pytest

from shared.base.ids import new_id
from shared.web.access import Role
from tests.access.calling import operations
from tests.access.table import ANYONE, OFFICE, OFFICERS, ROUTES, STAFF
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.registration.resident import TODAY, resident
from tests.supply.town import deliveries, open_case, supply
from tests.support.service import AREA, ServiceUnderTest

OUTSIDE = "/jinhe/hexi"
STRANGERS = (Role.VOLUNTEER, Role.RESIDENT, Role.OPERATOR)


class Seeded(NamedTuple):
    """A service that holds one of each thing, and the ids of those by the names of path parameters."""

    made: ServiceUnderTest
    ids: Mapping[str, str]


async def isolation(service: MakeService) -> Seeded:
    here = await town(service)
    assert (await here.order()).status_code == 201
    return Seeded(here.service, {"case_id": here.case_id})


async def registration(service: MakeService) -> Seeded:
    person = await resident(service)
    clerk = person.here.service.client("community", subject="clerk")
    journey_id = await person.declares(TODAY)
    order_id = new_id()
    until = person.here.service.clock.now().replace(microsecond=0)
    order = {
        "order_id": order_id,
        "resident_ids": [person.resident_id],
        "colour": "yellow",
        "reason": "接触史待核实",
        "until": until.replace(day=until.day + 1).isoformat(),
    }
    answer = await clerk.post("/v1/colour-orders", json=order)
    assert answer.status_code == 201, answer.text
    imports = (await clerk.get("/v1/imports")).json()["items"]
    ids = {"resident_id": person.resident_id, "journey_id": journey_id, "order_id": order_id}
    return Seeded(person.here.service, ids | {"import_id": imports[0]["import_id"]} if imports else ids)


async def goods(service: MakeService) -> Seeded:
    made = await supply(service, flour=5, milk=5, disinfectant=5)
    await made.receive(open_case(new_id()))
    (kit,) = await deliveries(made)
    return Seeded(made, {"delivery_id": kit["delivery_id"]})


SEEDS: dict[str, Callable[[MakeService], Awaitable[Seeded]]] = {
    "registration": registration,
    "isolation": isolation,
    "supply": goods,
}
# Routes whose answer depends on no area.
NOT_OF_AN_AREA = {"GET /v1/risk-regions/{day}", "GET /v1/items", "GET /v1/notices/{notice_id}"}


@pytest.mark.parametrize("name", sorted(SEEDS))
async def test_one_thing_is_seen_by_staff_of_its_area_and_by_no_one_outside(service: MakeService, name: str) -> None:
    made, ids = await SEEDS[name](service)
    wrong, calls = [], 0
    for operation in operations(made.app):
        names = set(re.findall(r"\{(\w+)\}", operation))
        if not operation.startswith("GET ") or not names or not names <= ids.keys():
            continue
        path = re.sub(r"\{(\w+)\}", lambda match: ids[match.group(1)], operation.removeprefix("GET "))
        allowed = ROUTES[name][operation]
        seen_by = allowed & (OFFICERS if allowed <= OFFICERS else STAFF)
        for role in sorted(seen_by - {None}, key=str):
            calls += 1
            for area, status in ((AREA, 200), ("/", 200), (OUTSIDE, 404), (AREA + "x", 404)):
                async with made.client(role, area=area, subject="seeing") as client:
                    answer = await client.get(path, params={"purpose": "a test of areas"})
                if answer.status_code != status:
                    wrong.append(f"{operation} as {role} of {area}: {answer.status_code}")
        for role in STRANGERS if allowed == ANYONE else ():
            async with made.client(role, area=AREA, subject="stranger") as client:
                answer = await client.get(path)
            if answer.status_code not in (403, 404):
                wrong.append(f"{operation} as a {role} whom it does not concern: {answer.status_code}")
    assert calls >= len(OFFICE)
    assert not wrong


@pytest.mark.parametrize("name", sorted(SEEDS))
async def test_a_list_of_another_area_holds_nothing_of_this_one(service: MakeService, name: str) -> None:
    made, _ = await SEEDS[name](service)
    wrong, filled = [], set()
    for operation, allowed in ROUTES[name].items():
        if not operation.startswith("GET ") or "{" in operation or operation in NOT_OF_AN_AREA:
            continue
        for role in sorted((allowed & STAFF) - {None}, key=str):
            for area in (AREA, OUTSIDE):
                async with made.client(role, area=area, subject="seeing") as client:
                    answer = await client.get(operation.removeprefix("GET "), params={"purpose": "a test of areas"})
                items = answer.json().get("items", []) if answer.status_code == 200 else []
                if items and area == AREA:
                    filled.add(operation)
                if items and area == OUTSIDE:
                    wrong.append(f"{operation} as {role}: {len(items)} items")
    assert filled, "the area's own lists hold something"
    assert not wrong
