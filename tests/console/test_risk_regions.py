"""Risk regions and journeys by legs in the console: what is sent, and what the pages hold (R1.6)."""

import json
from typing import Any

import httpx
import pytest

from tests.console.answers import ANSWERS
from tests.console.conftest import URL, Browser, Console, refusal
from tests.console.movement_answers import JOURNEY, OF_JOURNEY, OF_REGION_FILE, RESIDENT

DAY = "2026-02-09"
PATH = f"/v1/risk-region-files/{DAY}"


@pytest.fixture
async def browser(console: Console) -> Browser:
    """The city's browser, whose services answer."""
    console.services.answers |= ANSWERS
    console.provider.person.roles = ("city",)
    return await console.browser("en").signed_in()


async def send(browser: Browser, step: str = "", day: str = DAY) -> httpx.Response:
    file = {"file": ("regions.csv", "省,风险等级".encode())}
    data, origin = {"csrf": await browser.token(), "day": day}, {"Origin": URL}
    page: httpx.Response = await browser.client.post(f"/risk-regions{step}", data=data, files=file, headers=origin)
    return page


@pytest.mark.parametrize(
    ("step", "answer", "words"),
    [
        ("/preview", {"stored": False, "changed": True}, "Nothing is stored yet. To state these 1 regions"),
        ("", {"stored": True, "changed": True}, "Journeys that are declared already follow"),
        ("", {"stored": True, "changed": False}, "nothing changed"),
        ("", {"stored": False, "changed": False}, "Nothing was stored: correct these rows"),
    ],
)
async def test_a_file_of_risk_regions_is_previewed_and_stated(
    console: Console, browser: Browser, step: str, answer: dict[str, Any], words: str
) -> None:
    bad = [{"row": 2, "column": "省", "problem": "<b>wrong"}] if words.startswith("Nothing was") else []
    console.services.answers[f"POST {PATH}{step}"] = OF_REGION_FILE | answer | {"problems": bad}
    page = (await send(browser, step)).text
    assert (words in page, "hubei/wuhan" in page, "<b>wrong" in page) == (True, True, False)


async def test_a_list_without_a_day_or_with_a_refusal_keeps_the_form(console: Console, browser: Browser) -> None:
    assert (await send(browser, day="soon")).status_code == 422
    console.services.answers[f"POST {PATH}"] = refusal(400, "import.empty", "文件是空的")
    refused = await send(browser)
    assert (refused.status_code, "文件是空的" in refused.text, f'value="{DAY}"' in refused.text) == (400, True, True)


async def test_the_form_for_a_list_is_for_the_city_alone(console: Console) -> None:
    console.services.answers |= ANSWERS
    page = (await (await console.browser("en").signed_in()).client.get("/risk-regions")).text
    assert ("State a list by a file" in page, "hubei/wuhan" in page) == (False, True)


async def test_each_leg_begins_where_the_one_before_ended(console: Console, browser: Browser) -> None:
    console.services.answers["POST /v1/journeys"] = OF_JOURNEY
    fields = {"resident_id": RESIDENT, "origin_region": "hubei/wuhan", "departs_on": "2020-01-01"}
    fields |= {"leg1_to_region": "henan", "leg1_departs_at": "2026-02-09T08:00", "leg1_arrives_at": "2026-02-09T10:00"}
    fields |= {"leg2_to_region": "tianjin", "leg2_departs_at": "2026-02-09T12:00", "leg2_number": "G1234"}
    answer = await browser.post("/journeys", **fields, leg2_arrives_at="2026-02-10T01:00", contact="13800000001")
    assert answer.headers["location"] == f"/journeys/{JOURNEY}"
    (sent,) = [one for one in console.services.asked if one.method == "POST"]
    body = json.loads(sent.content)
    assert (body["departs_on"], body["arrives_on"], body["contact"]) == ("2026-02-09", "2026-02-10", "13800000001")
    assert [(leg["from_region"], leg["to_region"]) for leg in body["legs"]] == [
        ("hubei/wuhan", "henan"),
        ("henan", "tianjin"),
    ]
    assert body["legs"][0]["departs_at"] == "2026-02-09T08:00:00+08:00"
    assert "seat" in body["legs"][1]


async def test_a_journey_shows_its_legs_and_what_a_later_list_changed(browser: Browser) -> None:
    page = (await browser.client.get(f"/journeys/{JOURNEY}")).text
    for words in ("Leg 1", "G1234", "A later list", "&lt;b&gt;hubei", "13800000001"):
        assert words in page, words
