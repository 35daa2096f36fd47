"""The operator's pages over services that answer, refuse or are away."""

import csv
import io
import json
from typing import Any

import httpx
import pytest

from tests.console.conftest import Browser, Console, refusal

LETTER_ID = "1-41-1765000000000"
AT = "2026-02-10T01:00:00Z"
LETTER = {
    "letter_id": LETTER_ID,
    "topic": "isolation.cases.v1",
    "partition": 3,
    "offset": 41,
    "group": "notification",
    "handler": "on_case",
    "reason": "failed",
    "message": "<b>KeyError</b>",
    "event_type": "isolation.CaseOpened.v1",
    "event_id": "",
    "correlation_id": "",
    "size": 120,
    "at": AT,
    "state": "waiting",
    "decided_by": "",
    "decided_at": None,
    "why": "",
    "settled_at": None,
}
PAYLOAD = {"problem": "", "others": 2, "fields": [{"name": "case_id", "kind": "text", "size": 36, "is_required": True}]}
PROCESS = {
    "process_id": "01930000-0000-7000-8000-000000000001",
    "role": "worker",
    "version": "0.0.9",
    "started_at": AT,
    "seen_at": AT,
    "is_silent": False,
    "missing": ["consumers"],
}
LAG = {
    "group": "isolation",
    "topic": "registration.residents.v1",
    "partition": 2,
    "end": 12,
    "handled": 7,
    "waiting": 5,
}
STATE = {
    "service": "isolation",
    "version": "0.1.0",
    "ready": True,
    "missing": [],
    "processes": [PROCESS],
    "lag": [LAG],
    "outbox": {"pending": 2, "oldest_at": AT, "topics": {"isolation.cases.v1": 2}},
    "newest_event_at": AT,
    "newest_event_age_s": 7_300.0,
    "dead_letters": {"waiting": 1, "replayed": 1, "read": True, "behind": 0},
}
DEVICE = {
    "device_id": "d1",
    "gate_id": "g1",
    "gate_name": "东门",
    "area_path": "/jinhe/p01",
    "name": "手机1",
    "last_seen": AT,
    "app_version": None,
    "is_closed": False,
}
PATHS = ("/", "/services", "/services/isolation", "/dead-letters", "/dead-letters?service=isolation&state=all")
SERVICES = ("registration", "isolation", "checkpoint", "supply", "notification", "console")


def _letters(*letters: Any, **more: Any) -> dict[str, Any]:
    return {"items": list(letters), "next": None, "read": True, "behind": 0, "waiting": len(letters)} | more


@pytest.fixture
def operating(console: Console) -> Console:
    """A console whose user is an operator."""
    console.provider.person.roles, console.provider.person.area = ("operator",), "/"
    console.services.answers |= {
        "GET /v1/service-state": STATE,
        "GET /v1/dead-letters": _letters(LETTER),
        f"GET /v1/dead-letters/{LETTER_ID}": LETTER | {"payload": PAYLOAD},
        "POST /v1/dead-letters/replay": {"items": [LETTER | {"state": "replayed"}], "refused": []},
        "POST /v1/dead-letters/give-up": {"items": [LETTER | {"state": "given_up"}], "refused": []},
        "GET /v1/devices/silent": {"items": [DEVICE], "next": None},
    }
    return console


async def _token(browser: Browser) -> str:
    page = (await browser.client.get("/services")).text
    return page.partition('data-csrf="')[2].partition('"')[0]


async def _post(browser: Browser, path: str, **fields: Any) -> httpx.Response:
    data = {"csrf": await _token(browser)} | fields
    return await browser.client.post(path, data=data, headers={"Origin": "http://127.0.0.1:8008"})


async def test_every_page_of_an_operator_is_there_in_both_languages_and_no_page_of_another_is_offered(
    operating: Console,
) -> None:
    paths = (*PATHS, f"/dead-letters/isolation/{LETTER_ID}", "/silent-devices")
    for language, name, other in (("zh", "死信", "花名册"), ("en", "Dead letters", "Rosters")):
        browser = await operating.browser(language).signed_in()
        for path in paths:
            page = await browser.client.get(path)
            assert (page.status_code, name in page.text, other in page.text) == (200, True, False), path


async def test_the_home_page_counts_over_all_services_and_each_count_opens_its_list(operating: Console) -> None:
    page = (await (await operating.browser("en").signed_in()).client.get("/")).text
    for number, path, text in (
        (6, "/services", "services that are not well"),
        (6, "/dead-letters", "dead letters that wait for a decision"),
        (30, "/services", "records that wait on the bus"),
        (12, "/services", "events that wait in an outbox"),
        (1, "/silent-devices", "silent devices at open gates"),
    ):
        assert f"<b>{number}</b> <span>{text}" in page, text
        assert f'href="{path}"' in page


async def test_a_service_that_is_away_has_its_row_and_the_others_are_there(operating: Console) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "supply":
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json=STATE)

    operating.services.answers["GET /v1/service-state"] = answer
    page = (await (await operating.browser("en").signed_in()).client.get("/services")).text
    assert page.count('<span class="state failed">does not answer</span>') == 1
    assert page.count("a process is not ready") == len(SERVICES) - 1
    assert "2 h" in page


