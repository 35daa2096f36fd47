"""One form of a page: the cursor is opaque, and counts for the list that gave it alone."""

import base64
from collections.abc import Sequence
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI

from shared.web.http import add_problem_details
from shared.web.pages import Listed, Listing, Page, listed


def app(rows: Sequence[str] = ()) -> FastAPI:
    made = FastAPI()
    add_problem_details(made)

    @made.get("/numbers")
    async def numbers(listing: Listed) -> Page[int]:
        first = int(listing.after or 0)
        rows = list(range(first, min(first + listing.limit, 7)))
        return listing.page(rows, str(rows[-1] + 1) if len(rows) == listing.limit else None)

    @made.get("/others")
    async def others(listing: Listed) -> Page[str]:
        return listing.page([listing.after], None)

    @made.get("/sorted")
    async def in_order(
        listing: Annotated[Listing, listed("size", "-size", "-made_at", searched="name")],
    ) -> Page[str]:
        return listing.page([listing.sort, listing.q], "more")

    @made.get("/short")
    async def short(listing: Listed) -> Page[str]:
        return listing.page(*listing.part(rows, str))

    return made


def client(rows: Sequence[str] = ()) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app(rows)), base_url="http://test")


@pytest.mark.parametrize(
    ("sort", "order"), [("", "size"), ("size", "size"), ("-size", "-size"), ("-made_at", "-made_at")]
)
async def test_a_list_is_in_the_order_that_is_asked_for_or_in_its_usual_one(sort: str, order: str) -> None:
    async with client() as http:
        answer = await http.get("/sorted", params={"sort": sort} if sort else {})
    assert answer.json()["items"] == [order, ""]


@pytest.mark.parametrize("sort", ["weight", "made_at", "+size", "size,-size"])
async def test_another_order_is_refused_with_those_that_are_allowed_in_both_languages(sort: str) -> None:
    async with client() as http:
        answer = await http.get("/sorted", params={"sort": sort})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "request.bad_sort")
    assert problem["allowed"] == ["size", "-size", "-made_at"]
    for text in (problem["detail"], problem["detail_zh"]):
        assert all(order in text for order in problem["allowed"])
    assert "只能取" in problem["detail_zh"]


@pytest.mark.parametrize("asked", [{"sort": "size"}, {"q": "a"}, {"q": ""}])
async def test_a_list_that_is_neither_sorted_nor_searched_refuses_both(asked: dict[str, str]) -> None:
    async with client() as http:
        answer = await http.get("/numbers", params=asked)
    (name,) = asked
    assert (answer.status_code, answer.json()["code"]) == (422, f"request.bad_{name}")


async def test_q_is_in_normal_form() -> None:
    async with client() as http:
        assert (await http.get("/sorted", params={"q": " ＺＨＡＮＧ 三"})).json()["items"] == ["size", "zhang三"]


@pytest.mark.parametrize("q", ["", "  ", "·", "a" * 61])
async def test_a_q_that_is_empty_or_too_long_is_refused_in_both_languages(q: str) -> None:
    async with client() as http:
        answer = await http.get("/sorted", params={"q": q})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["allowed"]) == (422, "request.bad_q", ["name"])
    assert "name" in problem["detail"]
    assert "name" in problem["detail_zh"]


async def test_a_cursor_of_another_order_is_refused_with_the_order_that_it_belongs_to() -> None:
    async with client() as http:
        following = (await http.get("/sorted", params={"sort": "-size"})).json()["next"]
        answer = await http.get("/sorted", params={"after": following})
        right = await http.get("/sorted", params={"after": following, "sort": "-size"})
        unnamed = (await http.get("/sorted")).json()["next"]
        usual = await http.get("/sorted", params={"after": unnamed, "sort": "size"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.other_order")
    assert "sort=-size" in answer.json()["detail"]
    assert "sort=-size" in answer.json()["detail_zh"]
    assert {right.status_code, usual.status_code} == {200}


async def test_only_what_a_list_serves_stands_among_its_parameters() -> None:
    paths = app().openapi()["paths"]
    names = {path: {one["name"] for one in paths[path]["get"]["parameters"]} for path in paths}
    assert names["/numbers"] == {"after", "limit"}
    assert names["/sorted"] == {"after", "limit", "sort", "q"}


async def test_a_short_list_is_walked_and_begun_again_when_its_row_is_gone() -> None:
    rows = list("abcde")
    async with client(rows) as http:
        first = (await http.get("/short", params={"limit": 2})).json()
        second = (await http.get("/short", params={"limit": 3, "after": first["next"]})).json()
        rows.remove("b")
        gone = await http.get("/short", params={"after": first["next"]})
    assert (first["items"], second) == (["a", "b"], {"items": ["c", "d", "e"], "next": None})
    assert (gone.status_code, gone.json()["code"]) == (400, "request.bad_cursor")


async def test_a_list_is_walked_by_its_cursors_to_its_end() -> None:
    items, after = [], ""
    async with client() as http:
        while after is not None:
            page = (await http.get("/numbers", params={"after": after, "limit": 3})).json()
            items += page["items"]
            after = page["next"]
    assert items == list(range(7))


async def test_a_cursor_is_refused_by_every_other_list() -> None:
    async with client() as http:
        following = (await http.get("/numbers", params={"limit": 3})).json()["next"]
        answer = await http.get("/others", params={"after": following})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.bad_cursor")


@pytest.mark.parametrize("after", ["page 2", "3", "%%%", "AAAA", base64.urlsafe_b64encode(b"abc3").decode(), "é" * 40])
async def test_a_text_that_no_page_gave_is_refused(after: str) -> None:
    async with client() as http:
        answer = await http.get("/numbers", params={"after": after})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.bad_cursor")


@pytest.mark.parametrize("limit", ["0", "1001", "many"])
async def test_a_page_has_one_to_a_thousand_items(limit: str) -> None:
    async with client() as http:
        assert (await http.get("/numbers", params={"limit": limit})).status_code == 422
