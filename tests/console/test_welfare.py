"""Welfare of staff in the console: recorded for several persons, totalled by unit, exported for the insurer (R1.13)."""

import io
import json

import pytest
from openpyxl import load_workbook

from services.console.showing.words import WORDS
from tests.console.answers import ANSWERS
from tests.console.conftest import Console, refusal
from tests.console.welfare_answers import TERMS


def test_the_kinds_of_welfare_have_words() -> None:
    from shared.events.registration_welfare import WelfareKind

    assert {one.value for one in WelfareKind} - {"unknown"} == WORDS["welfare_kind"].keys()


async def test_persons_are_insured_by_the_terms_in_force(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    page = (await browser.client.get("/welfare")).text
    assert ("&lt;b&gt;90天" in page, "口罩×20" in page, "due" in page) == (True, True, True)
    fields = {"request_id": "r", "terms_id": TERMS, "starts_on": "2026-02-10", "person_ids": "nurse-01"}
    done = await browser.post("/welfare/record/enrolments", **fields)
    assert done.headers["location"] == "/welfare?kind=insurance"
    sent = json.loads([one for one in console.services.asked if one.method == "POST"][-1].content)
    assert sent == fields | {"person_ids": ["nurse-01"]}
    console.services.answers["POST /v1/welfare/enrolments"] = refusal(409, "x", "请由同事登记")
    refused = await browser.post("/welfare/record/enrolments", **fields)
    assert (refused.status_code, "请由同事登记" in refused.text) == (409, True)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
async def test_the_list_for_the_insurer_is_exported_with_its_terms(console: Console, form: str) -> None:
    console.services.answers |= ANSWERS | {"POST /v1/exports": {}}
    browser = await console.browser("en").signed_in()
    answer = await browser.post("/welfare/export", kind="insurance", form=form)
    assert (answer.status_code, answer.headers["content-disposition"][-5:-1]) == (200, f".{form}"[-4:])
    if form == "xlsx":
        rows = list(load_workbook(io.BytesIO(answer.content)).worksheets[0].values)
        assert (rows[1][1], rows[1][4:8]) == ("nurse-01", ("2026-02-10", "2026-05-10", "<b>90天", "人保财险"))
    else:
        assert "nurse-01" in answer.text
    stated = [one for one in console.services.asked if one.url.path == "/v1/exports"]
    assert json.loads(stated[-1].content)["list"] == "welfare"
