"""The staff directory and keepers of places in the console: what is asked, shown, sent and exported (R1.2)."""

import json

import httpx
import pytest

from tests.console.answers import ANSWERS, CASE, ORDER
from tests.console.conftest import URL, Browser, Console, refusal
from tests.console.staff_answers import AREA

GRID = f"{AREA}/a1/g01"


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer, and a clerk of a community."""
    console.services.answers |= ANSWERS
    console.provider.person.roles = ("community",)
    return console


def _sent(console: Console, method: str, path: str) -> list[dict[str, object]]:
    asked = [one for one in console.services.asked if (one.method, one.url.path) == (method, path)]
    return [json.loads(one.content or b"{}") for one in asked]


async def test_a_search_for_a_colleague_stands_in_no_address(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    page = await browser.follow(await browser.post("/staff", q="赵", duty="sampling"))
    assert (page.status_code, "赵&lt;敏&gt;" in page.text, 'value="赵"' in page.text) == (200, True, True)
    (asked,) = _sent(answering, "POST", "/v1/staff/search")
    assert (asked["q"], asked["duty"]) == ("赵", "sampling")
    assert [one for one in answering.services.asked if "赵" in str(httpx.URL(one.url).params)] == []
    plain = await browser.post("/staff", q=" ", qualification="driver", ended="1", duty="no such duty")
    assert httpx.URL(plain.headers["location"]).params == httpx.QueryParams(qualification="driver", ended="True")


async def test_an_entry_names_who_changed_it_and_what_was_before(answering: Console) -> None:
    page = (await (await answering.browser("en").signed_in()).client.get("/staff/nurse-01")).text
    assert '<span title="nurse-01">赵敏</span>' in page
    assert "sampling" in page
    assert "2026-02-01 – now" in page
    assert "Change the entry" in page
    assert len(_sent(answering, "POST", "/v1/staff/names")) == 1


async def test_a_doctor_sees_the_directory_and_changes_nothing_of_it(answering: Console) -> None:
    answering.provider.person.roles = ("doctor",)
    browser = await answering.browser("en").signed_in()
    for path, form in (("/staff/nurse-01", "Change the entry"), ("/staff", "New entry"), ("/keepers", "No longer")):
        assert form not in (await browser.client.get(path)).text, path


async def test_forms_send_what_the_service_takes_and_stay_filled_in_where_it_refuses(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    facts = {"name": "赵敏", "unit": "卫生站", "phone": "", "since": "2026-02-10", "duties": "gate"}
    made = await browser.post("/staff/new", **facts, person_id="nurse-01")
    assert made.headers["location"] == "/staff/nurse-01"
    (sent,) = _sent(answering, "POST", "/v1/staff")
    assert (sent["duties"], sent["qualifications"], "phone" in sent) == (["gate"], [], False)
    assert (await browser.post("/staff/nurse-01", **facts, reason="调岗")).status_code == 303
    (sent,) = _sent(answering, "PUT", "/v1/staff/nurse-01")
    assert (sent["reason"], "person_id" in sent) == ("调岗", False)
    assert (await browser.post("/staff/nurse-01/end", day="2026-02-10", reason="返回原单位")).status_code == 303
    answering.services.answers["POST /v1/staff"] = refusal(409, "registration.staff_known", "is there already")
    page = await browser.post("/staff/new", **facts)
    assert (page.status_code, "is there already" in page.text, 'value="卫生站"' in page.text) == (409, True, True)


async def _name(browser: Browser, **fields: str) -> httpx.Response:
    """Send the form of a place's keepers."""
    form = {"csrf": await browser.token(), "path": GRID} | fields
    return await browser.client.post("/keepers", data=form, headers={"Origin": URL})


async def test_a_keeper_is_named_beside_those_who_stay(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    sent = await _name(browser, person_id="zhao", duty="doctor", since="2026-02-09")
    assert httpx.URL(sent.headers["location"]).params["path"] == GRID
    await _name(browser, gone="keeper nurse-01")
    first, second = _sent(answering, "PUT", "/v1/places/keepers")
    nurse = {"person_id": "nurse-01", "duty": "keeper"}
    assert first == {"keepers": [nurse, {"person_id": "zhao", "duty": "doctor"}], "since": "2026-02-09"}
    assert second == {"keepers": []}
    page = (await browser.client.get(f"/keepers?path={GRID}&day=2026-02-10")).text
    assert "before records – 2026-02-01" in page
    answering.services.answers["PUT /v1/places/keepers"] = refusal(409, "registration.keepers_order", "a later day")
    assert "a later day" in (await _name(browser)).text


async def test_the_city_chooses_a_place_first(answering: Console) -> None:
    answering.provider.person.roles, answering.provider.person.area = ("city",), "/"
    page = (await (await answering.browser("en").signed_in()).client.get("/keepers")).text
    assert "Choose a place or a door." in page
    assert not any(one.url.path == "/v1/places/responsible" for one in answering.services.asked)


async def test_the_directory_is_exported_once_that_is_stated(answering: Console) -> None:
    answering.services.answers["GET /v1/staff"] = ANSWERS["GET /v1/staff"] | {"next": None}
    browser = await answering.browser("en").signed_in()
    table = await browser.post("/staff.csv", within=AREA)
    assert "赵<敏>,13800000021,卫生服务站" in table.text
    assert _sent(answering, "POST", "/v1/exports") == [{"list": "staff", "area_path": AREA}]


@pytest.mark.parametrize("path", [f"/orders/{ORDER}", "/orders", f"/cases/{CASE}"])
async def test_officials_stand_with_their_names_by_one_call_a_page(answering: Console, path: str) -> None:
    browser = await answering.browser("en").signed_in()
    plain = (await browser.client.get(path)).text
    (asked,) = _sent(answering, "POST", "/v1/staff/names")
    ids = asked["person_ids"]
    assert isinstance(ids, list)
    assert ids[0] in plain, "without an entry the account stands"
    item = {"person_id": ids[0], "name": "赵敏", "unit": "", "left": None}
    answering.services.answers["POST /v1/staff/names"] = {"items": [item]}
    assert f'<span title="{ids[0]}">赵敏</span>' in (await browser.client.get(path)).text
