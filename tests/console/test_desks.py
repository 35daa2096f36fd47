"""The triage desk in the console: one form a person, what to do next in words, the card to print (R1.11)."""

import json
from typing import Any

import pytest

from services.console.domain.desk_forms import body_of, person_of
from services.console.routes.desks import TYPED
from services.console.showing.words import WORDS
from tests.console.answers import ANSWERS
from tests.console.conftest import Console, refusal
from tests.console.desk_answers import DESK, OF_TRIAGE, TRIAGE

PATH = f"/v1/desks/{DESK}/triages"
EMPTY = dict.fromkeys(TYPED, "")


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("12010119800517001x", {"id_number": "12010119800517001X"}),
        ("138 0000-0001", {"phone": "13800000001"}),
        ("jz000000000001", {"card": "jz000000000001"}),
    ],
)
def test_one_field_takes_an_id_number_a_phone_or_a_card(typed: str, named: dict[str, str]) -> None:
    assert named.items() <= person_of(EMPTY | {"who": typed}).items()


def test_a_journey_and_a_door_are_stated_where_they_are_filled_in() -> None:
    body = body_of(EMPTY | {"who": "A1", "temperature_c": "36，6", "room": "501", "compound": "/c"}, ["cough"])
    person: Any = body["person"]
    assert (body["temperature_c"], body["symptoms"], "journey" in body) == ("36.6", ["cough"], False)
    assert person["door"] == {"compound": "/c", "building": "", "unit": "", "room": "501"}
    assert "journey" in body_of(EMPTY | {"who": "A1", "origin_region": "hubei"}, [])


def test_the_codes_of_desks_have_words() -> None:
    from services.registration.domain import triage
    from shared.events.registration_desks import DeskSymptom

    for kind, codes in (
        ("triage_outcome", triage.Outcome),
        ("triage_step", triage.NextStep),
        ("card_given", triage.CardGiven),
        ("symptom", DeskSymptom),
    ):
        assert {one.value for one in codes} - {"unknown"} - WORDS[kind].keys() == set(), kind  # type: ignore[attr-defined]


async def test_a_queue_is_registered_by_one_form_a_person(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    page = (await browser.client.get(f"/desks/{DESK}")).text
    assert ("autofocus" in page, "大厅&lt;b&gt;1号台" in page, "Registered</dt><dd>12" in page) == (True, True, True)
    done = await browser.post(
        f"/desks/{DESK}/triages", who="A-1", temperature_c="38.2", symptoms="cough", triage_id="t"
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/desks/{DESK}?done={TRIAGE}")
    sent = json.loads([one for one in console.services.asked if one.method == "POST"][-1].content)
    assert (sent["person"]["card"], sent["temperature_c"], sent["triage_id"]) == ("A-1", "38.2", "t")
    after = (await browser.client.get(f"/desks/{DESK}?done={TRIAGE}")).text
    assert ("seat the person apart" in after, "JZ000000000001" in after) == (True, True)
    card = (await browser.client.get(f"/triages/{TRIAGE}/card")).text
    assert ("JZ000000000001" in card, "<svg" in card) == (True, True)


async def test_what_was_typed_stays_where_the_service_refuses_it(console: Console) -> None:
    console.services.answers |= ANSWERS | {f"POST {PATH}": refusal(400, "x", "请填写姓名和门牌")}
    browser = await console.browser("en").signed_in()
    page = await browser.post(f"/desks/{DESK}/triages", who="A-1", name="李明", triage_id="t")
    assert (page.status_code, "请填写姓名和门牌" in page.text) == (400, True)
    assert ('value="A-1"' in page.text, 'value="李明"' in page.text, 'value="t"' in page.text) == (True, True, True)


async def test_a_card_that_is_not_for_the_reader_shows_no_number(console: Console) -> None:
    console.services.answers |= ANSWERS | {f"GET /v1/triages/{TRIAGE}": OF_TRIAGE | {"card": ""}}
    page = (await (await console.browser("en").signed_in()).client.get(f"/triages/{TRIAGE}/card")).text
    assert ("JZ0" in page, "for who gave it" in page) == (False, True)


async def test_the_office_states_a_desk(console: Console) -> None:
    console.services.answers |= ANSWERS
    browser = await console.browser("en").signed_in()
    done = await browser.post("/desks", desk_id=DESK, name="1号台", area_path="/jinhe", staff="a, b、c")
    assert (done.status_code, done.headers["location"]) == (303, "/desks")
    sent = json.loads([one for one in console.services.asked if one.method == "PUT"][-1].content)
    assert sent == {"name": "1号台", "area_path": "/jinhe", "staff": ["a", "b", "c"], "closed": False}
