"""Every route that shows one thing or a list, for every role: inside the area it is there, outside nothing exists."""

import re
from datetime import timedelta

import pytest

from shared.store.changes import SETTLED_AFTER
from shared.web.access import Role
from tests.access.calling import operations
from tests.access.seeds import SEEDS, Seeded
from tests.access.table import ANYONE, OFFICE, OFFICERS, ROUTES, STAFF
from tests.conftest import MakeService
from tests.support.http import stated
from tests.support.service import AREA

OUTSIDE = "/jinhe/hexi"
STRANGERS = (Role.VOLUNTEER, Role.RESIDENT, Role.OPERATOR)
# Routes that are open to the resident and, of the staff, to those who print codes for others.
DRAWN_BY_THE_OFFICE = {"GET /v1/residents/{resident_id}/code", "GET /v1/residents/{resident_id}/code.svg"}
# Routes whose answer depends on no area: what holds for the city, and the caller's own messages.
NOT_OF_AN_AREA = {
    "GET /v1/risk-regions",
    "GET /v1/risk-regions/{day}",
    "GET /v1/items",
    "GET /v1/notices/{notice_id}",
    "GET /v1/reasons",
    "GET /v1/code-rules",
    "GET /v1/code-rules/examples",
    "GET /v1/code-rules/{rules_id}",
    "GET /v1/lists",
    "GET /v1/messages",
    "GET /v1/welfare/terms",
}
# Lists by what they are about, which may lie in any area: outside the own one they are empty.
LISTS_ABOUT = {"GET /v1/messages/of/{cause}", "GET /v1/messages/about/{subject}"}
PURPOSE = stated("a test of areas")


def url(operation: str, seeded: Seeded) -> str:
    """Return the path of an operation, with the ids of what the service holds."""
    return re.sub(r"\{(\w+)\}", lambda match: seeded.ids[match.group(1)], operation.removeprefix("GET "))


@pytest.mark.parametrize("name", sorted(SEEDS.keys() - {"notification"}))  # that one has lists alone
async def test_one_thing_is_seen_by_staff_of_its_area_and_by_no_one_outside(service: MakeService, name: str) -> None:
    seeded = await SEEDS[name](service)
    wrong, calls = [], 0
    for operation in operations(seeded.made.app):
        names = set(re.findall(r"\{(\w+)\}", operation))
        if not operation.startswith("GET ") or not names or not names <= seeded.ids.keys():
            continue
        path = url(operation, seeded)
        allowed = ROUTES[name][operation]
        seen_by = OFFICE if operation in DRAWN_BY_THE_OFFICE else allowed & (OFFICERS if allowed <= OFFICERS else STAFF)
        for role in sorted(seen_by - {None}, key=str):
            calls += 1
            for area, status in ((AREA, 200), ("/", 200), (OUTSIDE, 404), (AREA + "x", 404)):
                async with seeded.made.client(role, area=area, subject="seeing") as client:
                    answer = await client.get(path, headers=PURPOSE)
                if answer.status_code != status:
                    wrong.append(f"{operation} as {role} of {area}: {answer.status_code}")
        for role in STRANGERS if allowed == ANYONE else ():
            async with seeded.made.client(role, area=AREA, subject="stranger") as client:
                answer = await client.get(path)
            if answer.status_code not in (403, 404):
                wrong.append(f"{operation} as a {role} whom it does not concern: {answer.status_code}")
    assert calls >= len(OFFICE)
    assert not wrong


@pytest.mark.parametrize("name", sorted(SEEDS))
async def test_a_list_of_another_area_holds_nothing_of_this_one(service: MakeService, name: str) -> None:
    seeded = await SEEDS[name](service)
    seeded.made.clock.advance(SETTLED_AFTER + timedelta(seconds=1))  # lists of changes end so long ago
    wrong, filled, asked = [], set(), set()
    for operation, allowed in ROUTES[name].items():
        is_list = "{" not in operation or operation in LISTS_ABOUT
        if not operation.startswith("GET ") or not is_list or operation in NOT_OF_AN_AREA:
            continue
        query = dict(seeded.filters.get(operation, {}))
        for role in sorted((allowed & STAFF) - {None}, key=str):
            for area in (AREA, OUTSIDE):
                async with seeded.made.client(role, area=area, subject="seeing") as client:
                    answer = await client.get(url(operation, seeded), params=query, headers=PURPOSE)
                body = answer.json()
                if answer.status_code != 200 or "items" not in body:
                    continue
                asked.add(operation)
                if body["items"] and area == AREA:
                    filled.add(operation)
                if body["items"] and area == OUTSIDE:
                    wrong.append(f"{operation} as {role}: {len(body['items'])} items")
    assert not wrong
    assert asked == filled, "the area's own lists hold something"
