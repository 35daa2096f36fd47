"""One form of a page: the cursor is opaque, and counts for the list that gave it alone."""

import base64

import httpx
import pytest
from fastapi import FastAPI

from shared.web.http import add_problem_details
from shared.web.pages import Listed, Page


def app() -> FastAPI:
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

    return made


def client() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://test")


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
