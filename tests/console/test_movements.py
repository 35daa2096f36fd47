"""Purposes, trajectories, rules at gates, overrides, journeys and appeals: what is asked, shown, sent and offered."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.console.answers import ANSWERS, ORDER
from tests.console.conftest import Browser, Console, refusal
from tests.console.movement_answers import (
    APPEAL,
    CHECKPOINT,
    JOURNEY,
    OF_APPEAL,
    OF_JOURNEY,
    OF_OVERRIDE,
    OVERRIDE,
    RESIDENT,
)

TRAJECTORY = f"/people/{RESIDENT}/trajectory"
PURPOSE = "密接排查 2026-07"


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


def sent(console: Console, path: str, method: str = "GET") -> list[httpx.Request]:
    return [one for one in console.services.asked if (one.method, one.url.path) == (method, path)]


async def stated(browser: Browser, path: str, **fields: str) -> httpx.Response:
    """State a purpose for a page, and open it."""
    return await browser.follow(await browser.post("/purposes", page=path, **(fields or {"detail": PURPOSE})))


async def test_a_trajectory_asks_for_the_purpose_and_no_passage_is_read_before(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = (await browser.client.get(TRAJECTORY)).text
    assert ("What do you need it for?" in page, "Passages of =王伟" in page) == (True, True)
    assert sent(answering, "/v1/passages") == []


async def test_the_purpose_goes_to_the_service_and_stands_in_no_address(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = await stated(browser, f"{TRAJECTORY}?since=2026-02-09")
    assert (page.status_code, PURPOSE in page.text) == (200, True)
    (asked,) = sent(answering, "/v1/passages")
    assert unquote(asked.headers["lastmetre-purpose"]) == PURPOSE
    assert asked.url.params["since"] == "2026-02-09T00:00:00+08:00"
    addresses = [str(page.url), *(str(one.url) for one in answering.services.asked)]
    addresses += re.findall(r'(?:href|action)="([^"]*)"', page.text)
    assert [one for one in addresses if "2026-07" in unquote(one)] == []
    (row,) = await answering.made.database["kept_forms"].find({}).to_list(None)
    assert PURPOSE not in str(row)


async def test_a_purpose_is_for_the_pages_about_one_person_in_one_session(answering: Console) -> None:
    mine, other = await answering.browser("en").signed_in(), await answering.browser("en").signed_in()
    query = (await stated(mine, TRAJECTORY)).url.query.decode()
    asks = "What do you need it for?"
    assert asks not in (await mine.client.get(f"/people/{RESIDENT}/contacts?{query}")).text
    assert asks in (await mine.client.get(f"/people/another/trajectory?{query}")).text
    assert asks in (await other.client.get(f"{TRAJECTORY}?{query}")).text


@pytest.mark.parametrize("fields", [{"detail": "x"}, {"chosen": "forged"}, {"detail": "x" * 201}])
async def test_a_purpose_that_says_nothing_is_asked_for_again(answering: Console, fields: dict[str, str]) -> None:
    page = await (await answering.browser("en").signed_in()).post("/purposes", page=TRAJECTORY, **fields)
    assert (page.status_code, "Choose what you need it for" in page.text) == (422, True)


async def test_a_purpose_leads_to_no_foreign_address(answering: Console) -> None:
    answer = await (await answering.browser().signed_in()).post("/purposes", page="https://x.example", detail=PURPOSE)
    assert answer.headers["location"].startswith("/?act=")


async def test_any_page_asks_for_the_purpose_that_a_service_wants(answering: Console) -> None:
    answering.services.answers["GET /v1/cases"] = refusal(422, "request.purpose_missing")
    page = await (await answering.browser("en").signed_in()).client.get("/cases?state=referred")
    assert ("What do you need it for?" in page.text, 'value="/cases?state=referred"' in page.text) == (True, True)


async def test_passages_stand_by_local_day_with_gate_verdict_and_reason(answering: Console) -> None:
    page = (await stated(await answering.browser("en").signed_in(), TRAJECTORY)).text
    text = re.sub(r"<[^>]*>|\s+", " ", page)
    for words in ("2026-02-10 2 scans", "=北门", "09:00", "01:30", "checked by hand", "Yellow code: check by hand"):
        assert words in re.sub(" +", " ", text), words
    assert ("36.6" in page, "offline" in page, "the same crossing again" in page) == (True, True, True)


async def test_an_export_of_passages_states_its_purpose_first(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    answer = await browser.post(f"{TRAJECTORY}.csv", purpose=PURPOSE)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (len(rows), rows[1][0], rows[1][4]) == (3, "'=王伟", "'=北门")
    (export,), (read,) = sent(answering, "/v1/exports", "POST"), sent(answering, "/v1/passages")
    assert {unquote(one.headers["lastmetre-purpose"]) for one in (export, read)} == {PURPOSE}
    assert answering.services.asked.index(export) < answering.services.asked.index(read)


async def test_contacts_have_names_and_say_where_they_are_cut(answering: Console) -> None:
    page = (await stated(await answering.browser("en").signed_in(), f"/people/{RESIDENT}/contacts")).text
    for words in ("in one vehicle", "42 s", "reaches back to", "1 people at 7 passages"):
        assert words in page, words


@pytest.mark.parametrize("path", ["/journeys.csv", "/appeals.csv", "/overrides.csv"])
async def test_a_list_exports_what_it_shows_and_states_it_first(answering: Console, path: str) -> None:
    answer = await (await answering.browser().signed_in()).post(path, state="open")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (len(rows) >= 2, "'=王伟" in rows[1]) == (True, True)
    assert len(sent(answering, "/v1/exports", "POST")) == 1


async def test_rules_show_what_holds_where_since_when_why_and_what_follows(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = (await browser.client.get("/policies?at=2026-02-10T08:00")).text
    for words in ("=北门卡口", "out with an exit permit only", "curfew 22:00–05:00", "37.3 °C and over", "office-liu"):
        assert words in page, words
    assert sent(answering, "/v1/policies")[-1].url.params["at"] == "2026-02-10T00:00:00+00:00"
    file = (await browser.client.get(f"/policies/{CHECKPOINT}")).text
    assert (file.count("Withdraw these rules"), "Held before" in file, "checkpoint defined" in file) == (1, True, True)
    assert "&lt;b&gt;封闭管理" in file


async def test_new_rules_are_stated_at_each_chosen_checkpoint_from_a_local_time(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    fields: dict[str, Any] = {"checkpoint_id": [CHECKPOINT, "cp-south"], "since": "2026-02-12T08:00", "reason": "防控"}
    fields |= {"fever_over_c": "37,2", "mask_required": "yes", "exits": "permit", "visitors": "none"}
    fields |= {"admission": "anyone", "elsewhere": "unknown", "curfew_from": "22:00", "curfew_to": "05:00"}
    fields |= {"watched_plates": "鄂A，湘B", "repeat_within_s": "5", "unknown_per_minute": "30", "compared_for": "card"}
    fields |= {"second_compound_minutes": "5"}
    path = f"/v1/checkpoints/{CHECKPOINT}/policies/2026-02-12T00:00:00+00:00"
    answer = await browser.post("/policies", **fields)
    assert answer.headers["location"] == "/policies"
    stated = [one for one in answering.services.asked if one.method == "PUT"]
    assert [one.url.path for one in stated] == [path, path.replace(CHECKPOINT, "cp-south")]
    body = json.loads(stated[0].content)
    assert (body["fever_over_c"], body["curfew"], body["watched_plates"]) == (37.2, ["22:00", "05:00"], ["鄂A", "湘B"])
    assert (body["mask_required"], body["fever_at_limit"], body["exits"]) == (True, False, "permit")
    answering.services.answers[f"PUT {path}"] = refusal(409, "checkpoint.policy_past", "已过时")
    refused = await browser.post("/policies", **fields)
    assert (refused.status_code, "已过时" in refused.text, 'value="鄂A 湘B"' in refused.text) == (409, True, True)


async def test_rules_that_have_not_begun_are_withdrawn_with_the_reason_in_a_header(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    since = "2099-02-11T01:00:00+00:00"
    answer = await browser.post(f"/policies/{CHECKPOINT}/withdraw", since=since, reason="不再需要")
    assert answer.headers["location"] == f"/policies/{CHECKPOINT}"
    (asked,) = sent(answering, f"/v1/checkpoints/{CHECKPOINT}/policies/{since}", "DELETE")
    assert unquote(asked.headers["lastmetre-reason"]) == "不再需要"


@pytest.mark.parametrize(("subject", "may"), [("device-1", False), ("officer-9", True)])
async def test_an_override_is_reviewed_by_another_than_made_it(answering: Console, subject: str, may: bool) -> None:
    answering.provider.person.subject = subject
    browser = await answering.browser("en").signed_in()
    page = (await browser.client.get(f"/overrides/{OVERRIDE}")).text
    assert ("Was the gate right?" in page, "&lt;b&gt;x" in page) == (may, True)
    answering.services.answers[f"POST /v1/overrides/{OVERRIDE}/review"] = OF_OVERRIDE
    answer = await browser.post(f"/overrides/{OVERRIDE}/review", outcome="justified", note="救护车")
    assert answer.headers["location"] == "/overrides"


@pytest.mark.parametrize(
    ("subject", "role", "more", "confirm", "refuse"),
    [
        ("office-9", "community", {}, True, True),
        ("keeper-g01", "grid_worker", {}, False, False),
        ("keeper-g01", "community", {}, False, False),
        ("office-9", "community", {"risk": "high", "falls_back_at": None}, False, True),
        ("office-9", "community", {"stated_by": None}, False, False),
        ("office-9", "community", {"state": "refused", "refused_by": "x", "refusal": "<i>no"}, False, False),
    ],
)
async def test_a_journey_offers_the_second_person_what_the_service_allows(
    answering: Console, subject: str, role: str, more: dict[str, Any], confirm: bool, refuse: bool
) -> None:
    answering.services.answers[f"GET /v1/journeys/{JOURNEY}"] = OF_JOURNEY | more
    answering.provider.person.subject, answering.provider.person.roles = subject, (role,)
    page = (await (await answering.browser("en").signed_in()).client.get(f"/journeys/{JOURNEY}")).text
    assert ("Confirm as the second person" in page, "Refuse the journey" in page) == (confirm, refuse)


@pytest.mark.parametrize(
    ("subject", "role", "more", "may"),
    [
        ("office-9", "community", {}, True),
        ("office-9", "grid_worker", {}, False),
        ("office-9", "community", {"made_by": "office-9"}, False),
        ("doctor-chen", "doctor", {"rule": "manual", "evidence": ORDER}, False),
        ("office-9", "community", {"state": "upheld", "decided_by": "x", "decided_at": "2026-02-10T01:00:00Z"}, False),
    ],
)
async def test_an_appeal_shows_the_grounds_and_offers_the_decision_to_another_officer(
    answering: Console, subject: str, role: str, more: dict[str, Any], may: bool
) -> None:
    answering.services.answers[f"GET /v1/appeals/{APPEAL}"] = OF_APPEAL | more
    answering.provider.person.subject, answering.provider.person.roles = subject, (role,)
    page = (await (await answering.browser("en").signed_in()).client.get(f"/appeals/{APPEAL}")).text
    assert ("Uphold the appeal" in page, "&lt;b&gt;我没有" in page) == (may, True)
    assert ("hubei/huanggang" in page) is (more.get("rule") != "manual")


@pytest.mark.parametrize(
    ("path", "asked", "fields", "answer"),
    [
        (f"/journeys/{JOURNEY}/confirm", f"journeys/{JOURNEY}/confirmation", {}, OF_JOURNEY),
        (f"/journeys/{JOURNEY}/refuse", f"journeys/{JOURNEY}/refusal", {"reason": "not so"}, OF_JOURNEY),
        (f"/journeys/{JOURNEY}/cancel", f"journeys/{JOURNEY}/cancellation", {}, OF_JOURNEY),
        (f"/appeals/{APPEAL}/uphold", f"appeals/{APPEAL}/uphold", {"reason": "right"}, OF_APPEAL),
        (f"/appeals/{APPEAL}/reject", f"appeals/{APPEAL}/reject", {"reason": "wrong"}, OF_APPEAL),
        ("/appeals", f"residents/{RESIDENT}/appeals", {"resident_id": RESIDENT, "text": "no"}, OF_APPEAL),
        ("/journeys", "journeys", {"resident_id": RESIDENT, "origin_region": "hubei"}, OF_JOURNEY),
    ],
)
async def test_a_step_is_taken_by_the_service_and_a_refusal_keeps_what_was_typed(
    answering: Console, path: str, asked: str, fields: dict[str, str], answer: dict[str, Any]
) -> None:
    browser = await answering.browser().signed_in()
    answering.services.answers[f"POST /v1/{asked}"] = answer
    taken = await browser.post(path, **fields)
    assert (taken.status_code, taken.headers["location"]) == (303, "/" + "/".join((*path.split("/")[1:2], _id(answer))))
    (request,) = sent(answering, f"/v1/{asked}", "POST")
    assert all(value.encode() in request.content for name, value in fields.items() if name != "resident_id")
    answering.services.answers[f"POST /v1/{asked}"] = refusal(409, "x", "请由同事办理")
    refused = await browser.post(path, **fields)
    assert (refused.status_code, "请由同事办理" in refused.text) == (409, True)


def _id(answer: dict[str, Any]) -> str:
    return str(answer.get("appeal_id") or answer["journey_id"])


async def test_the_home_page_counts_what_waits_at_gates_of_journeys_and_of_appeals(answering: Console) -> None:
    page = (await (await answering.browser("en").signed_in()).client.get("/")).text
    for link, number in (("/overrides", 2), ("/journeys?state=waiting", 1), ("/appeals", 1)):
        assert f'<a href="{link}" class="urgent"><b>{number}</b>' in page, link


def test_the_codes_of_gates_journeys_and_appeals_have_words() -> None:
    from services.checkpoint.domain import reviews, scan
    from services.console.showing.words import WORDS
    from services.registration.domain import appeals, journeys, returns
    from shared.events import checkpoint, registration, registration_reports, registration_returns

    for kind, codes in (
        ("direction", checkpoint.Direction),
        ("verdict", checkpoint.Verdict),
        ("credential", checkpoint.CredentialKind),
        ("checkpoint_kind", checkpoint.CheckpointKind),
        ("exits", checkpoint.ExitRule),
        ("visitors", checkpoint.VisitorRule),
        ("admission", checkpoint.AdmissionRule),
        ("elsewhere", checkpoint.ElsewhereRule),
        ("override", scan.Override),
        ("override_outcome", reviews.OverrideOutcome),
        ("risk", registration.Risk),
        ("return_needs", returns.Needed),
        ("return_side", returns.Side),
        ("certificate_kind", returns.CertificateKind),
        ("journey_state", journeys.JourneyState),
        ("appeal_state", appeals.State),
    ):
        assert {code.value for code in codes} - WORDS[kind].keys() == set(), kind  # type: ignore[attr-defined]
    assert {one.value for one in registration_reports.ReportState} - {"unknown"} == WORDS["report_state"].keys()
    assert {one.value for one in registration_returns.ReturnState} - {"unknown"} == WORDS["return_state"].keys()
