"""Permissions to leave in the console: what waits, who may decide, what is sent, the pass to print (R1.8)."""

import json
from typing import Any

import pytest

from tests.console.answers import ANSWERS
from tests.console.conftest import Browser, Console, refusal
from tests.console.exit_answers import APPROVED, EXIT, OF_EXIT
from tests.console.movement_answers import RESIDENT

PATH = f"/v1/exits/{EXIT}"
UNMET = [{"resident_id": RESIDENT, "need": "recent_test"}]


@pytest.fixture
async def browser(console: Console) -> Browser:
    """A clerk's browser, whose services answer."""
    console.services.answers |= ANSWERS
    return await console.browser("en").signed_in()


@pytest.mark.parametrize(
    ("role", "one", "approves", "passes"),
    [
        ("community", OF_EXIT, True, False),
        ("grid_worker", OF_EXIT, False, False),
        ("community", OF_EXIT | {"unmet": UNMET}, False, False),
        ("community", APPROVED, False, True),
    ],
)
async def test_an_office_approves_what_lacks_nothing_and_the_pass_is_printed_after_it(
    console: Console, role: str, one: dict[str, Any], approves: bool, passes: bool
) -> None:
    console.services.answers |= ANSWERS | {f"GET {PATH}": one}
    console.provider.person.roles = (role,)
    page = (await (await console.browser("en").signed_in()).client.get(f"/exits/{EXIT}")).text
    assert (f"/exits/{EXIT}/approve" in page, f"/exits/{EXIT}/pass" in page) == (approves, passes)
    assert "&lt;b&gt;省立医院" in page
    assert ("recent negative test" in page) == bool(one["unmet"])


@pytest.mark.parametrize(
    ("path", "step", "fields"),
    [
        ("approve", "approval", {}),
        ("refuse", "refusal", {"reason": "材料不全"}),
        ("revoke", "revocation", {"reason": "目的地封控"}),
        ("withdraw", "withdrawal", {}),
    ],
)
async def test_each_step_is_sent_and_a_refusal_stands_on_the_page(
    console: Console, browser: Browser, path: str, step: str, fields: dict[str, str]
) -> None:
    console.services.answers[f"POST {PATH}/{step}"] = OF_EXIT
    answer = await browser.post(f"/exits/{EXIT}/{path}", **fields)
    assert answer.headers["location"] == f"/exits/{EXIT}"
    sent = [one for one in console.services.asked if one.method == "POST"]
    assert json.loads(sent[-1].content or b"{}") in (fields, None)
    console.services.answers[f"POST {PATH}/{step}"] = refusal(409, "x", "请由同事审批")
    refused = await browser.post(f"/exits/{EXIT}/{path}", **fields)
    assert (refused.status_code, "请由同事审批" in refused.text) == (409, True)


async def test_a_request_is_sent_with_the_city_s_times_and_a_refused_one_keeps_what_was_typed(
    console: Console, browser: Browser
) -> None:
    console.services.answers["POST /v1/exits"] = OF_EXIT
    fields = {"resident_id": RESIDENT, "exit_id": EXIT, "reach": "city", "reason": "work", "exits": "2"}
    fields |= {"since": "2026-02-10T08:00", "until": "2026-02-11T08:00", "gates": "cp-1， cp-2", "destination": "杭州"}
    assert (await browser.post("/exits", **fields)).headers["location"] == f"/exits/{EXIT}"
    sent = json.loads([one for one in console.services.asked if one.method == "POST"][-1].content)
    assert (sent["since"], sent["gates"], sent["exits"]) == ("2026-02-10T08:00:00+08:00", ["cp-1", "cp-2"], "2")
    assert sent["travellers"] == [{"resident_id": RESIDENT, "tested_at": None}]
    console.services.answers["POST /v1/exits"] = refusal(400, "x", "请更正")
    refused = await browser.post("/exits", **fields)
    assert ("请更正" in refused.text, 'value="杭州"' in refused.text) == (True, True)


async def test_the_pass_has_a_qr_code_and_a_masked_name(browser: Browser) -> None:
    page = (await browser.client.get(f"/exits/{EXIT}/pass")).text
    assert ("<svg" in page, "王*" in page, "LM1:" in page) == (True, True, False)


def test_the_codes_of_permissions_to_leave_have_words() -> None:
    from services.console.showing.words import WORDS
    from services.registration.domain import exit_policies, exits
    from shared.events import registration_exits

    for kind, codes in (
        ("exit_reach", registration_exits.ExitReach),
        ("exit_state", registration_exits.ExitState),
        ("exit_reason", exits.ExitReason),
        ("exit_need", exit_policies.ExitNeed),
    ):
        assert {code.value for code in codes} - {"unknown"} == WORDS[kind].keys(), kind  # type: ignore[attr-defined]
