"""Reports of returnees in the console: verified by a declaration, or unfounded (R1.5)."""

import json

import pytest

from tests.console.answers import ANSWERS
from tests.console.conftest import Console, refusal
from tests.console.movement_answers import JOURNEY, OF_REPORT, REPORT

PATH = f"/v1/returnee-reports/{REPORT}"


@pytest.mark.parametrize(
    ("path", "step", "fields"),
    [("verify", "verification", {"journey_id": JOURNEY}), ("dismiss", "unfounded", {"reason": "nobody came"})],
)
async def test_a_report_is_decided_and_a_refusal_stands_on_the_page(
    console: Console, path: str, step: str, fields: dict[str, str]
) -> None:
    console.services.answers |= ANSWERS | {f"POST {PATH}/{step}": OF_REPORT}
    browser = await console.browser("en").signed_in()
    page = (await browser.client.get(f"/returnee-reports/{REPORT}")).text
    assert ("&lt;b&gt;昨晚返回" in page, "hubei/huanggang" in page, "overdue" in page) == (True, True, True)
    answer = await browser.post(f"/returnee-reports/{REPORT}/{path}", **fields)
    assert answer.headers["location"] == f"/returnee-reports/{REPORT}"
    sent = [one for one in console.services.asked if one.method == "POST"]
    assert json.loads(sent[-1].content) == fields
    console.services.answers[f"POST {PATH}/{step}"] = refusal(409, "x", "请由同事办理")
    refused = await browser.post(f"/returnee-reports/{REPORT}/{path}", **fields)
    assert (refused.status_code, "请由同事办理" in refused.text) == (409, True)


async def test_a_decided_report_offers_no_decision(console: Console) -> None:
    decided = OF_REPORT | {
        "state": "verified",
        "journey_id": JOURNEY,
        "decided_by": "x",
        "decided_at": "2026-02-10T01:00Z",
    }
    console.services.answers |= ANSWERS | {f"GET {PATH}": decided}
    page = (await (await console.browser("en").signed_in()).client.get(f"/returnee-reports/{REPORT}")).text
    assert ("The report is unfounded" in page, f"/journeys/{JOURNEY}" in page) == (False, True)
