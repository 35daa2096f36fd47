"""Histories: what an import changed, its undoing and what stays, a file's changes, and rows of other offices."""

import pytest

from tests.console.answers import ANSWERS, EXAMINATION, IMPORT, OF_IMPORT, OF_UNDO, READ, RESIDENT, TO_DO
from tests.console.conftest import Console, refusal

NOT_UNDONE = refusal(404, "registration.not_undone", "The import is not undone")


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


async def test_a_history_names_each_field_before_and_after_in_the_persons_language(answering: Console) -> None:
    for path in (f"/people/{RESIDENT}/changes", f"/imports/{IMPORT}/changes"):
        page = (await (await answering.browser("en").signed_in()).client.get(path)).text
        for text in ("Phone", "19900000009", "19900000001", "elderly, alone", "another office", "later field"):
            assert text in page, (path, text)
        chinese = (await (await answering.browser("zh").signed_in()).client.get(path)).text
        assert ("独居" in chinese, "由其他单位查看" in chinese) == (True, True), path
    page = (await (await answering.browser("en").signed_in()).client.get(f"/people/{RESIDENT}/changes")).text
    assert ("&lt;i&gt;wrong roster" in page, "row 7" in page) == (True, True)


@pytest.mark.parametrize(
    ("role", "more", "undone", "offered"),
    [
        ("community", {}, False, True),
        ("community", {}, True, False),
        ("grid_worker", {}, False, False),
        ("community", {"kind": "places"}, False, False),
        ("community", {"added": 0}, False, False),
        ("community", {"finished_at": None, "state": "running"}, False, False),
    ],
)
async def test_undoing_is_offered_to_the_office_for_an_import_that_is_finished_and_did_something(
    answering: Console, role: str, more: dict[str, object], undone: bool, offered: bool
) -> None:
    answers = answering.services.answers
    answers[f"GET /v1/imports/{IMPORT}"] = OF_IMPORT | READ | more
    answers[f"GET /v1/imports/{IMPORT}/undo"] = OF_UNDO if undone else NOT_UNDONE
    answering.provider.person.roles = (role,)
    page = (await (await answering.browser("en").signed_in()).client.get(f"/imports/{IMPORT}")).text
    assert ("Undo the import" in page) is offered
    assert (f'href="/imports/{IMPORT}/undo"' in page) is undone


async def test_an_undoing_is_followed_until_it_is_finished(answering: Console) -> None:
    answers = answering.services.answers
    running = OF_UNDO | {"state": "running", "finished_at": None, "handled": 1, "kept": 0}
    answers[f"GET /v1/imports/{IMPORT}/undo"] = running
    browser = await answering.browser("en").signed_in()
    part = (await browser.client.get(f"/imports/{IMPORT}/undo", headers={"HX-Request": "true"})).text
    assert ("<html" in part, f'hx-get="/imports/{IMPORT}/undo"' in part) == (False, True)
    answers[f"GET /v1/imports/{IMPORT}/undo"] = OF_UNDO
    done = (await browser.client.get(f"/imports/{IMPORT}/undo")).text
    assert "hx-get" not in done
    assert "The file has changed since: undo single changes" in done
    assert "ask the next version" in done, "a cause of a later version comes with the service's advice"
    assert f"/people/{RESIDENT}/changes" in done


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        (f"/imports/{IMPORT}/undo", f"POST /v1/imports/{IMPORT}/undo"),
        (f"/people/{RESIDENT}/changes/c1/undo", f"POST /v1/residents/{RESIDENT}/changes/c1/undo"),
        (f"/examinations/{EXAMINATION}/accept", f"POST /v1/examinations/{EXAMINATION}/accept"),
    ],
)
async def test_a_refusal_of_registration_is_on_the_page_with_the_reason_still_typed(
    answering: Console, path: str, asked: str
) -> None:
    answering.services.answers |= {asked: refusal(409, "x", "此后又有变更")}
    answering.services.answers[f"GET /v1/imports/{IMPORT}/undo"] = NOT_UNDONE
    page = await (await answering.browser().signed_in()).post(path, reason="名册有误")
    assert (page.status_code, "此后又有变更" in page.text, 'value="名册有误"' in page.text) == (409, True, True)


@pytest.mark.parametrize(("role", "counted"), [("community", True), ("city", True), ("doctor", False)])
async def test_the_home_page_counts_the_rows_to_examine_for_the_office(
    answering: Console, role: str, counted: bool
) -> None:
    answering.provider.person.roles = (role,)
    answering.services.answers["GET /v1/to-do"] = TO_DO | {"examinations": 1 if counted else None}
    page = (await (await answering.browser("en").signed_in()).client.get("/")).text
    assert ('href="/examinations" class="urgent"><b>1</b>' in page) is counted


async def test_a_row_to_examine_stands_beside_the_file_and_is_decided_once(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    assert "=王伟" in (await browser.client.get("/examinations")).text
    page = (await browser.client.get(f"/examinations/{EXAMINATION}")).text
    assert ("=王伟二" in page, "office-other" in page, "Refuse" in page) == (True, True, True)
    decided = {"state": "refused", "decided_by": "office-liu", "decided_at": "2026-02-10T01:00:00Z", "decision": "no"}
    path = f"GET /v1/examinations/{EXAMINATION}"
    answering.services.answers[path] = ANSWERS[path] | decided
    page = (await browser.client.get(f"/examinations/{EXAMINATION}")).text
    assert ("office-liu" in page, 'name="reason"' in page) == (True, False)
