"""The page of a file's papers, addresses, relation, consent and state: what its forms send."""

import json
from typing import Any

import pytest

from tests.console.answers import ANSWERS, PARTICULARS, RESIDENT
from tests.console.conftest import Console, refusal

PAGE = f"/people/{RESIDENT}/particulars"
PASSPORT, PERMIT = {"kind": "passport", "number": "E12345678"}, {"kind": "taiwan_permit", "number": "12345678"}
CONSENT = {"text_version": "2", "given_on": "2026-02-01", "witness": "w", "withdrawn_on": ""}
HOME = PARTICULARS["addresses"][0]


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    parts = ("papers", "addresses", "relation", "consent", "state")
    console.services.answers |= ANSWERS | {f"PUT /v1/residents/{RESIDENT}/{one}": PARTICULARS for one in parts}
    return console


@pytest.mark.parametrize(
    ("part", "fields", "sent"),
    [
        ("papers", PERMIT, {"papers": [PASSPORT, PERMIT]}),
        ("papers", {"out": "0"}, {"papers": []}),
        (
            "addresses",
            {"kind": "registered", "text": "河南"},
            {"addresses": [HOME, {"kind": "registered", "text": "河南", "path": ""}]},
        ),
        ("addresses", {"out": "0"}, {"addresses": []}),
        ("relation", {"relation": "head of the household"}, {"relation": "head"}),
        ("relation", {"relation": "cousin"}, {"relation": "cousin"}),
        ("consent", CONSENT, CONSENT | {"withdrawn_on": None}),
        ("state", {"presence": "dead", "since": "2026-02-09"}, {"presence": "dead", "since": "2026-02-09", "note": ""}),
    ],
)
async def test_a_form_sends_its_part_whole_and_leads_back(
    answering: Console, part: str, fields: dict[str, str], sent: dict[str, Any]
) -> None:
    browser = await answering.browser("en").signed_in()
    answer = await browser.post(f"/people/{RESIDENT}/{part}", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    (put,) = [one for one in answering.services.asked if one.method == "PUT"]
    assert (put.url.path, json.loads(put.content)) == (f"/v1/residents/{RESIDENT}/{part}", sent)


async def test_a_refusal_stands_on_the_page_with_what_is_wrong(answering: Console) -> None:
    refused = refusal(400, "registration.bad_particulars", "the number must have 8 digits")
    answering.services.answers[f"PUT /v1/residents/{RESIDENT}/papers"] = refused
    page = await (await answering.browser("en").signed_in()).post(f"/people/{RESIDENT}/papers", **PERMIT)
    assert (page.status_code, "must have 8 digits" in page.text, "E12345678" in page.text) == (400, True, True)


async def test_only_an_office_is_offered_to_state_a_death(answering: Console) -> None:
    for role, offered in (("community", True), ("grid_worker", False)):
        answering.provider.person.roles = (role,)
        page = await (await answering.browser("en").signed_in()).client.get(PAGE)
        assert (f'action="/people/{RESIDENT}/state"' in page.text) is offered


async def test_the_file_names_relation_second_home_consent_and_a_death(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = (await browser.client.get(f"/people/{RESIDENT}")).text
    for text in ("spouse", "second home", "&lt;b&gt;清水2号院", "withdrawn"):
        assert text in page
    dead = PARTICULARS | {"state": {"presence": "dead", "since": "2026-02-09", "note": ""}, "left": True}
    answering.services.answers[f"GET /v1/residents/{RESIDENT}/particulars"] = dead
    assert '<span class="tag">dead</span>' in (await browser.client.get(f"/people/{RESIDENT}")).text
