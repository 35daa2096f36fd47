"""Residents by the beginning of their names, in the order of their registration, and by what has changed."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.store.changes import SETTLED_AFTER
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, GRID, Office, office, person
from tests.support.prepared import Prepared
from tests.support.service import ServiceUnderTest

NAMES = ["王小明", "王 小红", "李明", "阿·不都", "Zhang San"]


async def _register(service: ServiceUnderTest) -> list[str]:
    """Import a resident of each name; return their ids in that order."""
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    for n, name in enumerate(NAMES):
        await here.imported(person(n + 1, name=name))
    listed = (await here.clerk.get("/v1/residents", params={"sort": "registered"})).json()["items"]
    return [item["resident_id"] for item in listed]


_registered = Prepared(_register)


async def people(service: MakeService) -> tuple[Office, list[str]]:
    here = await office(service, _registered)
    return here, here.prepared


async def search(here: Office, client: Any = None, **params: Any) -> list[str]:
    """Return the ids of all pages, in order."""
    ids: list[str] = []
    after: str | None = None
    while True:
        if "q" in params:
            body = params | {"cursor": after, "limit": 2}
            answer = await (client or here.clerk).post("/v1/residents/search", json=body)
        else:
            asked = params | {"after": after or "", "limit": 2}
            answer = await (client or here.clerk).get("/v1/residents", params=asked)
        assert answer.status_code == 200, answer.text
        ids += [item["resident_id"] for item in answer.json()["items"]]
        after = answer.json()["next"]
        if after is None:
            return ids


async def test_a_search_by_an_address_still_works_and_names_what_takes_its_place(service: MakeService) -> None:
    here, ids = await people(service)
    answer = await here.clerk.get("/v1/residents", params={"q": "王小明"})
    assert [item["resident_id"] for item in answer.json()["items"]] == ids[:1]
    assert answer.headers["deprecation"].startswith("@")
    assert "/v1/residents/search" in answer.headers["link"]
    assert "deprecation" not in (await here.clerk.get("/v1/residents")).headers


@pytest.mark.parametrize(
    "body",
    [{}, {"q": ""}, {"q": " · "}, {"q": "王", "cursor": "x"}, {"q": "王", "limit": 0}, {"q": "王", "sort": "name"}],
)
async def test_a_search_without_a_beginning_or_with_a_foreign_cursor_is_refused(
    service: MakeService, body: dict[str, Any]
) -> None:
    here = await office(service)
    assert (await here.clerk.post("/v1/residents/search", json=body)).status_code in (400, 422)


@pytest.mark.parametrize(
    ("q", "names"),
    [("王", [0, 1]), ("王小", [0, 1]), ("王小明", [0]), ("小", []), ("ＺＨＡＮＧ s", [4]), ("阿不", [3]), ("明", [])],
)
async def test_residents_are_looked_up_by_the_beginning_of_their_names(
    service: MakeService, q: str, names: list[int]
) -> None:
    here, ids = await people(service)
    assert await search(here, q=q, sort="registered") == [ids[n] for n in names]
    assert set(await search(here, q=q)) == {ids[n] for n in names}
    assert await search(here, here.elsewhere, q=q) == []


async def test_residents_are_listed_from_the_last_registered_to_the_first(service: MakeService) -> None:
    here, ids = await people(service)
    assert await search(here, sort="-registered") == list(reversed(ids))
    assert await search(here, sort="-registered", within=GRID) == list(reversed(ids))


async def test_a_changed_name_matches_and_the_old_one_no_longer(service: MakeService) -> None:
    here, ids = await people(service)
    await here.imported(person(1, name="赵小明"))
    assert await search(here, q="赵") == [ids[0]]
    assert await search(here, q="王") == [ids[1]]


async def test_a_file_of_a_version_without_x_once_it_is_imported_again(service: MakeService) -> None:
    here, ids = await people(service)
    await here.service.database["residents"].update_many({}, {"$unset": {"name_hashes": ""}})
    assert await search(here, q="王") == []
    await here.imported(person(1, name="王小明"))
    assert await search(here, q="王") == [ids[0]]


async def test_a_search_by_name_is_recorded_and_no_name_is_stored_in_clear(service: MakeService) -> None:
    here, _ = await people(service)
    await search(here, q="李")
    rows = await here.service.database["readings"].find({"kind": "search_by_name"}).to_list(None)
    assert rows
    for collection in ("residents", "readings", "outbox"):
        stored = await here.service.database[collection].find().to_list(None)
        text = json.dumps(stored, default=str, ensure_ascii=False)
        assert not [name for name in NAMES if name in text]


async def test_a_reader_gets_the_residents_and_then_only_what_has_changed(service: MakeService) -> None:
    here, ids = await people(service)

    async def changes(after: str) -> Any:
        here.service.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
        return (await here.clerk.get("/v1/residents/changes", params={"after": after})).json()

    first = await changes("")
    assert [item["resident_id"] for item in first["items"]] == ids
    second = await changes(first["next"])
    assert (second["items"], second["more"]) == ([], False)
    care = {"categories": ["disabled"], "keeper_id": "keeper-1"}
    assert (await here.clerk.put(f"/v1/residents/{ids[2]}/care", json=care)).status_code == 200
    third = await changes(second["next"])
    (changed,) = third["items"]
    assert (changed["resident_id"], changed["categories"], changed["left"]) == (ids[2], ["disabled"], False)
    assert (await here.elsewhere.get("/v1/residents/changes")).json()["items"] == []
