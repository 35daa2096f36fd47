"""Break-glass in the console: what is read names it, nothing else does, and it ends by hand or by its time."""

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.console.answers import ANSWERS, CASE, OF_GLASS, RESIDENT
from tests.console.conftest import URL, Browser, Console, refusal

HEADER = "Lastmetre-Break-Glass"
OPENED = str(OF_GLASS["area_path"])
STEP_UP = 'Bearer error="insufficient_user_authentication", acr_values="2", max_age="600"'
FORM = {"glass_id": "g1", "area_path": OPENED, "reason": "contacts of a case", "minutes": "30"}


@pytest.fixture
def answering(console: Console) -> Console:
    """A console whose services answer."""
    console.services.answers |= ANSWERS
    return console


async def _open_area(console: Console, ends_in: timedelta = timedelta(minutes=30, seconds=30)) -> Browser:
    ends_at = (datetime.now(UTC) + ends_in).isoformat()
    console.services.answers["POST /v1/break-glass"] = OF_GLASS | {"expires_at": ends_at}
    browser = await console.browser("en").signed_in()
    assert (await browser.post("/break-glass", **FORM)).status_code == 303
    console.services.asked.clear()
    return browser


async def test_an_area_is_opened_after_a_second_factor_and_a_banner_says_for_how_long(answering: Console) -> None:
    answers = answering.services.answers
    opened = answers["POST /v1/break-glass"]
    answers["POST /v1/break-glass"] = refusal(401, "access.step_up_needed", headers={"WWW-Authenticate": STEP_UP})
    browser = await answering.browser("en").signed_in()
    page = await browser.follow(await browser.post("/break-glass", **FORM))
    assert ("contacts of a case" in page.text, "Close the area" in page.text) == (True, False)
    ends_at = datetime.now(UTC) + timedelta(minutes=30, seconds=30)
    answers["POST /v1/break-glass"] = opened | {"expires_at": ends_at.isoformat()}
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    page = await browser.follow(await browser.client.post("/break-glass", data=fields, headers={"Origin": URL}))
    assert ("30 minutes more" in page.text, "Close the area" in page.text) == (True, True)
    sent = [one.content for one in answering.services.asked if one.method == "POST" and "glass" in one.url.path]
    assert json.loads(sent[-1]) == FORM | {"minutes": 30}


async def test_what_is_read_names_the_break_glass_and_no_act_does(answering: Console) -> None:
    browser = await _open_area(answering)
    for path in ("/people", f"/people/{RESIDENT}", f"/cases/{CASE}"):
        assert (await browser.client.get(path)).status_code == 200
    await browser.follow(await browser.post("/people", q="5678"))
    await browser.post(f"/cases/{CASE}/return")
    # The name of the person's own area stands beside that of the opened one; officials' names are of no area.
    own = {"/v1/places", "/v1/staff/names"}
    asked = [one for one in answering.services.asked if one.url.path not in own]
    looked_up = [one for one in asked if one.url.path in ("/v1/residents/names", "/v1/residents/look-up")]
    assert {one.url.path for one in looked_up} == {"/v1/residents/names", "/v1/residents/look-up"}
    acts = [one for one in asked if one.method == "POST" and one not in looked_up]
    assert {(one.url.path, one.headers.get(HEADER)) for one in acts} == {(f"/v1/cases/{CASE}/return", None)}
    assert {one.headers.get(HEADER) for one in asked if one not in acts} == {"g1"}


async def test_a_list_of_the_opened_area_names_its_people_and_the_banner_its_place(answering: Console) -> None:
    answering.services.answers["GET /v1/places"] = {
        "items": [{"path": OPENED, "name": "春华社区", "level": "community"}],
        "next": None,
    }
    browser = await _open_area(answering)
    page = (await browser.client.get("/people")).text
    assert ("=王伟" in page, "春华1号院 3-2-501" in page) == (True, True)
    assert re.search(r'<strong title="[^"]*">春华社区</strong>', page)


async def test_no_list_of_another_area_is_exported(answering: Console) -> None:
    browser = await _open_area(answering)
    for path in ("/people.csv", "/cases.csv"):
        answer = await browser.post(path, state="all")
        assert (answer.status_code, "before you export" in answer.text) == (403, True)
    assert [one.url.path for one in answering.services.asked if one.method == "POST"] == []


@pytest.mark.parametrize("how", ["closed", "time"])
async def test_it_ends_by_hand_or_by_its_time(answering: Console, how: str) -> None:
    browser = await _open_area(answering, timedelta(minutes=30) if how == "closed" else timedelta(seconds=-1))
    if how == "closed":
        closed = await browser.post("/break-glass/close")
        assert closed.headers["location"] == "/break-glass"
        assert "DELETE" in [one.method for one in answering.services.asked if one.url.path == "/v1/break-glass/g1"]
    answering.services.asked.clear()
    page = await browser.client.get("/people")
    assert "Close the area" not in page.text
    assert [one.headers.get(HEADER) for one in answering.services.asked if HEADER in one.headers] == []


async def test_another_step_up_of_the_same_person_leaves_it_open(answering: Console) -> None:
    browser = await _open_area(answering)
    answers = answering.services.answers
    answers[f"POST /v1/cases/{CASE}/return"] = refusal(401, "x", headers={"WWW-Authenticate": STEP_UP})
    page = await browser.follow(await browser.post(f"/cases/{CASE}/return"))
    assert "Close the area" in page.text


async def test_an_area_that_is_refused_keeps_what_was_typed(answering: Console) -> None:
    answering.services.answers["POST /v1/break-glass"] = refusal(409, "x", "within your own area")
    page = await (await answering.browser("en").signed_in()).post("/break-glass", **FORM)
    assert page.status_code == 409
    for text in ("within your own area", f'value="{OPENED}"', 'value="contacts of a case"', 'value="g1"'):
        assert text in page.text


async def test_a_file_outside_the_own_area_is_not_there_and_the_page_names_no_way_to_it(answering: Console) -> None:
    answering.services.answers["GET /v1/residents/none"] = refusal(404, "registration.no_such_resident", "not found")
    page = await (await answering.browser("en").signed_in()).client.get("/people/none")
    main = page.text.partition("<main")[2]
    assert (page.status_code, "reak-glass" in main) == (404, False)


@pytest.mark.parametrize(
    ("role", "form", "listed"),
    [("doctor", True, False), ("auditor", False, True), ("city", True, True), ("operator", False, False)],
)
async def test_staff_get_the_form_and_auditors_the_list(
    answering: Console, role: str, form: bool, listed: bool
) -> None:
    answering.provider.person.roles = (role,)
    page = (await (await answering.browser("en").signed_in()).client.get("/break-glass")).text
    assert ('name="minutes"' in page, "closed by auditor-qian" in page) == (form, listed)
    assert ("&lt;b&gt;contacts" in page) is listed
    assert _is_asked(answering.services.asked) is listed


def _is_asked(requests: list[httpx.Request]) -> bool:
    return any(one.url.path == "/v1/break-glass" for one in requests)


async def test_a_renewal_of_tokens_that_began_before_does_not_close_it(answering: Console) -> None:
    browser = await answering.browser("en").signed_in()
    store = answering.made.deps.store
    row = await answering.made.database["sessions"].find_one({})
    assert row
    before = await store.session(row["_id"])
    assert (await browser.post("/break-glass", **FORM)).status_code == 303
    assert await store.renew(before)
    assert "Close the area" in (await browser.client.get("/people")).text
