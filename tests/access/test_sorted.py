"""Every order of every list has the same items, and so have all values of a filter together."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.web.access import Role
from tests.access.seeds import SEEDS, Seeded
from tests.access.table import ROUTES
from tests.conftest import MakeService
from tests.support.http import stated

AREAS = ("/", "/jinhe/hedong")
_ROLES = (Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.AUDITOR)


def lists(document: Mapping[str, Any]) -> Iterator[tuple[str, list[str], dict[str, list[str]]]]:
    """Yield the path of each list, its orders, and the values of its optional filters."""
    for path, methods in document["paths"].items():
        parameters = {one["name"]: one["schema"] for one in methods.get("get", {}).get("parameters", ())}
        if "after" not in parameters:
            continue
        orders = parameters.get("sort", {}).get("enum", [])
        filters = {name: values for name, schema in parameters.items() if (values := _members(document, schema))}
        if len(orders) > 1 or filters:
            yield path, orders, filters


def _members(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    choices = schema.get("anyOf", ())
    if {"type": "null"} not in choices:
        return []
    for choice in choices:
        named = document["components"]["schemas"].get(choice.get("$ref", "").rpartition("/")[2], choice)
        if "enum" in named or "x-known" in named:
            return list(named.get("enum", named.get("x-known")))
    return []


async def items(client: Any, path: str, **params: str) -> set[str]:
    """Return the items of all pages, one a page; none of them comes twice."""
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        wanted = params | {"after": after, "limit": 1}
        answer = await client.get(path, params=wanted, headers=stated("a test of lists"))
        if answer.status_code == 403:
            return set()
        assert answer.status_code == 200, answer.text
        listed += [json.dumps(one, sort_keys=True) for one in answer.json()["items"]]
        after = answer.json()["next"]
    assert len(listed) == len(set(listed))
    return set(listed)


@pytest.mark.parametrize("name", sorted(SEEDS.keys() - {"notification"}))  # a person's messages: test_inbox.py
async def test_every_order_of_a_list_has_the_same_items(service: MakeService, name: str) -> None:
    seeded: Seeded = await SEEDS[name](service)
    tried, differing = set(), []
    for path, orders, filters in lists(seeded.made.app.openapi()):
        operation = f"GET {path}"
        needed = dict(seeded.filters.get(operation, {}))
        for role in set(_ROLES).intersection(ROUTES[name].get(operation, ())):
            for area in AREAS:
                client = seeded.made.client(role, area=area)
                whole = await items(client, path, **needed)
                sets = [await items(client, path, sort=sort, **needed) for sort in orders]
                for key, values in filters.items():
                    sets.append(set().union(*[await items(client, path, **needed, **{key: one}) for one in values]))
                differing += [f"{path} {role} {area}"] if any(one != whole for one in sets) else []
                tried |= {path} if whole else set()
    assert not differing
    assert tried
