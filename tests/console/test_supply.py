"""The pages of supply and of messages: lists, a run sheet, one delivery, one message, and the steps of each role."""

import csv
import io
import json
import re
from datetime import date

import httpx
import pytest

from services.console.client.goods import Delivery
from services.console.routes.deliveries import history_of
from services.console.routes.doors import in_door_order
from tests.console import office
from tests.console.answers import DOOR, FILE, RESIDENT
from tests.console.conftest import Console, refusal
from tests.console.office import DELIVERY, MESSAGE, OF_DELIVERY, page


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= office.ANSWERS | {f"GET /v1/residents/{RESIDENT}": FILE}
    return console


async def test_every_page_is_rendered_in_both_languages_and_escaped(answering: Console) -> None:
    for language, word in (("zh", "物资"), ("en", "Supply")):
        browser = await answering.browser(language).signed_in()
        for path in office.OFFICE_PAGES:
            answer = await browser.client.get(path)
            assert (answer.status_code, word in answer.text) == (200, True), (path, answer.text[-500:])
            assert "<b>dog" not in answer.text


async def test_a_list_has_name_door_phone_and_goods_and_asks_each_service_once(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    answering.services.asked.clear()
    text = (await browser.client.get("/supply")).text
    for part in ("=王伟", "春华1号院 3-2-501", "19900000001", "milk × 2", "isolation kit", "tried 2 times", "late"):
        assert part in text
    paths = [request.url.path for request in answering.services.asked]
    assert sorted(paths) == ["/v1/deliveries", "/v1/items", "/v1/places", "/v1/residents/names"]
    (asked,) = [dict(one.url.params) for one in answering.services.asked if one.url.path == "/v1/deliveries"]
    today = answering.made.deps.today.isoformat()
    assert asked == {"sort": "due_on", "state": "planned", "due_until": today, "limit": "100"}


async def test_a_volunteer_sees_doors_in_words_and_no_list_to_assign(answering: Console) -> None:
    answering.provider.person.roles = ("volunteer",)
    answering.services.answers["GET /v1/deliveries"] = page(OF_DELIVERY | {"resident_ids": []})
    browser = await answering.browser("en").signed_in()
    text = (await browser.client.get("/supply")).text
    assert "春华1号院 3-2-501" in text
    assert "Assign the chosen ones" not in text
    assert "/supply.csv" not in text
    home = (await browser.client.get("/")).text
    assert '<a href="/supply/run" class="urgent"><b>2</b>' in home
    sheet = (await browser.client.get("/supply/run?person=another")).text
    (asked, *_) = [dict(one.url.params) for one in answering.services.asked if "assigned_to" in one.url.params]
    assert asked["assigned_to"] == answering.provider.person.subject
    assert "春华1号院 3-2-501" in sheet
    own = (await browser.client.get(f"/supply/{DELIVERY}")).text
    assert "Confirm the hand-over" in own
    assert "Withdraw the delivery" not in own


async def test_a_run_sheet_has_the_doors_in_their_order_and_what_is_fetched_first(answering: Console) -> None:
    compound = DOOR.rpartition("/3/")[0]
    paths = [f"{compound}/3/1/1001", f"{compound}/3/1/902", f"{compound}/10/1/101", f"{compound}/2/1/101"]
    rows = [
        OF_DELIVERY | {"resident_ids": [], "area_path": path, "delivery_id": str(at)} for at, path in enumerate(paths)
    ]
    answering.services.answers["GET /v1/deliveries"] = page(*rows)
    text = (await (await answering.browser("en").signed_in()).client.get("/supply/run?person=helper-sun")).text
    doors = re.findall(r"<strong>春华1号院 ([\d-]+)</strong>", text)
    assert doors == ["2-1-101", "3-1-902", "3-1-1001", "10-1-101"]
    assert "春华物资站</strong>: milk × 8 case" in text


def test_doors_are_sorted_as_they_are_walked() -> None:
    assert sorted(["a 10-1", "a 9-2", "a 9-10", "b 1"], key=in_door_order) == ["a 9-2", "a 9-10", "a 10-1", "b 1"]


def test_a_history_pairs_each_failure_with_its_note_and_keeps_those_of_an_earlier_version() -> None:
    lines = [(one.what, one.by, one.note) for one in history_of(Delivery.model_validate(OF_DELIVERY))]
    assert lines == [
        ("failed", "helper-sun", "second note"),
        ("assigned", "office-liu", ""),
        ("failed", "helper-sun", "<b>dog</b>"),
        ("asked", "", ""),
    ]
    old = OF_DELIVERY | {"steps": [], "failures": [], "state": "handed_over", "confirmed_by": "x", "left_at": "door"}
    assert [(one.what, one.note) for one in history_of(Delivery.model_validate(old))] == [
        ("handed_over", "door"),
        ("asked", ""),
    ]


@pytest.mark.parametrize(
    ("path", "method", "asked", "fields", "body"),
    [
        ("assign", "PUT", "carriers", {"carriers": "a，b, "}, {"person_ids": ["a", "b"]}),
        ("handover", "POST", "handover", {"left_at": ""}, {"left_at": None}),
        (
            "failure",
            "POST",
            "failure",
            {"reason": "refused", "retry_on": "2026-02-11", "note": "x y"},
            {"reason": "refused", "retry_on": "2026-02-11", "note": "x y"},
        ),
        ("withdraw", "POST", "withdrawal", {"cancel_note": "moved away"}, {"note": "moved away"}),
    ],
)
async def test_a_step_of_a_delivery_is_taken_by_supply(
    answering: Console,
    path: str,
    method: str,
    asked: str,
    fields: dict[str, str],
    body: dict[str, object],
) -> None:
    answer = await (await answering.browser().signed_in()).post(f"/supply/{DELIVERY}/{path}", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/supply/{DELIVERY}")
    sent = answering.services.asked[-1]
    assert (sent.method, sent.url.path) == (method, f"/v1/deliveries/{DELIVERY}/{asked}")
    assert json.loads(sent.content) == body


async def test_a_refused_step_keeps_what_was_typed(answering: Console) -> None:
    answering.services.answers[f"POST /v1/deliveries/{DELIVERY}/failure"] = refusal(
        422, "supply.retry_date", "too late"
    )
    browser = await answering.browser().signed_in()
    fields = {"reason": "no_access", "retry_on": "2027-01-01", "note": "狗很凶"}
    answer = await browser.post(f"/supply/{DELIVERY}/failure", **fields)
    assert (answer.status_code, "too late" in answer.text, 'value="狗很凶"' in answer.text) == (422, True, True)
    assert 'value="no_access" checked' in answer.text


async def test_goods_are_ordered_for_a_household_and_come_in(answering: Console) -> None:
    browser = await answering.browser().signed_in()
    answering.services.answers |= {"POST /v1/needs": OF_DELIVERY, "POST /v1/stock/receipts": {"receipt_id": "r1"}}
    answer = await browser.post("/supply", resident_id=RESIDENT, need_id="n1", item="milk", quantity="2")
    assert answer.headers["location"] == f"/supply/{DELIVERY}"
    need = json.loads(answering.services.asked[-1].content)
    assert need == {"need_id": "n1", "item": "milk", "quantity": 2, "household_id": "h1"}
    answer = await browser.post("/supply/stock", receipt_id="r1", depot_id="depot-c01", item="milk", quantity="x")
    assert answer.headers["location"] == "/supply/stock"
    assert json.loads(answering.services.asked[-1].content)["quantity"] == "x", "the service says what is wrong"
    assert "牛奶,9,4,5,箱" in (await browser.client.get("/supply/stock.csv")).text


async def test_several_deliveries_are_assigned_at_once_and_lead_to_the_sheet(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    assert (await browser.post("/supply/carriers", carrier="helper-sun")).status_code == 422
    answer = await browser.post("/supply/carriers", carrier="helper-sun", delivery_id=[DELIVERY, "d2"])
    assert answer.headers["location"] == "/supply/run?person=helper-sun"
    sent = {one.url.path for one in answering.services.asked if one.method == "PUT"}
    assert sent == {f"/v1/deliveries/{one}/carriers" for one in (DELIVERY, "d2")}


async def test_the_exports_are_what_the_lists_hold_and_are_stated_first(answering: Console) -> None:
    answering.services.answers["GET /v1/deliveries"] = page(OF_DELIVERY)
    browser = await answering.browser().signed_in()
    for path, name, cells in (
        ("/supply.csv", "deliveries", ("'=王伟", "牛奶 × 2; a later item", "隔离包", "待配送")),
        ("/messages.csv", "messages", ("'=王伟", "隔离开始", "电子邮件 失败")),
    ):
        answer = await browser.post(path, state="all")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert set(cells) <= set(rows[1]), rows
        (stated,) = [
            one for one in answering.services.asked if one.url.path == "/v1/exports" and name in str(one.content)
        ]
        assert json.loads(stated.content)["list"] == name


async def test_a_message_shows_each_attempt_why_it_failed_and_is_sent_again_by_the_office(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    text = (await browser.client.get(f"/messages/{MESSAGE}")).text
    for part in ("isolation begins", "=王伟", "5 of 5", "did not answer in time", "See that the receiver works"):
        assert part in text
    answering.services.answers[f"POST /v1/messages/{MESSAGE}/resend"] = httpx.Response(202, json=office.OF_MESSAGE)
    answer = await browser.post(f"/messages/{MESSAGE}/resend", channel="email")
    assert answer.headers["location"] == f"/messages/{MESSAGE}?again=email"
    assert "goes out again by e-mail" in (await browser.follow(answer)).text
    answering.provider.person.roles = ("grid_worker",)
    other = await answering.browser("en").signed_in()
    assert "Send it again" not in (await other.client.get(f"/messages/{MESSAGE}")).text


async def test_messages_to_a_household_are_those_to_its_members(answering: Console) -> None:
    member = {"resident_id": "r2", "household_id": "h1", "area_path": DOOR, "categories": []}
    answering.services.answers["GET /v1/residents"] = page(
        member | {"resident_id": RESIDENT}, member, member | {"resident_id": "r3", "household_id": "h2"}
    )
    browser = await answering.browser().signed_in()
    await browser.client.get(f"/messages?resident_id={RESIDENT}&household=1&state=failed")
    (sent,) = [one for one in answering.services.asked if one.url.path == "/v1/messages/sent"]
    assert sent.url.params.get_list("recipient_id") == [RESIDENT, "r2"]
    assert sent.url.params["state"] == "failed"


def test_what_is_due_and_late_is_judged_by_the_day() -> None:
    one = Delivery.model_validate(OF_DELIVERY)
    assert (one.is_late(date(2026, 2, 10)), one.is_due(date(2026, 2, 9)), one.is_late(date(2026, 2, 9))) == (
        True,
        True,
        False,
    )
