"""The pages about gates: live flow, devices and their enrolment, presence, alerts and their reviews."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import segno

from services.checkpoint.domain.devices import DeviceState, RevocationReason
from services.checkpoint.domain.gate import GateState
from services.checkpoint.domain.reviews import AlertOutcome
from services.console.domain.flow import Passed, flow_chart
from services.console.showing.words import WORDS
from shared.events.checkpoint import AlertRule
from tests.console.answers import ANSWERS, RESIDENT
from tests.console.conftest import URL, Browser, Console, refusal
from tests.console.gate_answers import ALERT, COMPOUND, DEVICE, GATE, GATE_ANSWERS, GATE_PAGES, OF_GATE, SILENT

NINE = datetime(2026, 2, 10, 9, 0, 30, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


def passed(minute: int, **more: Any) -> Passed:
    return Passed(NINE.replace(second=0) + timedelta(minutes=minute), **{"came_in": 1, "went_out": 0} | more)


def test_the_picture_of_a_flow_has_a_column_for_each_minute_with_a_scan_and_sums_all() -> None:
    minutes = [passed(12, deny=1, recheck=0, reasons={"fever": 1}), passed(3, deny=0, recheck=2, reasons={"fever": 2})]
    chart = flow_chart(minutes, NINE, NINE + timedelta(hours=1), 1)
    assert [bar.slot.at.minute for bar in chart.bars] == [3, 12]
    assert [slot.at.minute for slot in chart.slots] == [12, 3]
    assert (chart.total.came_in, chart.total.deny, chart.total.recheck, dict(chart.total.reasons)) == (
        2,
        1,
        2,
        {"fever": 3},
    )
    assert (chart.bars[0].deny, chart.bars[1].recheck) == (0, 0)
    assert chart.bars[0].recheck == 2 * chart.bars[1].deny > 0


def test_entries_and_exits_have_one_scale_and_fill_the_picture() -> None:
    minutes = [passed(1, came_in=6, went_out=2, deny=0, recheck=0), passed(2, went_out=3, deny=0, recheck=0)]
    chart = flow_chart(minutes, NINE, NINE + timedelta(hours=1), 1)
    first, second = chart.bars
    assert first.up == 3 * first.down == 6 * second.up
    assert (chart.middle - first.up, chart.most) == (chart.top, 6)


def test_columns_of_a_long_window_join_minutes_by_the_hour_of_the_city() -> None:
    minutes = [passed(at, deny=0, recheck=0) for at in (1, 58, 61, 24 * 60 + 90)]
    chart = flow_chart(minutes, NINE, NINE + timedelta(days=1), 60)
    assert [(bar.slot.at.hour, bar.slot.came_in) for bar in chart.bars] == [(9, 2), (10, 1)]


def test_the_codes_of_checkpoint_have_words() -> None:
    kinds = (("gate_state", GateState), ("device_state", DeviceState), ("revocation", RevocationReason))
    for kind, codes in (*kinds, ("alert_rule", AlertRule), ("alert_outcome", AlertOutcome)):
        assert {code.value for code in codes} == set(WORDS[kind]), kind  # type: ignore[attr-defined]


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS | GATE_ANSWERS
    return console


async def _page(answering: Console, path: str, language: str = "en") -> str:
    answer = await (await answering.browser(language).signed_in()).client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("role", ["community", "grid_worker"])
async def test_every_page_of_gates_is_there_in_both_languages(answering: Console, role: str) -> None:
    answering.provider.person.roles = (role,)
    for language, name in (("zh", "门岗"), ("en", "Gates")):
        browser = await answering.browser(language).signed_in()
        for path in GATE_PAGES:
            page = await browser.client.get(path)
            assert (page.status_code, name in page.text) == (200, True), (path, page.text[-500:])
            assert "<i>" not in page.text


async def test_the_home_page_counts_alerts_and_silent_gates_without_reading_of_a_person(answering: Console) -> None:
    page = await _page(answering, "/")
    assert '<a href="/alerts" class="urgent"><b>3</b>' in page
    assert '<a href="/alerts?rule=breach" class="urgent"><b>1</b>' in page
    assert '<a href="/gates?state=silent" class="urgent"><b>2</b>' in page
    assert [one for one in answering.services.asked if one.url.path == "/v1/alerts"] == []


async def test_a_list_of_gates_asks_for_names_of_places_in_one_call_and_shows_what_is_wrong(answering: Console) -> None:
    page = await _page(answering, "/gates?state=silent")
    assert [one.url.params.get("state") for one in answering.services.asked if one.url.path == "/v1/gates"][-1:] == [
        "silent"
    ]
    assert sum(one.url.path == "/v1/places/names" for one in answering.services.asked) == 1
    assert all(text in page for text in ("春华1号院", "1 silent", "no device", '<strong class="bad">7</strong>'))


async def test_a_gate_shows_its_flow_by_minute_with_the_reasons_in_words(answering: Console) -> None:
    page = await _page(answering, f"/gates/{GATE}")
    assert [page.count(f'<rect class="{kind}"') for kind in ("in", "out", "deny")] == [2, 1, 1]
    assert re.search(r"<td>08:12</td>.*Fever: refer to the fever clinic ×2 · moonlight</td>", page)
    assert all(link in page for link in ('href="/alerts?gate=gate-p01"', 'href="/policies/cp-p01"'))
    assert f'hx-get="/gates/{GATE}/flow?minutes=60&amp;left=360"' in page
    assert all(link in page for link in ('href="/alerts?gate=gate-p01"', 'href="/policies/cp-p01"'))
    assert "体温超标" in await _page(answering, f"/gates/{GATE}", "zh")


async def test_the_live_part_refreshes_itself_for_an_hour_and_stops_where_a_person_asks(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    path = f"/gates/{GATE}/flow?minutes=60"
    part = (await browser.client.get(f"{path}&left=2", headers=HTMX)).text
    assert ("<html" in part, "left=1" in part) == (False, True)
    assert "hx-get" not in (await browser.client.get(f"{path}&left=1", headers=HTMX)).text
    assert "hx-get" not in await _page(answering, f"/gates/{GATE}?live=off")
    whole = await browser.client.get(f"{path}&left=2")
    assert whole.headers["location"] == f"/gates/{GATE}?minutes=60"


async def test_a_gate_whose_flow_cannot_be_counted_shows_the_rest(answering: Console) -> None:
    away = {f"GET /v1/{name}": refusal(503, "store.unavailable") for name in ("flow", "devices")}
    answering.services.answers |= away
    page = await _page(answering, f"/gates/{GATE}")
    assert (page.count("the service does not answer"), "<b>41</b> residents" in page) == (2, True)


async def test_an_enrolment_is_a_code_to_scan_that_stands_in_no_address(answering: Console) -> None:
    answering.services.asked.clear()
    browser = await answering.browser("en").signed_in()
    page = await browser.post(f"/gates/{GATE}/enrol", enrolment_id="e1")
    assert page.status_code == 200
    url = f"http://checkpoint/gate?gate={GATE}#code=7K2M9QXD"
    wanted = segno.make(url, error="m", micro=False).svg_inline(border=4, light="#fff", omitsize=True)
    drawn = re.search(r'stroke="#000" d="([^"]*)"', page.text)
    assert drawn
    assert f'd="{drawn[1]}"' in wanted
    assert ("7K2M 9QXD" in page.text, "until 2099-02-10 09:30" in page.text) == (True, True)
    assert [str(one.url) for one in answering.services.asked if "7K2M9QXD" in str(one.url)] == []
    (made,) = [one for one in answering.services.asked if one.url.path == f"/v1/gates/{GATE}/enrolments"]
    assert made.content == b'{"enrolment_id":"e1"}'
    part = await browser.client.get(f"/gates/{GATE}/devices?left=9", headers=HTMX)
    assert ("<html" in part.text, "东门一号" in part.text, "left=8" in part.text) == (False, True, True)


async def test_a_code_that_has_expired_is_on_no_page(answering: Console) -> None:
    old = GATE_ANSWERS[f"POST /v1/gates/{GATE}/enrolments"] | {"expires_at": "2020-02-10T01:30:00Z"}
    answering.services.answers[f"POST /v1/gates/{GATE}/enrolments"] = old
    page = await (await answering.browser("en").signed_in()).post(f"/gates/{GATE}/enrol", enrolment_id="e1")
    assert ("7K2M" in page.text, "This code has expired." in page.text) == (False, True)


async def test_only_an_office_is_offered_to_enrol_and_to_revoke(answering: Console) -> None:
    for role, may in (("community", True), ("grid_worker", False)):
        answering.provider.person.roles = (role,)
        assert ("Enrol a device" in await _page(answering, f"/gates/{GATE}")) is may
        assert ("Revoke the device" in await _page(answering, f"/devices/{DEVICE}")) is may
    answering.services.answers[f"GET /v1/gates/{GATE}"] = OF_GATE | {"state": "closed"}
    answering.provider.person.roles = ("community",)
    assert "Enrol a device" not in await _page(answering, f"/gates/{GATE}")


async def test_a_device_shows_what_is_wrong_with_it(answering: Console) -> None:
    page = await _page(answering, f"/devices/{DEVICE}")
    assert all(text in page for text in ("95 s slow", "17–19", "25 h: it lets no person pass", "No sign of life"))


@pytest.mark.parametrize(
    ("path", "asked", "fields", "leads_to"),
    [
        (f"/devices/{DEVICE}/revoke", f"/v1/devices/{DEVICE}/revoke", {"reason": "lost"}, f"/devices/{DEVICE}"),
        (f"/alerts/{ALERT}/review", f"/v1/alerts/{ALERT}/review", {"outcome": "handled", "note": "sent on"}, "/alerts"),
    ],
)
async def test_a_step_at_a_gate_is_taken_by_the_service(
    answering: Console, path: str, asked: str, fields: dict[str, str], leads_to: str
) -> None:
    browser = await answering.browser("en").signed_in()
    answer = await browser.post(path, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    sent = [one for one in answering.services.asked if one.method == "POST" and one.url.path == asked]
    assert all(value.encode() in sent[-1].content for value in fields.values())
    answering.services.answers[f"POST {asked}"] = refusal(403, "access.own", "It is about your own household")
    refused = await browser.post(path, **fields)
    assert (refused.status_code, "It is about your own household" in refused.text) == (403, True)


async def test_a_review_needs_a_reason_and_keeps_what_was_typed(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = await browser.post(f"/alerts/{ALERT}/review", outcome="handled", note=" ")
    assert (page.status_code, "State in a sentence" in page.text) == (422, True)
    assert re.search(r'value="handled" required checked', page.text)


async def test_alerts_name_the_person_and_say_in_words_what_was_detected(answering: Console) -> None:
    page = await _page(answering, "/alerts?state=all")
    assert all(text in page for text in ("=王伟", "春华1号院 3-2-501", "38.5 °C", "no sign of life since 02-10 09:00"))
    (asked,) = [one for one in answering.services.asked if one.url.path == "/v1/alerts"]
    assert "reviewed" not in asked.url.params
    await _page(answering, f"/alerts?rule=fever&gate={GATE}&days=7")
    params = [one for one in answering.services.asked if one.url.path == "/v1/alerts"][-1].url.params
    assert (params["reviewed"], params["rule"], params["gate_id"]) == ("false", "fever", GATE)
    one = await _page(answering, f"/alerts/{ALERT}")
    assert (f'href="/people/{RESIDENT}"' in one, "Save the review" in one) == (True, True)
    assert f'href="/devices/{DEVICE}"' in await _page(answering, f"/alerts/{SILENT}")


def _rows(answer: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def _exported(browser: Browser, path: str) -> list[list[str]]:
    answer = await browser.client.get(path)
    assert "attachment" in answer.headers["content-disposition"], path
    return _rows(answer)


async def test_every_list_exports_what_it_shows_and_one_with_names_states_it_first(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    gates = await _exported(browser, "/gates.csv")
    assert gates[1] == ["<i>东门", "c01", "春华1号院", "online", "2", "1", "7", "2026-02-10 09:00"]
    devices = await _exported(browser, "/devices.csv")
    assert devices[1][:6] == ["东门一号", "<i>东门", "silent", "2026-02-10 09:00", "7", "95.0"]
    assert (await _exported(browser, "/presence.csv"))[1] == ["c01", "春华1号院", "41"]
    assert [one for one in answering.services.asked if one.url.path == "/v1/exports"] == []
    alerts = _rows(await browser.post("/alerts.csv", state="all"))
    assert alerts[1][1:4] == ["fever at the gate", "'=王伟", "春华1号院 3-2-501"]
    assert alerts[2][-1] == "dealt with 换了充电器"
    assert [b"alerts" in one.content for one in answering.services.asked if one.url.path == "/v1/exports"] == [True]


async def test_a_file_that_has_not_the_whole_list_ends_with_a_row_that_says_so(
    answering: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await answering.browser("en").signed_in()
    whole = await _exported(browser, "/devices.csv")
    monkeypatch.setattr("services.console.routes.exports.EXPORTED", 2 * len(whole[1:]))
    endless = answering.services.answers["GET /v1/devices"] | {"next": "more"}
    answering.services.answers["GET /v1/devices"] = endless
    cut = await _exported(browser, "/devices.csv")
    assert cut[1:-1] == whole[1:] * 2
    assert cut[-1] == [f"The list has more than these {len(cut) - 2} rows: choose fewer, and export again."]


async def test_presence_is_by_place_the_fullest_first(answering: Console) -> None:
    places = [{"area_path": f"{COMPOUND}x", "inside": 3}, {"area_path": COMPOUND, "inside": 41}]
    answering.services.answers["GET /v1/presence"] = {"within": "/", "inside": 44, "places": places}
    page = await _page(answering, "/presence")
    assert page.index("<strong>41</strong>") < page.index("<strong>3</strong>")
    assert f"{URL}" not in page
