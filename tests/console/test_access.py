"""Who gets in: no page without a session, no form that the console's own page did not send."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from services.console.routes import ROUTERS
from services.console.routes.files import addresses
from shared.base.ids import new_id
from tests.console.answers import ANSWERS
from tests.console.conftest import URL, Console

OPEN = {"/sign-in", "/sign-in/callback", "/signed-out", "/language/{chosen}", "/static/{name}", "/favicon.ico"}
OPEN |= {"/static/{digest}/{name}"}


def _routes(method: str) -> Iterator[str]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            if method in route.methods and route.path not in OPEN:
                yield re.sub(r"\{\w+\}", lambda _: new_id(), route.path)


async def test_every_page_asks_for_a_sign_in_first(console: Console) -> None:
    browser = console.browser()
    paths = list(_routes("GET"))
    assert len(paths) >= 15
    for path in paths:
        answer = await browser.client.get(path)
        assert answer.status_code in (303, 422), path
        if answer.status_code == 303:
            assert answer.headers["location"] == f"/sign-in?return_to={path}"
    assert console.services.asked == []


async def test_every_form_asks_for_a_sign_in_first(console: Console) -> None:
    for path in _routes("POST"):
        answer = await console.browser().client.post(path, data={"csrf": "x"}, headers={"Origin": URL})
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?return_to=/"), path


async def test_no_form_is_accepted_that_our_own_page_did_not_send(console: Console) -> None:
    browser = await console.browser("en").signed_in()
    other = await console.browser("en").signed_in()
    mine, theirs = await browser.token(), await other.token()
    before = len(console.services.asked)
    paths = list(_routes("POST"))
    assert len(paths) >= 12
    for path in paths:
        for token, origin in (("", URL), ("x", URL), (theirs, URL), (mine, "http://127.0.0.1:9"), (mine, "null")):
            answer = await browser.client.post(path, data={"csrf": token}, headers={"Origin": origin})
            assert (answer.status_code, "did not come from this page" in answer.text) == (403, True), (path, origin)
    assert len(console.services.asked) == before


async def test_a_form_from_another_site_is_refused_where_the_browser_names_no_origin(console: Console) -> None:
    browser = await console.browser().signed_in()
    data, headers = {"csrf": await browser.token()}, {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.client.post("/sign-out", data=data, headers=headers)).status_code == 403


async def test_services_are_asked_with_the_persons_own_token_language_and_correlation_id(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    console.services.asked.clear()
    identity = new_id()
    await browser.client.get("/people", headers={"X-Correlation-Id": identity})
    assert len(console.services.asked) >= 3
    for request in console.services.asked:
        assert request.headers["authorization"].startswith("Bearer ey")
        assert (request.headers["accept-language"], request.headers["x-correlation-id"]) == ("en", identity)


async def test_every_answer_forbids_foreign_scripts_frames_and_copies(console: Console) -> None:
    browser = await console.browser().signed_in()
    for path in ("/", "/people/none", "/static/console.css", "/sign-in", "/no/such/page"):
        headers = (await browser.client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy, path
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_a_page_names_static_files_by_the_hash_of_their_content(console: Console) -> None:
    page = (await (await console.browser().signed_in()).client.get("/orders/new")).text
    named = set(re.findall(r'(?:src|href)="(/static/[^"]*)"', page))
    assert named == set(addresses().values())


async def test_no_page_holds_a_script_or_a_style_of_its_own_or_a_foreign_address(console: Console) -> None:
    console.services.answers |= ANSWERS
    page = (await (await console.browser().signed_in()).client.get("/")).text
    assert re.findall(r"<script(?![^>]* src=\"/static/)|<style|style=|\son\w+=|https?://", page) == []


@pytest.mark.parametrize("name", ["htmx.js", "console.js", "console.css", "icon.svg"])
async def test_static_files_need_no_sign_in(console: Console, name: str) -> None:
    browser = console.browser()
    address = addresses()[name]
    kept = await browser.client.get(address, headers={"Accept-Encoding": "gzip"})
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (kept.headers["content-encoding"], kept.headers["vary"]) == ("gzip", "Accept-Encoding")
    plain = await browser.client.get(address, headers={"Accept-Encoding": "identity"})
    assert ("content-encoding" in plain.headers, plain.content == kept.content) == (False, True)
    for other in (f"/static/{name}", f"/static/{'0' * 16}/{name}"):
        answer = await browser.client.get(other)
        assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, kept.content, "no-store")
    assert (await browser.client.get(f"{address}x")).headers["cache-control"] == "no-store"
    assert (await console.browser().client.get("/static/..%2Fmain.py")).status_code == 404
