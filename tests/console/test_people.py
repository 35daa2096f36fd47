"""Searches and exports: no name in an address, and no list with names in a file before it is stated and recorded."""

import json
import re

import httpx
import pytest

from tests.console.answers import ANSWERS, DOOR, LOOKED_UP, RESIDENT
from tests.console.conftest import URL, Browser, Console, refusal

STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="2", max_age="600"'
COMPOUND = "/jinhe/hedong/chunhua/c01/a1/g01/p01"


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


async def _search(browser: Browser, q: str, within: str = "") -> httpx.Response:
    return await browser.follow(await browser.post("/people", q=q, within=within))


def _sent(console: Console, path: str) -> list[dict[str, object]]:
    return [json.loads(one.content) for one in console.services.asked if one.url.path == path]


@pytest.mark.parametrize("typed", ["王伟", "11010519491231002x"])
async def test_what_is_searched_for_stands_in_no_address(answering: Console, typed: str) -> None:
    browser = await answering.browser().signed_in()
    answering.services.asked.clear()
    sent = await browser.post("/people", q=typed, within=COMPOUND)
    page = await browser.follow(sent)
    assert ("=王伟" in page.text, f'value="{typed}"' in page.text) == (True, True)
    addresses = [sent.headers["location"], *(str(one.url) for one in answering.services.asked)]
    addresses += re.findall(r'(?:href|action|hx-\w+)="([^"]*)"', page.text)
    assert [one for one in addresses if typed in httpx.URL(one).path or typed in str(httpx.URL(one).params)] == []


async def test_a_search_asks_by_a_body_and_its_pages_follow(answering: Console) -> None:
    answers = answering.services.answers
    answers["POST /v1/residents/look-up"] = LOOKED_UP | {"next": "cursor-2"}
    browser = await answering.browser("en").signed_in()
    page = await _search(browser, "王", COMPOUND)
    (following,) = re.findall(r'rel="next" href="([^"]*)"', page.text)
    assert (await browser.client.get(following.replace("&amp;", "&"))).status_code == 200
    asked = _sent(answering, "/v1/residents/look-up")
    assert [(one["text"], one["within"], one["cursor"]) for one in asked] == [
        ("王", COMPOUND, None),
        ("王", COMPOUND, "cursor-2"),
    ]


async def test_a_search_is_there_again_when_a_person_goes_back_to_it(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    page = await _search(browser, "王")
    await browser.client.get(f"/people/{RESIDENT}")
    again = await browser.client.get(f"{page.url.path}?{page.url.query.decode()}")
    assert 'value="王"' in again.text


async def test_a_search_of_another_session_is_not_there_and_the_page_says_so(answering: Console) -> None:
    mine, other = await answering.browser("en").signed_in(), await answering.browser("en").signed_in()
    page = await _search(mine, "王")
    theirs = await other.client.get(f"{page.url.path}?{page.url.query.decode()}")
    assert ("The search is kept no longer" in theirs.text, '王"' in theirs.text) == (True, False)


async def test_the_store_holds_a_search_sealed(answering: Console) -> None:
    await _search(await answering.browser().signed_in(), "王伟")
    (row,) = await answering.made.database["kept_forms"].find({}).to_list(None)
    assert "王伟" not in str(row)


async def test_an_area_alone_stays_in_the_address(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    sent = await browser.post("/people", q=" ", within=COMPOUND)
    assert httpx.URL(sent.headers["location"]).params["within"] == COMPOUND
    assert "=王伟" in (await browser.follow(sent)).text


async def test_htmx_gets_the_table_alone(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    headers = {"Origin": URL, "HX-Request": "true", "X-CSRF-Token": await browser.token()}
    sent = await browser.client.post("/people", data={"q": "王"}, headers=headers)
    part = (await browser.client.get(sent.headers["location"], headers=headers)).text
    assert ("<html" in part, "=王伟" in part) == (False, True)


@pytest.mark.parametrize(
    ("path", "fields", "name", "area"),
    [
        ("/people.csv", {"within": COMPOUND}, "residents", COMPOUND),
        ("/people.csv", {"q": "王"}, "residents", DOOR.partition("/a1")[0]),
        ("/cases.csv", {"state": "all"}, "cases", DOOR.partition("/a1")[0]),
    ],
)
async def test_an_export_is_stated_before_any_of_it_is_read(
    answering: Console, path: str, fields: dict[str, str], name: str, area: str
) -> None:
    browser = await answering.browser().signed_in()
    await browser.token()
    answering.services.asked.clear()
    assert (await browser.post(path, **fields)).status_code == 200
    assert _sent(answering, "/v1/exports") == [{"list": name, "area_path": area}]
    paths = [one.url.path for one in answering.services.asked]
    read = [at for at, one in enumerate(paths) if one in ("/v1/residents/names", "/v1/residents/look-up")]
    assert paths.index("/v1/exports") < min(read)


async def test_an_export_asks_for_a_second_factor_and_then_leads_to_its_download(answering: Console) -> None:
    answers = answering.services.answers
    answers["POST /v1/exports"] = refusal(401, "access.step_up_needed", headers={"WWW-Authenticate": STEP_UP})
    browser = await answering.browser("en").signed_in()
    sent = await browser.post("/people.csv", q="王", within=COMPOUND)
    page = await browser.follow(sent)
    assert answering.provider.asked[-1]["acr_values"] == "2"
    assert "the file is downloaded, when you confirm it" in page.text
    (action,) = re.findall(r'method="post" action="(/people[^"]*)"', page.text)
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    assert _sent(answering, "/v1/residents/look-up") == []
    answers["POST /v1/exports"] = {}
    done = await browser.client.post(action, data=fields, headers={"Origin": URL})
    assert done.headers["content-disposition"] == 'attachment; filename="residents.csv"'
    assert "王伟" in done.text
    assert _sent(answering, "/v1/residents/look-up")[0]["within"] == COMPOUND


async def test_an_export_that_is_refused_is_no_file(answering: Console) -> None:
    answering.services.answers["POST /v1/exports"] = refusal(403, "access.forbidden", "ask the office")
    page = await (await answering.browser("en").signed_in()).post("/cases.csv", state="all")
    assert (page.status_code, "ask the office" in page.text, "王伟" in page.text) == (403, True, False)
