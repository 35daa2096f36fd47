"""Signing in to the console: code with PKCE, deep links, what is refused, and how sessions end."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from services.console.domain.sessions import digest, local_path
from tests.console.conftest import URL, Browser, Console, refusal

STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="second-factor", max_age="300"'


async def test_a_page_asks_for_a_sign_in_and_is_opened_after_it(console: Console) -> None:
    browser = console.browser()
    page = await browser.open("/orders?state=approved")
    assert (page.status_code, page.url.path, page.url.query) == (200, "/orders", b"state=approved")
    (asked,) = console.provider.asked
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert "刘晓燕" in page.text


async def test_the_cookie_is_kept_from_scripts_and_the_store_holds_no_token_in_clear(console: Console) -> None:
    browser = await console.browser().signed_in()
    (cookie,) = [one for one in browser.client.cookies.jar if one.name == "lastmetre-console"]
    assert cookie.has_nonstandard_attr("HttpOnly")
    row = await console.made.database["sessions"].find_one({})
    assert row
    assert row["_id"] == digest(cookie.value or "")
    clear = [name for name, value in row.items() if isinstance(value, str) and value.startswith("ey")]
    assert (clear, row["access_token"][:3], row["name"][:3]) == ([], "s2.", "s2.")


@pytest.mark.parametrize(
    ("claim", "value"), [("nonce", "another"), ("aud", "another"), ("iss", "http://other"), ("exp", 1)]
)
async def test_an_identity_that_belongs_to_another_sign_in_is_refused(
    console: Console, claim: str, value: object
) -> None:
    console.provider.wrong = {claim: value}
    page = await console.browser("en").open("/")
    assert (page.status_code, "Not signed in" in page.text) == (400, True)
    assert await console.made.database["sessions"].count_documents({}) == 0


async def test_a_sign_in_that_began_in_another_browser_is_refused(console: Console) -> None:
    victim, other = console.browser("en"), console.browser("en")
    begun = await other.client.get("/sign-in")
    code = console.provider.authorize({k: v[0] for k, v in parse_qs(urlsplit(begun.headers["location"]).query).items()})
    parts = urlsplit(code)
    page = await victim.client.get(f"{parts.path}?{parts.query}")
    assert page.status_code == 400
    again = await other.client.get(f"{parts.path}?{parts.query}")
    assert again.status_code == 400, "a sign-in is used once"


async def test_sign_ins_in_two_tabs_of_one_browser_are_both_completed(console: Console) -> None:
    browser = console.browser()
    first, second = await browser.client.get("/sign-in"), await browser.client.get("/sign-in?return_to=/orders")
    for begun, path in ((first, "/"), (second, "/orders")):
        page = await browser.follow(begun)
        assert (page.status_code, page.url.path) == (200, path)


async def test_without_a_provider_a_page_says_what_to_do(console: Console) -> None:
    console.made.deps.provider._settings.oidc_issuer = ""
    page = await console.browser("en").open("/people")
    assert (page.status_code, "OIDC_ISSUER" in page.text) == (503, True)


async def test_a_provider_that_does_not_answer_is_named_as_such(console: Console) -> None:
    console.made.deps.provider._settings.oidc_issuer = "http://127.0.0.1:9"
    page = await console.browser().open("/people")
    assert (page.status_code, "登录服务没有响应" in page.text) == (503, True)


async def test_a_token_is_renewed_before_it_expires_and_once_for_all_requests(console: Console) -> None:
    console.provider.person.life_s = 30  # within the time before which it is renewed
    browser = await console.browser().signed_in()
    before = console.provider.renewals
    console.provider.person.life_s = 3600
    pages = await asyncio.gather(*(browser.client.get("/orders") for _ in range(8)))
    assert {page.status_code for page in pages} == {200}
    assert console.provider.renewals <= before + 1
    assert console.provider.renewals >= 1


async def test_a_session_whose_token_is_renewed_no_longer_ends(console: Console) -> None:
    console.provider.person.life_s = 30
    browser = await console.browser().signed_in()
    console.provider.renews = False
    answer = await browser.client.get("/orders")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?return_to=/orders")
    assert await console.made.database["sessions"].count_documents({}) == 0


@pytest.mark.parametrize("after", [timedelta(minutes=31), timedelta(hours=13)])
async def test_a_session_ends_when_it_is_idle_or_old(console: Console, after: timedelta) -> None:
    browser = await console.browser().signed_in()
    field = "idle_at" if after < timedelta(hours=1) else "ends_at"
    (row,) = await console.made.database["sessions"].find().to_list(None)
    await console.made.database["sessions"].update_one({}, {"$set": {field: row[field] - after}})
    answer = await browser.client.get("/orders")
    assert answer.status_code == 303


async def test_signing_out_ends_the_session_here_and_at_the_provider(console: Console) -> None:
    browser = await console.browser("en").signed_in()
    answer = await browser.post("/sign-out")
    location = urlsplit(answer.headers["location"])
    asked = parse_qs(location.query)
    assert (location.path, asked["post_logout_redirect_uri"]) == ("/end", [f"{URL}/signed-out"])
    assert "id_token_hint" in asked
    page = await browser.follow(answer)
    assert "You are signed out" in page.text
    page = await browser.client.get("/signed-out?state=a-provider-adds-its-own", follow_redirects=True)
    assert "You are signed out" in page.text
    assert (await browser.client.get("/orders")).status_code == 303


async def test_a_person_whose_access_is_revoked_is_signed_out_and_reads_why(console: Console) -> None:
    browser = await console.browser("en").signed_in()
    console.services.answers["GET /v1/colour-orders"] = refusal(401, "access.revoked")
    page = await browser.open("/orders")
    assert "Your access was revoked" in page.text
    assert await console.made.database["sessions"].count_documents({}) == 0


async def test_a_step_up_shows_the_form_again_filled_and_it_is_sent_once_confirmed(console: Console) -> None:
    browser = await console.browser("en").signed_in()
    answers = console.services.answers
    answers["POST /v1/colour-orders"] = refusal(401, "access.step_up", headers={"WWW-Authenticate": STEP_UP})
    sent = await _propose(browser)
    page = await browser.follow(sent)
    asked = console.provider.asked[-1]
    assert (asked["acr_values"], asked["max_age"]) == ("second-factor", "300")
    assert "Nothing has been done yet" in page.text
    for text in (
        "positive test",
        "红" if "红" in page.text else "red",
        'name="resident_id" value="r1"',
        'action="/orders"',
    ):
        assert text in page.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    answers["POST /v1/colour-orders"] = lambda request: httpx.Response(201, content=_order(request))
    done = await browser.client.post("/orders", data=fields, headers={"Origin": URL})
    assert (done.status_code, done.headers["location"]) == (303, "/orders/o1")


async def test_a_form_that_waits_is_not_there_for_another_person(console: Console) -> None:
    browser = await console.browser("en").signed_in()
    refused = refusal(401, "access.step_up", headers={"WWW-Authenticate": STEP_UP})
    console.services.answers["POST /v1/colour-orders"] = refused
    sent = await _propose(browser)
    console.provider.person.subject = "another"
    page = await browser.follow(sent)
    assert (page.status_code, "positive test" in page.text) == (404, False)


async def _propose(browser: Browser) -> httpx.Response:
    fields = {"order_id": "o1", "colour": "red", "reason": "positive test", "until": "2026-02-12T08:00"}
    return await browser.post("/orders", **fields, resident_id="r1")


def _order(request: httpx.Request) -> bytes:
    assert b"positive test" in request.content
    return (
        b'{"order_id":"o1","area_path":"/","colour":"red","reason":"x","until":"2026-02-12T00:00:00Z","size":1,'
        b'"takes_two":true,"lifts":null,"lifted_by":null,"state":"proposed","proposed_by":"me",'
        b'"proposed_at":"2026-02-10T00:00:00Z","expires_at":"2026-02-11T00:00:00Z","decided_by":null,'
        b'"decided_at":null,"decision":"","applied":0,"waiting":1,"not_found":[]}'
    )


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/sign-out", "/a\nb", ""]
)
def test_no_address_outside_is_returned_to(path: str) -> None:
    assert local_path(path) == "/"


def test_a_deep_link_is_returned_to() -> None:
    assert local_path("/cases?state=referred") == "/cases?state=referred"
