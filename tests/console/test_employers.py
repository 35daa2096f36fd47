"""Employers and venues in the console: what a clerk sees, sends and is not shown (R1.10)."""

import json

import pytest

from tests.console import movement_answers
from tests.console.answers import ANSWERS
from tests.console.conftest import Console, refusal
from tests.console.employer_answers import EMPLOYEE, EMPLOYER, VENUE

PATH = f"/employers/{EMPLOYER}"


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer, and the clerk of an employer."""
    console.services.answers |= ANSWERS
    console.provider.person.roles = ("employer",)
    return console


def _sent(console: Console, method: str, path: str) -> list[dict[str, object]]:
    asked = [one for one in console.services.asked if (one.method, one.url.path) == (method, path)]
    return [json.loads(one.content or b"{}") for one in asked]


async def test_a_clerk_begins_with_who_may_not_come_in_and_reads_no_reason(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    home = (await browser.client.get("/")).text
    assert "Own staff" in home
    assert f'href="{PATH}?show=absent" class="urgent"' in home
    assert 'href="/people"' not in home
    page = (await browser.client.get(f"{PATH}?show=absent")).text
    assert "may not come in today" in page
    assert "Agree for the employer" in page
    for hidden in ("Register an employer", "Change the employer", "isolat", "yellow"):
        assert hidden not in page, hidden


async def test_a_clerk_states_a_journey_and_agrees_to_the_return(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answering.services.answers["POST /v1/journeys"] = {}
    answering.services.answers["POST /v1/returns"] = movement_answers.OF_RETURN
    resident, journey, asked = (f"0190a0a0-0000-7000-8000-0000000000f{number}" for number in range(3))
    facts = {"resident_id": resident, "journey_id": journey, "return_id": asked, "origin_region": "hubei/wuhan"}
    facts |= {"departs_on": "2026-02-15", "arrives_on": "2026-02-15"}
    answer = await browser.post(f"{PATH}/employees/{EMPLOYEE}/journey", **facts)
    assert answer.headers["location"] == PATH
    (declared,) = _sent(answering, "POST", "/v1/journeys")
    assert declared["origin_region"] == "hubei/wuhan"
    assert _sent(answering, "POST", "/v1/returns") == [{"return_id": asked, "journey_id": journey}]
    answering.services.answers[f"POST /v1/returns/{asked}/employer-consent"] = {}
    assert (await browser.post(f"{PATH}/consent", return_id=asked)).headers["location"] == PATH
    assert len(_sent(answering, "POST", f"/v1/returns/{asked}/employer-consent")) == 1


async def test_a_refused_form_of_the_office_stays_filled_in(answering: Console) -> None:
    answering.provider.person.roles = ("community",)
    browser = await answering.browser("en").signed_in()
    answering.services.answers["POST /v1/employers"] = refusal(422, "registration.credit_code", "code: correct it")
    facts = {
        "name": "津河电子厂",
        "code": "9135",
        "kind": "factory",
        "clerk_ids": "unit-fang, unit-wu",
        "reason": "摸排登记",
    }
    page = await browser.post("/employers/new", **facts)
    assert (page.status_code, 'value="9135"' in page.text, "code: correct it" in page.text) == (422, True, True)
    (sent,) = _sent(answering, "POST", "/v1/employers")
    assert sent["clerk_ids"] == ["unit-fang", "unit-wu"]


async def test_the_office_states_desks_and_their_keepers(answering: Console) -> None:
    answering.provider.person.roles = ("community",)
    browser = await answering.browser("en").signed_in()
    assert "1 keepers short" in (await browser.client.get(f"/venues/{VENUE}")).text
    facts = {"desk": "收银台", "post": "一楼", "keepers": "nurse-01 clerk-sun", "reason": "补齐人员"}
    assert (await browser.post(f"/venues/{VENUE}/desks", **facts)).headers["location"] == f"/venues/{VENUE}"
    (sent,) = _sent(answering, "PUT", f"/v1/venues/{VENUE}/desks")
    assert sent["desks"] == [{"name": "收银台", "post": "一楼", "keeper_ids": ["nurse-01", "clerk-sun"]}]
