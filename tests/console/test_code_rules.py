"""Rules of the health code in the console: read by staff, proposed and approved by two officials of the city (R1.9)."""

import json

import httpx
import pytest

from tests.console.conftest import Console, refusal
from tests.console.movement_answers import OF_RULES, PAGES, RULES


@pytest.fixture
def answering(console: Console) -> Console:
    from tests.console.answers import ANSWERS

    console.services.answers |= ANSWERS
    console.provider.person.roles = ("city",)
    return console


FORM = {"rules_id": RULES, "since": "2099-02-10T08:00", "title": "新十条", "source": "2022-12-07"}
LINES = {"isolation_colour": "yellow", "risk_travel_colour": "green", "fever_colour": "red", "fever_days": "3"}


async def test_rules_are_tables_and_what_waits_is_approved_by_another_official_of_the_city(answering: Console) -> None:
    answering.provider.person.subject = "city-zhao"
    page = (await (await answering.browser("en").signed_in()).client.get("/code-rules")).text
    assert ("&lt;b&gt;新十条" in page, "until the isolation ends" in page, "3 days" in page) == (True, True, True)
    assert "Nothing gives a colour but an order by hand." in page
    assert f'action="/code-rules/{RULES}/approve"' in page
    for subject, role in (("city-wang", "city"), ("doctor-chen", "doctor")):
        answering.provider.person.subject, answering.provider.person.roles = subject, (role,)
        page = (await (await answering.browser("en").signed_in()).client.get("/code-rules")).text
        assert "/approve" not in page, subject
        assert ("/code-rules/new" in page) is (role == "city")


async def test_a_table_is_proposed_as_it_was_typed_and_a_refusal_stands_beside_it(
    answering: Console,
) -> None:
    asked = []

    def propose(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        return httpx.Response(201, json=OF_RULES)

    browser = await answering.browser("en").signed_in()
    answering.services.answers["POST /v1/code-rules"] = propose
    page = await browser.post("/code-rules", **FORM, **LINES)
    assert (page.status_code, page.headers["location"]) == (303, "/code-rules")
    assert asked[0]["since"].startswith("2099-02-10T08:00:00+08:00")
    assert asked[0]["rules"] == [
        {"kind": "isolation", "colour": "yellow"},
        {"kind": "risk_travel", "colour": "green"},
        {"kind": "fever", "colour": "red", "days": 3},
    ]
    answering.services.answers["POST /v1/code-rules"] = refusal(400, "registration.rules_days", "needs days")
    page = await browser.post("/code-rules", **FORM, **LINES)
    assert (page.status_code, "needs days" in page.text, 'value="新十条"' in page.text) == (400, True, True)
    page = await browser.post("/code-rules", **(FORM | {"since": "soon"}), **LINES)
    assert (page.status_code, "enter a day and an hour" in page.text) == (422, True)


async def test_a_decision_goes_to_registration_and_a_refusal_stands_on_the_page(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answering.services.answers[f"POST /v1/code-rules/{RULES}/approve"] = OF_RULES
    assert (await browser.post(f"/code-rules/{RULES}/approve")).status_code == 303
    refused = refusal(409, "registration.rules_hold", "hold")
    answering.services.answers[f"POST /v1/code-rules/{RULES}/withdraw"] = refused
    page = await browser.post(f"/code-rules/{RULES}/withdraw", reason="等待通知")
    assert (page.status_code, "hold" in page.text, 'value="等待通知"' in page.text) == (409, True, True)


def test_its_pages_are_among_those_that_every_rule_for_pages_is_held_to() -> None:
    assert {"/code-rules", "/code-rules/new"} <= set(PAGES)
