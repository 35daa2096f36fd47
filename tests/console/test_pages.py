"""The pages over services that answer, refuse or are away: in both languages, escaped, and saying what to do."""

import csv
import io
import re

import httpx
import pytest
from openpyxl import load_workbook

from tests.console.answers import (
    ANSWERS,
    CASE,
    CHANGE,
    EXAMINATION,
    IMPORT,
    OF_CHANGE,
    OF_EXAMINATION,
    OF_UNDO,
    ORDER,
    PAGES,
    RESIDENT,
    TO_DO,
)
from tests.console.conftest import URL, Console, refusal
from tests.console.zone_answers import ZONE

_ANSWERED = {
    "orders": ANSWERS[f"GET /v1/colour-orders/{ORDER}"],
    "imports": OF_UNDO,
    "people": OF_CHANGE,
    "zones": ANSWERS[f"GET /v1/zones/{ZONE}"],
    "examinations": OF_EXAMINATION,
}


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


@pytest.mark.parametrize("role", ["community", "doctor", "grid_worker", "city"])
async def test_every_page_is_rendered_in_both_languages(answering: Console, role: str) -> None:
    answering.provider.person.roles = (role,)
    for language, name in (("zh", "隔离个案"), ("en", "Cases")):
        browser = await answering.browser(language).signed_in()
        for path in PAGES:
            page = await browser.client.get(path)
            assert (page.status_code, name in page.text) == (200, True), (path, page.text[-500:])


