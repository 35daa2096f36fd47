"""Rules: who gets which message, when a channel is given up, what a contact says."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from services.notification import domain, main
from services.notification.domain import Recipient, copies
from services.notification.domain.copies import Copy, Outcome, State
from shared.base.ids import new_id
from shared.envelope.event import Event, Meta
from shared.events.checkpoint import AlertRule
from shared.events.isolation import CaseOpened, Ladder
from shared.events.notification import Channel
from shared.store.unit_of_work import INBOX_RETENTION_S
from tests.notification import scene
from tests.support.service import MORNING


def at(event: Event, time: object = MORNING) -> Event:
    return event.stamped(Meta(new_id(), time, "test", new_id()))  # type: ignore[arg-type]


@pytest.mark.parametrize("step", list(Ladder))
def test_a_missed_report_is_notified_only_to_whom_its_step_names(step: Ladder) -> None:
    (pair,) = domain.choose(at(scene.missed(step)), MORNING)
    assert pair[1] == Recipient(step.value)


@pytest.mark.parametrize("rule", [rule for rule in AlertRule if rule is not AlertRule.FEVER])
def test_of_the_alerts_only_a_fever_is_notified(rule: AlertRule) -> None:
    assert domain.choose(at(scene.alert(rule)), MORNING) == []
    assert domain.choose(at(scene.alert(AlertRule.FEVER)), MORNING)


def test_old_news_is_not_notified_and_what_is_news_the_inbox_still_remembers() -> None:
    opened = at(scene.case(CaseOpened))
    assert domain.choose(opened, MORNING + domain.NEWS_FOR)
    assert domain.choose(opened, MORNING + domain.NEWS_FOR + timedelta(seconds=1)) == []
    assert domain.NEWS_FOR.total_seconds() < INBOX_RETENTION_S


def test_a_copy_that_never_arrives_is_tried_five_times_over_a_quarter_of_an_hour() -> None:
    copy = Copy("m", Channel.WEBHOOK, MORNING, MORNING)
    now = MORNING
    waits = []
    for attempt in range(1, copies.TRIES + 1):
        copy = copies.settle(copies.replace(copy, attempts=attempt), Outcome.REFUSED, now)
        if copy.state is State.SENDING:
            waits.append(copies.next_try(copy, now) - now)
    assert (copy.state, copy.failure, waits) == (State.FAILED, "refused", list(copies.BACKOFF))
    assert timedelta(minutes=10) < sum(waits, timedelta()) < timedelta(minutes=15)


def test_a_resumed_copy_has_all_its_tries_before_it() -> None:
    failed = Copy("m", Channel.WEBHOOK, MORNING, MORNING, State.FAILED, attempts=5, settled=5)
    again = copies.resumed(failed, MORNING)
    first = copies.settle(copies.replace(again, attempts=6), Outcome.TIMED_OUT, MORNING)
    assert (first.state, copies.next_try(first, MORNING)) == (State.SENDING, MORNING + copies.BACKOFF[0])


@pytest.mark.parametrize("outcome", [Outcome.NOT_ALLOWED, Outcome.NO_ADDRESS, Outcome.INTERRUPTED])
def test_what_cannot_pass_is_given_up_at_once(outcome: Outcome) -> None:
    copy = Copy("m", Channel.SMS, MORNING, MORNING, attempts=1)
    assert copies.settle(copy, outcome, MORNING).state is State.FAILED


def test_every_failure_has_a_sentence_that_says_what_to_do() -> None:
    assert set(copies.ADVICE) == set(Outcome) - {Outcome.SENT}


def test_a_phone_is_reached_by_the_sms_gateway_of_the_city_and_a_stated_address_goes_first() -> None:
    gateway = "sms://gateway/?to={phone}"
    addresses = domain.addresses(json.dumps({"phone": "+86 199"}), gateway)
    assert addresses == {Channel.SMS: ("sms://gateway/?to=%2B86%20199", True)}
    stated = domain.addresses(json.dumps({"phone": "199", "urls": {"sms": "sms://own"}}), gateway)
    assert stated == {Channel.SMS: ("sms://own", False)}
    assert domain.addresses(json.dumps({"phone": "199"}), "") == {}


def test_an_address_under_an_unknown_or_inner_channel_is_none() -> None:
    urls = {"in_app": "json://h", "pigeon": "json://h", "chat": "json://h"}
    assert list(domain.addresses(json.dumps({"urls": urls}), "")) == [Channel.CHAT]


@pytest.mark.parametrize("text", ["", "[]", '"x"', '{"urls": ["json://h"]}'])
def test_what_is_no_contact_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        domain.addresses(text, "")


def test_the_handbook_has_the_table_of_who_is_notified() -> None:
    text = (Path(main.__file__).parent / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w*) ?\| `(\w+)` \| ([\w, ]+) \|$", text, re.MULTILINE)
    named = [(template, tuple(map(Recipient, who.split(", ")))) for _, template, who in rows]
    assert named == [row for rows in domain.NEWS.values() for row in rows.items()]
    assert [event for event, _, _ in rows if event] == [event.__name__ for event in domain.NEWS]
