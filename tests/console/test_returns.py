"""Approvals of returns in the console: what each lacks, who may sign, and what is sent (R1.7)."""

import json
from typing import Any

import pytest

from tests.console.answers import ANSWERS
from tests.console.conftest import Browser, Console, refusal
from tests.console.movement_answers import JOURNEY, OF_RETURN, RETURN

PATH = f"/v1/returns/{RETURN}"
FORM = {"unit": "u", "reason": "r", "number": "1"}
SIGN = "Sign for the departure"


@pytest.fixture
async def browser(console: Console) -> Browser:
    """A clerk's browser, whose services answer."""
    console.services.answers |= ANSWERS
    return await console.browser("en").signed_in()


@pytest.mark.parametrize(
    ("role", "more", "signs"),
    [
        ("community", {}, True),
        ("grid_worker", {}, False),
        ("community", {"missing": ["code", "departure_signature"], "code": None}, False),
        ("community", {"state": "approved", "missing": []}, False),
    ],
)
async def test_an_office_signs_once_the_documents_are_there(
    console: Console, role: str, more: dict[str, Any], signs: bool
) -> None:
    console.services.answers |= ANSWERS | {f"GET {PATH}": OF_RETURN | more}
    console.provider.person.roles = (role,)
    page = (await (await console.browser("en").signed_in()).client.get(f"/returns/{RETURN}")).text
    assert (SIGN in page, "&lt;b&gt;红星厂" in page, "The person has arrived" in page) == (signs, True, True)


async def test_the_list_names_what_each_return_lacks(browser: Browser) -> None:
    page = (await browser.client.get("/returns")).text
    assert ("signature of the departure" in page, f"/returns/{RETURN}" in page) == (True, True)


@pytest.mark.parametrize(
    ("path", "step", "fields", "body"),
    [
        ("sign", "signatures", {"side": "departure"}, {"side": "departure"}),
        (
            "form",
            "parts",
            {"unit": "u", "reason": "r", "number": "1"},
            {"form": dict(unit="u", reason="r", number="1")},
        ),
        ("code", "parts", {"code_id": "K7"}, {"code_id": "K7"}),
        ("refuse", "refusal", {"reason": "not so"}, {"reason": "not so"}),
    ],
)
async def test_each_step_is_sent_and_a_refusal_stands_on_the_page(
    console: Console, browser: Browser, path: str, step: str, fields: dict[str, str], body: dict[str, Any]
) -> None:
    console.services.answers[f"POST {PATH}/{step}"] = OF_RETURN
    answer = await browser.post(f"/returns/{RETURN}/{path}", **fields)
    assert answer.headers["location"] == f"/returns/{RETURN}"
    sent = [one for one in console.services.asked if one.method == "POST"]
    assert json.loads(sent[-1].content) == body
    console.services.answers[f"POST {PATH}/{step}"] = refusal(409, "x", "请另一方签字")
    refused = await browser.post(f"/returns/{RETURN}/{path}", **fields)
    assert (refused.status_code, "请另一方签字" in refused.text) == (409, True)


async def test_the_approval_is_asked_for_from_the_journey_and_the_arrival_is_stated(
    console: Console, browser: Browser
) -> None:
    console.services.answers |= {"POST /v1/returns": OF_RETURN, f"POST {PATH}/arrival": OF_RETURN}
    asked = await browser.post("/returns", journey_id=JOURNEY)
    assert asked.headers["location"] == f"/returns/{RETURN}"
    assert (await browser.post(f"/returns/{RETURN}/arrive")).headers["location"] == f"/returns/{RETURN}"
