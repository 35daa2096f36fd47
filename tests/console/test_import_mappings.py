"""Foreign sheets in the console: columns mapped by hand, remembered, changed, forgotten; events passed on (R1.12)."""

from typing import Any

import httpx
import pytest

from services.console.showing import sheets
from services.registration.usecases.import_work import KINDS
from tests.console.answers import ANSWERS, IMPORT, MAPPING
from tests.console.conftest import URL, Console, refusal

FILE = {"file": ("roster.xlsx", b"content")}


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


async def send(browser: Any, **data: Any) -> str:
    headers = {"Origin": URL, "X-CSRF-Token": await browser.token(), "HX-Request": "true"}
    answer = await browser.client.post("/imports/preview", data=data, files=FILE, headers=headers)
    return str(answer.text)


async def test_a_sheet_with_unknown_titles_is_mapped_with_the_remembered_mapping_filled_in(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answers = answering.services.answers
    kept = answers["POST /v1/imports/residents/preview"]
    answers["POST /v1/imports/residents/preview"] = refusal(400, "import.columns_missing", "The heading lacks")
    page = await send(browser, kind="residents")
    for text in (
        "The heading lacks",
        "Map the columns by hand",
        "王伟",
        "Your office mapped these titles",
        'id="mapped"',
    ):
        assert text in page
    assert '<option value="name" selected>姓名 *' in page
    answers["POST /v1/imports/residents/preview"] = kept
    chosen = {"title": ["谁", "序号"], "column": ["name", ""], "remember": "true"}
    page = await send(browser, kind="residents", **chosen)
    assert 'form="roster" name="title" value="谁"' in page
    asked = next(one for one in reversed(answering.services.asked) if one.url.path.endswith("/preview"))
    assert '{"谁": "name", "序号": ""}'.encode() in asked.content
    await browser.client.post(
        "/imports",
        data={"kind": "residents", "csrf": await browser.token(), "whole": "true", **chosen},
        files=FILE,
        headers={"Origin": URL},
    )
    asked = next(one for one in reversed(answering.services.asked) if one.url.path == "/v1/imports/residents")
    assert all(name in asked.content for name in (b'name="whole"', b'name="remember"', b'name="mapping"'))


async def test_a_remembered_mapping_is_changed_and_forgotten(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answering.services.answers[f"DELETE /v1/import-mappings/{MAPPING}"] = {}
    changed = await browser.post("/imports/mappings", kind="residents", title="谁", column="name")
    forgotten = await browser.post(f"/imports/mappings/{MAPPING}/forget")
    assert [one.status_code for one in (changed, forgotten)] == [303, 303]
    sent = [f"{one.method} {one.url.path}" for one in answering.services.asked]
    assert {"PUT /v1/import-mappings", f"DELETE /v1/import-mappings/{MAPPING}"} <= set(sent)


async def test_events_and_the_error_sheet_are_passed_on(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    events = httpx.Response(200, text="id: done-3-1\nevent: end\ndata: {}\n\n")
    answering.services.answers[f"GET /v1/imports/{IMPORT}/events"] = lambda _: events
    answering.services.answers[f"GET /v1/imports/{IMPORT}/error-sheet"] = lambda _: httpx.Response(200, content=b"PK")
    answer = await browser.client.get(f"/imports/{IMPORT}/events", headers={"Last-Event-ID": "running-1-1"})
    assert (answer.text, answer.headers["x-accel-buffering"]) == (events.text, "no")
    (asked,) = [one for one in answering.services.asked if one.url.path.endswith("/events")]
    assert asked.headers["last-event-id"] == "running-1-1"
    sheet = await browser.client.get(f"/imports/{IMPORT}/errors.xlsx")
    assert (sheet.content, "attachment" in sheet.headers["content-disposition"]) == (b"PK", True)


def test_the_console_names_the_columns_of_every_roster_as_registration_does() -> None:
    served = {
        kind.value: {name: one.titles[0] for name, one in roster.columns.items()} for kind, roster in KINDS.items()
    }
    assert sheets.COLUMNS.items() <= served.items()


async def test_a_whole_list_is_passed_on_as_it_is_written(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    answering.services.answers["POST /v1/exports/households"] = lambda _: httpx.Response(200, content=b"PK")
    answer = await browser.post("/people-sheets/households", form="xlsx", within="/jinhe/p01")
    assert (answer.content, "households.xlsx" in answer.headers["content-disposition"]) == (b"PK", True)
    (asked,) = [one for one in answering.services.asked if one.url.path == "/v1/exports/households"]
    assert b'"area_path":"/jinhe/p01"' in asked.content.replace(b" ", b"")
    answering.services.answers["POST /v1/exports/residents"] = refusal(403, "access.area", "not your area")
    assert (await browser.post("/people-sheets/residents", form="csv")).status_code == 403
    assert (await browser.post("/people-sheets/others", form="csv")).status_code == 404
