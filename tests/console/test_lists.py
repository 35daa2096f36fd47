"""Searches by what a person types, lists of cases by filters and pages, and the name of the person's area."""

import json
import re
from typing import Any

import httpx
import pytest

from tests.console.answers import ANSWERS, DOOR, OF_CASE
from tests.console.conftest import Console, refusal

AREA = DOOR.partition("/a1")[0]


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


async def test_what_is_typed_goes_to_one_search_in_a_body_and_the_page_says_what_it_was_taken_for(
    answering: Console,
) -> None:
    browser = await answering.browser("en").signed_in()
    for typed in ("5678", "3-2-501", "wxm", "11010519491231002X"):
        page = await browser.follow(await browser.post("/people", q=typed))
        assert ("=王伟" in page.text, "**************002X" in page.text) == (True, True)
        assert "Looked for: a name in pinyin or by its initials" in re.sub(r"<[^>]*>", "", page.text)
        sent = [one for one in answering.services.asked if one.url.path == "/v1/residents/look-up"]
        assert json.loads(sent[-1].content)["text"] == typed
    assert not [one for one in answering.services.asked if one.url.path == "/v1/residents/names"]


async def test_a_search_that_a_service_refuses_says_what_to_type(answering: Console) -> None:
    text = "A door is looked up in 20 compounds at most"
    answering.services.answers["POST /v1/residents/look-up"] = refusal(400, "registration.search_compound", text)
    browser = await answering.browser("en").signed_in()
    page = await browser.follow(await browser.post("/people", q="3-2"))
    assert (page.status_code, text in page.text) == (200, True)


async def test_a_list_of_cases_is_narrowed_by_the_service_and_its_pages_follow(answering: Console) -> None:
    asked_for: list[dict[str, str]] = []

    def listed(request: httpx.Request) -> httpx.Response:
        asked_for.append(dict(request.url.params))
        following = None if "after" in request.url.params else "cursor-2"
        return httpx.Response(200, json={"items": [OF_CASE] * 50, "next": following})

    answering.services.answers["GET /v1/cases"] = listed
    browser = await answering.browser("en").signed_in()
    query = "state=second&whose=mine&keeper=keeper-7&within=/jinhe/p01&ends=2"
    page = (await browser.client.get(f"/cases?{query}")).text
    (following,) = re.findall(r'rel="next" href="([^"]*)"', page)
    first = {"second": "true", "mine": "true", "keeper_id": "keeper-7", "within": "/jinhe/p01", "sort": "ends_on"}
    assert first.items() <= asked_for[0].items()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", asked_for[0]["ends_until"])
    assert (await browser.client.get(following.replace("&amp;", "&"))).status_code == 200
    assert asked_for[1] == asked_for[0] | {"after": "cursor-2"}
    for fields in (r'<option value="/jinhe/p01" selected>', r'<option value="2" selected>', 'value="keeper-7"'):
        assert fields in page
    assert (await browser.client.get("/cases?state=all&ends=x")).status_code == 200
    assert (asked_for[2]["only_open"], "ends_until" in asked_for[2], "state" in asked_for[2]) == ("false", False, False)


async def test_a_page_that_is_short_although_more_follow_is_filled_up(answering: Console) -> None:
    answers: list[dict[str, Any]] = [
        {"items": [OF_CASE], "next": "c1"},
        {"items": [], "next": "c2"},
        {"items": [OF_CASE], "next": None},
    ]

    def listed(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=answers[int(request.url.params.get("after", "c0")[1])])

    answering.services.answers["GET /v1/cases"] = listed
    page = (await (await answering.browser("en").signed_in()).client.get("/cases?state=second")).text
    assert page.count("keeper-g01</td>") == 2


async def test_the_head_of_a_page_names_the_persons_area_once_looked_up(answering: Console) -> None:
    place = {"path": AREA, "name": "春华社区", "level": "community"}
    answering.services.answers["GET /v1/places"] = {"items": [place], "next": None}
    browser = await answering.browser().signed_in()
    answering.services.asked.clear()
    page = (await browser.client.get("/orders")).text
    assert f'<span title="{AREA}">春华社区</span>' in page
    assert [one.url.path for one in answering.services.asked if one.url.path == "/v1/places"] == []


async def test_an_area_whose_name_has_no_answer_stands_as_its_path(answering: Console) -> None:
    answering.services.answers["GET /v1/places"] = refusal(503, "store.unavailable")
    page = await (await answering.browser().signed_in()).client.get("/orders")
    assert (page.status_code, f">{AREA}</span>" in page.text) == (200, True)