async def test_what_services_answer_is_escaped(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    page = (await browser.client.get(f"/cases/{CASE}")).text
    assert "&lt;b&gt;close contact&lt;/b&gt;" in page
    assert "<b>close" not in page


async def test_a_box_whose_service_is_away_says_so_and_the_others_are_there(answering: Console) -> None:
    def to_do(request: httpx.Request) -> httpx.Response:
        if request.url.host == "isolation":  # two boxes
            raise httpx.ConnectError("refused", request=request)
        if request.url.host == "checkpoint":  # two boxes
            return refusal(503, "store.unavailable")
        return httpx.Response(200, json=TO_DO)

    answering.services.answers["GET /v1/to-do"] = to_do
    page = (await (await answering.browser("en").signed_in()).client.get("/")).text
    assert page.count("Not available now.") == 4
    assert "wait for you as the second person" in page


async def test_the_home_page_asks_each_service_once(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answering.services.asked.clear()
    await browser.client.get("/")
    asked = [(one.url.host, one.url.path) for one in answering.services.asked]
    assert [one for one in asked if one[1] == "/v1/to-do"] == [
        (service, "/v1/to-do") for service in ("isolation", "checkpoint", "registration")
    ]
    assert len(asked) == 5, asked


async def test_the_home_page_counts_what_waits_and_each_count_opens_its_list(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = (await browser.client.get("/")).text
    assert '<a href="/cases?state=release_requested" class="urgent"><b>1</b> <span>releases to approve' in page
    assert '<a href="/cases/missing" class="urgent"><b>1</b>' in page
    assert "=王伟" in (await browser.client.get("/cases?state=release_requested")).text
    answering.services.answers["GET /v1/cases"] = {"items": [], "next": None}
    assert "No case like this is in your area" in (await browser.client.get("/cases?state=referred")).text


async def test_a_case_shows_its_curve_its_missing_reports_and_what_the_release_lacks(answering: Console) -> None:
    page = (await (await answering.browser("en").signed_in()).client.get(f"/cases/{CASE}")).text
    assert page.count("<circle") == 2 * 2  # for a desk and for a phone
    assert page.count('<rect class="high"') == 2
    assert "1 missing" in page
    assert '<li class="lacks"><span aria-hidden="true">✕</span> every measurement is reported or waived' in page
    assert '<li class="holds"><span aria-hidden="true">✓</span> the person is not at the fever clinic' in page
    assert "Approve the release" in page


async def test_a_case_names_what_waits_for_a_second_person_to_those_who_may_confirm_it(answering: Console) -> None:
    asked = {"by": "doctor-wu", "at": "2026-02-10T01:00:00Z", "days": 7, "until": None}
    longer = asked | {"falls_back_at": "2026-02-11T01:00:00Z"}
    arrival = longer | {"days": 0, "until": "2026-02-20"}
    more = {"proposed_by": None, "extensions_asked": [longer, arrival], "referral": asked, "cancellation": asked}
    answers = answering.services.answers
    answers[f"GET /v1/cases/{CASE}"] = ANSWERS[f"GET /v1/cases/{CASE}"] | more
    answers["GET /v1/cases"] = {"items": [answers[f"GET /v1/cases/{CASE}"]], "next": None}
    for subject, role, may in (
        ("doctor-chen", "doctor", True),
        ("doctor-wu", "doctor", False),
        ("keeper-g01", "grid_worker", False),
    ):
        answering.provider.person.subject, answering.provider.person.roles = subject, (role,)
        browser = await answering.browser("en").signed_in()
        page = (await browser.client.get(f"/cases/{CASE}")).text
        assert "doctor-wu asks for 7 days more." in page
        assert "by 2026-02-11 09:00, the last day stays 2026-02-10" in page
        assert "doctor-wu asks that it lasts until 2026-02-20." in page
        assert "doctor-wu alone reported" in page
        assert "doctor-wu asked to withdraw the order" in page
        assert ("Confirm as the second person" in page) is may, subject
        if role == "doctor":
            assert "once a second person has confirmed it" in page
            home = (await browser.client.get("/")).text
            assert re.search("<b>0</b> <span>cases that wait for a second person", home), subject


async def test_a_refused_step_says_why_in_the_persons_language_and_keeps_what_was_typed(answering: Console) -> None:
    fields = {
        "order_id": "o1",
        "colour": "red",
        "reason": "核酸阳性",
        "until": "2026-05-12T08:00",
        "resident_id": RESIDENT,
    }
    for language, text in (("zh", "指令时间过长"), ("en", "The order lasts too long")):
        answering.services.answers["POST /v1/colour-orders"] = refusal(422, "registration.too_long", text)
        page = await (await answering.browser(language).signed_in()).post("/orders", **fields)
        assert (page.status_code, text in page.text, 'value="核酸阳性"' in page.text) == (422, True, True)
        assert 'role="alert"' in page.text


async def test_a_zone_is_proposed_once_the_households_that_it_hits_are_confirmed(answering: Console) -> None:
    fields = {
        "zone_id": ZONE,
        "kind": "lockdown",
        "paths": "/jinhe/p01",
        "since": "2026-02-10T12:00",
        "review_on": "2026-02-13",
        "source": "津河疫防指〔2026〕8号",
        "reason": "一户两人阳性",
    }
    browser = await answering.browser("en").signed_in()
    page = (await browser.post("/zones", **fields)).text
    assert "Propose it for 320 households" in page
    assert "waits for a second official" in page
    done = await browser.post("/zones", **fields, confirmed="yes")
    assert (done.status_code, done.headers["location"]) == (303, f"/zones/{ZONE}")
    sent = answering.services.asked[-1]
    assert b'"since":"2026-02-10T12:00:00+08:00"' in sent.content.replace(b" ", b"")
    zone = (await browser.client.get(f"/zones/{ZONE}")).text
    assert "rooms and ways disinfected" in zone
    assert "street → district → city · next: street" in zone
    assert "&lt;b&gt;核酸" in zone


async def test_what_a_service_does_not_know_is_a_page_that_says_what_to_do(answering: Console) -> None:
    answering.services.answers["GET /v1/cases/none"] = refusal(404, "isolation.no_such_case", "not in your area")
    page = await (await answering.browser("en").signed_in()).client.get("/cases/none")
    assert (page.status_code, "outside your area" in page.text, "Number for the operator" in page.text) == (
        404,
        True,
        True,
    )


async def test_an_address_of_a_form_alone_says_so(answering: Console) -> None:
    page = await (await answering.browser("en").signed_in()).client.get("/people.csv")
    assert (page.status_code, "This address takes a form" in page.text) == (405, True)


async def test_an_unexpected_error_is_a_page_with_the_operators_number(answering: Console) -> None:
    answering.services.answers["GET /v1/colour-orders"] = {"items": "nonsense"}
    page = await (await answering.browser().signed_in()).client.get("/orders")
    assert (page.status_code, "请将下面的编号告诉运维人员" in page.text) == (502, True)


async def test_an_export_is_what_the_list_shows_and_no_text_of_it_is_a_formula(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    for path, cell in (
        ("/people.csv", "'=王伟"),
        ("/cases.csv", "'=王伟"),
        (f"/imports/{IMPORT}/errors.csv", "'=wrong"),
    ):
        with_names = path in ("/people.csv", "/cases.csv")
        answer = await (browser.post(path, state="all") if with_names else browser.client.get(path))
        assert answer.content.startswith(b"\xef\xbb\xbf"), path
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert cell in rows[1]
        assert "attachment" in answer.headers["content-disposition"]


async def test_a_template_has_the_columns_as_text(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    answer = await browser.client.get("/imports/template/residents.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [cell.value for cell in sheet[1]][:6] == ["小区", "楼栋", "单元", "房号", "姓名", "身份证号"]
    assert sheet["F2"].number_format == "@"
    assert (await browser.client.get("/imports/template/none.xlsx")).status_code == 404


async def test_a_preview_names_the_bad_rows_and_offers_the_good_ones(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    headers = {"Origin": URL, "X-CSRF-Token": await browser.token(), "HX-Request": "true"}
    files = {"file": ("roster.xlsx", b"content")}
    page = (
        await browser.client.post("/imports/preview", data={"kind": "residents"}, files=files, headers=headers)
    ).text
    for text in ("Import the 2 good rows", "身份证号", "=wrong", "备注", "Sheet2", "王伟"):
        assert text in page
    assert "<html" not in page
    sent = [one for one in answering.services.asked if one.url.path.endswith("/preview")]
    assert b"content" in sent[-1].content


async def test_a_browser_without_scripts_gets_the_preview_as_a_page(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    data, files = {"kind": "places", "csrf": await browser.token()}, {"file": ("roster.xlsx", b"content")}
    answers = answering.services.answers
    answers["POST /v1/imports/places/preview"] = answers["POST /v1/imports/residents/preview"]
    sent = {"data": data, "files": files, "headers": {"Origin": URL}}
    page = (await browser.client.post("/imports/preview", **sent)).text
    for text in ("<html", "choose the file again and press Import", "=wrong", 'value="places" checked'):
        assert text in page
    assert 'id="confirm"' not in page
    answers["POST /v1/imports/places/preview"] = refusal(422, "import.empty", "There is nothing in the file")
    refused = await browser.client.post("/imports/preview", **sent)
    assert (refused.status_code, "<html" in refused.text) == (422, True)
    assert "There is nothing in the file" in refused.text
    assert 'formaction="/imports/preview"' in (await browser.client.get("/imports")).text


async def test_a_form_without_a_file_says_so(answering: Console) -> None:
    page = await (await answering.browser("en").signed_in()).post("/imports", kind="residents")
    assert (page.status_code, "Choose a file first." in page.text) == (422, True)


@pytest.mark.parametrize(
    ("path", "asked", "fields"),
    [
        (f"/cases/{CASE}/report", f"/v1/cases/{CASE}/measurements", {"temperature_c": "36,6", "symptom": "cough"}),
        (f"/cases/{CASE}/confirm", f"/v1/cases/{CASE}/confirmation", {}),
        (f"/cases/{CASE}/extend", f"/v1/cases/{CASE}/extension", {"days": "7", "reason": "fever", "extension_id": "e"}),
        (f"/cases/{CASE}/return", f"/v1/cases/{CASE}/return", {}),
        (f"/cases/{CASE}/cancel", f"/v1/cases/{CASE}/cancellation", {"reason": "mistake"}),
        (f"/cases/{CASE}/release", f"/v1/cases/{CASE}/release", {}),
        (f"/imports/{IMPORT}/undo", f"/v1/imports/{IMPORT}/undo", {"reason": "wrong roster"}),
        (
            f"/people/{RESIDENT}/changes/{CHANGE}/undo",
            f"/v1/residents/{RESIDENT}/changes/{CHANGE}/undo",
            {"reason": "mistyped"},
        ),
        (f"/examinations/{EXAMINATION}/accept", f"/v1/examinations/{EXAMINATION}/accept", {"reason": "she moved"}),
        (f"/examinations/{EXAMINATION}/refuse", f"/v1/examinations/{EXAMINATION}/refuse", {"reason": "unknown"}),
        (f"/orders/{ORDER}/approve", f"/v1/colour-orders/{ORDER}/approve", {}),
        (f"/orders/{ORDER}/reject", f"/v1/colour-orders/{ORDER}/reject", {"reason": "no evidence"}),
        (f"/zones/{ZONE}/approve", f"/v1/zones/{ZONE}/approve", {}),
        (f"/zones/{ZONE}/reject", f"/v1/zones/{ZONE}/reject", {"reason": "no case"}),
        (f"/zones/{ZONE}/lift", f"/v1/zones/{ZONE}/lift", {"reason": "all negative"}),
        (f"/orders/{ORDER}/lift", f"/v1/colour-orders/{ORDER}/lift", {"reason": "it is over", "lift_id": "l"}),
    ],
)
async def test_a_step_is_taken_by_the_service_and_leads_back_to_its_page(
    answering: Console, path: str, asked: str, fields: dict[str, str]
) -> None:
    answering.services.answers[f"POST {asked}"] = _ANSWERED.get(path.split("/")[1], {})
    answer = await (await answering.browser().signed_in()).post(path, **fields)
    leads_to = {"people": f"/people/{RESIDENT}/changes", "examinations": "/examinations", "imports": path}
    back = leads_to.get(path.split("/")[1], path.rpartition("/")[0])
    assert (answer.status_code, answer.headers["location"]) == (303, back)
    (sent,) = [one for one in answering.services.asked if one.method == "POST" and one.url.path == asked]
    if "reason" in fields:
        assert fields["reason"].encode() in sent.content
    if "temperature_c" in fields:
        assert (b"36.6" in sent.content, b"cough" in sent.content) == (True, True)
