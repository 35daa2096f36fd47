"""The counter page for the rights of a person: taken down, decided, and a copy put together (N11)."""

import json

import pytest

from tests.console.answers import ANSWERS, RESIDENT
from tests.console.conftest import Console, refusal
from tests.console.rights_answers import ERASED, RIGHT, of_part, of_request

COPY = f"GET /v1/personal-data/{RESIDENT}"
HOLDERS = ["registration", "checkpoint", "isolation", "supply", "notification"]


async def test_a_copy_joins_the_parts_of_all_services_in_its_documented_form(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    answer = await browser.post(f"/rights/{RIGHT}/copy", form="json")
    made = json.loads(answer.text)
    assert (made["form"], made["person_id"], made["missing"]) == ("lastmetre.personal-data.v1", RESIDENT, [])
    assert len(made["parts"]) == len(HOLDERS)
    assert made["parts"][0]["kinds"] == of_part("registration", RESIDENT)["kinds"]
    assert "attachment" in answer.headers["content-disposition"]
    page = (await browser.post(f"/rights/{RIGHT}/copy", form="page")).text
    assert ("王&lt;伟&gt;" in page, "19912345678" in page, "train" in page) == (True, True, True)


async def test_a_service_that_does_not_answer_is_named_in_the_copy(console: Console) -> None:
    console.services.answers |= ANSWERS | {COPY: refusal(503, "x", "away")}
    browser = await console.browser("en").signed_in()
    made = json.loads((await browser.post(f"/rights/{RIGHT}/copy", form="json")).text)
    assert (made["missing"], made["parts"]) == (HOLDERS, [])
    page = (await browser.post(f"/rights/{RIGHT}/copy", form="page")).text
    assert "did not answer" in page


async def test_a_copy_is_not_put_together_after_its_days(console: Console) -> None:
    over = of_request(RESIDENT) | {"copy_ready": False}
    console.services.answers |= ANSWERS | {f"GET /v1/rights/{RIGHT}": over}
    browser = await console.browser("en").signed_in()
    answer = await browser.post(f"/rights/{RIGHT}/copy", form="json")
    assert (answer.status_code, "ask for it anew" in answer.text) == (409, True)
    assert not [one for one in console.services.asked if "personal-data" in one.url.path]


@pytest.mark.parametrize("step", ["grant", "refuse"])
async def test_an_erasure_is_decided_and_a_refusal_stands_on_the_page(console: Console, step: str) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    page = (await browser.client.get(f"/rights/{ERASED}")).text
    assert ("an isolation case is open" in page, "has not confirmed yet" in page, "for good" in page) == (True,) * 3
    answer = await browser.post(f"/rights/{ERASED}/{step}", reason="材料齐全")
    assert answer.headers["location"] == f"/rights/{ERASED}"
    console.services.answers[f"POST /v1/rights/{ERASED}/{step}"] = refusal(409, "x", "暂不能删除")
    refused = await browser.post(f"/rights/{ERASED}/{step}", reason="材料齐全")
    assert (refused.status_code, "暂不能删除" in refused.text) == (409, True)


async def test_a_request_is_taken_down_and_only_a_correction_states_a_value(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    fields = {"resident_id": RESIDENT, "request_id": RIGHT, "kind": "export", "identity": "paper_seen", "about": "name"}
    answer = await browser.post("/rights", **fields)
    assert answer.headers["location"] == f"/rights/{RIGHT}"
    sent = [one for one in console.services.asked if one.method == "POST" and one.url.path.endswith("/rights")]
    assert "about" not in json.loads(sent[-1].content)
    await browser.post("/rights", **fields | {"kind": "correction", "wanted": "王小伟", "evidence": "户口簿"})
    sent = [one for one in console.services.asked if one.method == "POST" and one.url.path.endswith("/rights")]
    assert json.loads(sent[-1].content)["wanted"] == "王小伟"
