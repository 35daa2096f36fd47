"""The wording: no hole in any template, in either language, for any event; the field's own terms."""

import re
from zoneinfo import ZoneInfo

import pytest

from services.notification import domain, templates
from services.notification.domain import Recipient
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta
from shared.events import isolation, registration
from shared.events.registration import StandingChanged
from tests.notification import scene
from tests.support.service import MORNING

ZONE = ZoneInfo("Asia/Shanghai")
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def worded(event: Event, template: str, language: str) -> str:
    text = templates.render(template, language, {"where": scene.WORDS, **dict(event)}, ZONE)
    assert text.title
    assert text.body
    return f"{text.title}\n{text.body}"


def every_message() -> list[tuple[Event, str, Recipient]]:
    stamped = [event.stamped(Meta(new_id(), MORNING, "test", new_id())) for event in scene.every_event()]
    return [(event, template, who) for event in stamped for template, who in domain.choose(event, MORNING)]


def test_every_event_of_the_table_is_rehearsed_and_every_template_belongs_to_one() -> None:
    assert {type(event) for event in scene.every_event()} == set(domain.NEWS)
    named = {template for rows in domain.NEWS.values() for template in rows}
    for language in templates.LANGUAGES.values():
        assert set(language.texts) == named
    assert {template for _, template, _ in every_message()} == named


@pytest.mark.parametrize("language", list(templates.LANGUAGES))
def test_no_template_has_a_hole_in_any_language(language: str) -> None:
    for event, template, _ in every_message():
        text = ID.sub("", worded(event, template, language))
        assert not re.search(r"[{}_]|None|\d{4}-\d{2}-\d{2}", text), (template, text)
        has_chinese = bool(re.search(r"[\u4e00-\u9fff]", text.replace(scene.WORDS, "")))
        assert has_chinese is (language == "zh"), (template, text)


def test_both_languages_have_words_for_the_same_things() -> None:
    chinese, english = templates.LANGUAGES["zh"].words, templates.LANGUAGES["en"].words
    assert set(chinese) == set(english)


def test_what_goes_to_the_person_names_neither_a_place_nor_a_reason_nor_another_person() -> None:
    for event, template, who in every_message():
        if who is Recipient.PERSON:
            for language in templates.LANGUAGES:
                text = worded(event, template, language)
                assert "Wang Wu" not in text
                assert scene.WORDS not in text


def test_staff_read_where_it_is() -> None:
    for event, template, who in every_message():
        if who is not Recipient.PERSON:
            assert scene.WORDS in worded(event, template, "zh"), template


def test_the_terms_are_those_of_the_forms() -> None:
    assert "居家隔离" in worded(scene.case(isolation.CaseOpened), "case_opened", "zh")
    central = scene.case(isolation.CaseOpened, kind=isolation.CaseKind.CENTRAL)
    assert "集中隔离" in worded(central, "case_opened", "zh")
    released = scene.case(isolation.CaseReleased, approved_by="x", notice_id="n1")
    assert "《解除居家医学观察告知书》编号：n1" in worded(released, "case_released", "zh")
    assert "健康码" in worded(scene.standing(), "standing_changed", "zh")
    assert "包保" in worded(central, "case_opened_staff", "zh")


def test_days_and_times_are_the_citys_own() -> None:
    seen = scene.case(isolation.CaseBreached, alert_id="a", gate_id="gate-01", at=MORNING)
    assert "2026年2月10日09:00" in worded(seen, "case_breached_staff", "zh")
    assert "10 February 2026, 09:00" in worded(seen, "case_breached_staff", "en")
    assert "24 February 2026" in worded(scene.case(isolation.CaseExtended), "case_extended", "en")


def test_an_unknown_language_is_read_as_chinese() -> None:
    assert worded(scene.standing(), "standing_changed", "fr") == worded(scene.standing(), "standing_changed", "zh")


def test_every_rule_of_a_colour_and_every_symptom_has_words() -> None:
    for event in (scene.standing(rule=rule) for rule in ("isolation", "risk_travel", "fever", "manual", "no_evidence")):
        for language in templates.LANGUAGES.values():
            assert language.words["other_rule"] not in worded(event, "standing_changed", "zh")
            assert event.rule in language.words


def test_a_decided_appeal_says_how_it_ended() -> None:
    upheld, rejected = (worded(scene.appeal(outcome), "appeal_decided", "zh") for outcome in registration.Outcome)
    assert "申诉成立" in upheld
    assert "申诉不成立" in rejected
    assert "红码" in upheld


def test_a_colour_until_a_day_and_one_without_end() -> None:
    until = StandingChanged(**dict(scene.standing()) | {"until": MORNING, "colour": registration.Colour.YELLOW})
    assert "黄码" in worded(until, "standing_changed", "zh")
    assert "2026年2月10日09:00" in worded(until, "standing_changed", "zh")
    assert "另行通知" in worded(scene.standing(), "standing_changed", "zh")