async def test_a_letter_shows_what_to_do_and_what_its_record_holds_without_a_value(operating: Console) -> None:
    browser = await operating.browser("en").signed_in()
    page = (await browser.client.get(f"/dead-letters/isolation/{LETTER_ID}")).text
    assert "&lt;b&gt;KeyError&lt;/b&gt;" in page
    assert "remove the cause, then replay it" in page
    assert "2 fields that the contract does not name" in page
    assert "3@41" in page


async def test_a_replay_goes_to_its_service_and_the_page_has_its_result_as_soon_as_there_is_one(
    operating: Console,
) -> None:
    browser = await operating.browser("en").signed_in()
    answer = await _post(browser, f"/dead-letters/isolation/{LETTER_ID}/replay")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dead-letters/isolation/{LETTER_ID}")
    (asked,) = [one for one in operating.services.asked if one.method == "POST"]
    assert (asked.url.host, json.loads(asked.content)) == ("isolation", {"letter_ids": [LETTER_ID]})
    letter = LETTER | {"payload": PAYLOAD, "state": "replayed", "decided_at": "2099-02-10T01:00:00Z"}
    operating.services.answers[f"GET /v1/dead-letters/{LETTER_ID}"] = letter
    page = (await browser.client.get(answer.headers["location"])).text
    assert ('hx-select="#outcome"' in page, f'action="/dead-letters/isolation/{LETTER_ID}/replay"' in page) == (
        True,
        False,
    )
    operating.services.answers[f"GET /v1/dead-letters/{LETTER_ID}"] = letter | {"state": "handled", "settled_at": AT}
    page = (await browser.client.get(answer.headers["location"])).text
    assert ("The service has handled the record." in page, "hx-select" in page) == (True, False)


async def test_giving_up_states_the_reason_and_a_refusal_says_why_and_keeps_it(operating: Console) -> None:
    browser = await operating.browser("en").signed_in()
    path = f"/dead-letters/isolation/{LETTER_ID}/give-up"
    assert (await _post(browser, path, reason="corrected by hand")).status_code == 303
    asked = [one for one in operating.services.asked if one.method == "POST"][-1]
    assert json.loads(asked.content) == {"letter_ids": [LETTER_ID], "reason": "corrected by hand"}
    refused = {"letter_id": LETTER_ID, "code": "dead_letters.replayed", "detail": "It was replayed already"}
    operating.services.answers["POST /v1/dead-letters/give-up"] = {"items": [], "refused": [refused]}
    page = await _post(browser, path, reason="corrected by hand")
    assert (page.status_code, "It was replayed already" in page.text) == (409, True)
    assert 'value="corrected by hand"' in page.text


async def test_chosen_letters_are_replayed_in_one_call_for_each_service(operating: Console) -> None:
    browser = await operating.browser("en").signed_in()
    page = await _post(browser, "/dead-letters/replay")
    assert (page.status_code, "Choose the letters to replay first." in page.text) == (422, True)
    chosen = [f"isolation/{LETTER_ID}", "isolation/0-1-1", f"supply/{LETTER_ID}"]
    answer = await _post(browser, "/dead-letters/replay", letter=chosen)
    assert answer.status_code == 303
    posted = {one.url.host: json.loads(one.content) for one in operating.services.asked if one.method == "POST"}
    assert posted == {"isolation": {"letter_ids": [LETTER_ID, "0-1-1"]}, "supply": {"letter_ids": [LETTER_ID]}}


async def test_the_list_says_which_service_it_lacks(operating: Console) -> None:
    operating.services.answers["GET /v1/dead-letters"] = _letters(LETTER, read=False)
    page = (await (await operating.browser("en").signed_in()).client.get("/dead-letters?service=supply")).text
    assert "Supply cannot read all its dead letters now" in page


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("/dead-letters.csv", ["isolation.cases.v1", "3", "41"]),
        ("/services.csv", ["registration.residents.v1", "2", "12"]),
        ("/silent-devices.csv", ["东门", "/jinhe/p01", "手机1"]),
    ],
)
async def test_every_list_is_exported_as_it_stands(operating: Console, path: str, row: list[str]) -> None:
    answer = await _post(await operating.browser().signed_in(), path, state="waiting")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (answer.status_code, len(rows) >= 2) == (200, True)
    assert [one for one in rows[1] if one in row] == row


async def test_a_person_without_the_role_is_refused_with_what_to_do(operating: Console) -> None:
    refused = refusal(403, "access.role_missing", "需要以下角色之一：operator")
    operating.services.answers |= {"GET /v1/service-state": refused, "GET /v1/dead-letters": refused}
    operating.provider.person.roles = ("community",)
    browser = await operating.browser().signed_in()
    for path in ("/services", "/dead-letters"):
        page = await browser.client.get(path)
        assert (page.status_code, "operator" in page.text) == (403, True)
