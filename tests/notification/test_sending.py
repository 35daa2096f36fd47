"""Sending: tried again, given up, resumed, never by two replicas at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.notification.domain import copies
from services.notification.domain.copies import State
from shared.base.logs import correlation_id
from shared.events.notification import Channel, MessageFailed, MessageResumed, MessageSent
from tests.conftest import MakeService
from tests.notification.receiver import Receiver
from tests.notification.scene import Impatient, copy_of, notification, notify_one, tried
from tests.support.waiting import eventually


async def test_a_message_is_in_the_inbox_and_goes_by_each_channel_of_its_recipient(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    message = await notify_one(town, receiver, webhook=receiver.url, chat=receiver.url)
    await town.due()
    channels = [sent.channel for sent in await town.emitted(MessageSent)]
    assert sorted(channels) == [Channel.CHAT, Channel.IN_APP, Channel.WEBHOOK]
    for body in receiver.got:
        assert (body["title"], body["message"]) == (message["title"], message["body"])
        assert (body["message_id"], body["cause"]) == (message["_id"], message["cause"])
        assert (body["template"], body["case_id"]) == ("case_extended", "c")
    assert len(receiver.got) == 2


async def test_what_was_sent_is_not_sent_again(service: MakeService, receiver: Receiver) -> None:
    town = await notification(service)
    await notify_one(town, receiver)
    await tried(town, 5)
    await town.database["deadlines"].update_many(
        {}, {"$set": {"state": "pending", "leased_until": datetime(1970, 1, 1)}}
    )
    await town.due()
    assert len(receiver.got) == 1


async def test_an_attempt_whose_mark_was_lost_is_not_made_again_before_its_time(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    receiver.answers = [500]
    await notify_one(town, receiver)
    await town.due()
    forgotten = {"state": "pending", "leased_until": datetime.fromtimestamp(0, UTC)}
    await town.database["deadlines"].update_many({"state": "done"}, {"$set": forgotten})
    await town.due()
    assert len(receiver.got) == (await copy_of(town))["attempts"] == 1


async def test_a_copy_keeps_the_correlation_of_its_event(service: MakeService, receiver: Receiver) -> None:
    town = await notification(service)
    await notify_one(town, receiver)
    (in_app,) = await town.emitted(MessageSent)
    for _ in ("looked up", "sent"):
        correlation_id.set("of whatever was handled before")
        await town.deps.deadlines.handle_one(town.parts.deadlines, town.deps)
    assert {sent.meta.correlation_id for sent in await town.emitted(MessageSent)} == {in_app.meta.correlation_id}


async def test_a_receiver_that_fails_for_a_while_gets_the_message_when_it_is_well(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    receiver.answers = [500, 503]
    await notify_one(town, receiver)
    await town.due()
    assert len(receiver.got) == 1, "the next attempt waits for its time"
    await tried(town, 5)
    assert len(receiver.got) == 3
    copy = await copy_of(town)
    assert (copy["state"], copy["attempts"], copy["failure"]) == (State.SENT, 3, "")
    assert await town.emitted(MessageFailed) == []


async def test_a_receiver_that_hangs_costs_an_attempt_and_no_more(service: MakeService, receiver: Receiver) -> None:
    town = await notification(service, Impatient)
    receiver.hold()
    await notify_one(town, receiver)
    await town.due()
    copy = await copy_of(town)
    assert (copy["state"], copy["failure"], copy["attempts"]) == (State.SENDING, "timed_out", 1)
    receiver.let_go()
    patient = await notification(service)
    await tried(patient, 2)
    assert (await copy_of(patient))["state"] == State.SENT


async def test_a_receiver_that_is_not_there_is_given_up_after_five_tries_with_one_dead_letter(
    service: MakeService,
) -> None:
    town = await notification(service)
    with Receiver() as gone:
        url = gone.url
    message = await notify_one(town, gone, webhook=url)
    await tried(town, 5)
    town.clock.advance(timedelta(days=1))
    assert await town.due() == 0
    (failed,) = await town.emitted(MessageFailed)
    assert (failed.message_id, failed.channel, failed.failure) == (message["_id"], Channel.WEBHOOK, "refused")
    (letter,) = await town.emitted(MessageResumed)
    assert letter.message_id == message["_id"]
    assert (await copy_of(town))["attempts"] == copies.TRIES


async def test_the_dead_letter_says_what_to_do_and_no_address(service: MakeService) -> None:
    town = await notification(service)
    with Receiver() as gone:
        url = gone.url
    await notify_one(town, gone, webhook=url)
    await tried(town, 5)
    rows = await town.database["outbox"].find({"topic": "notification.dead-letters.v1"}).to_list(None)
    (carried,) = [event for row in rows for event in row["events"] if event["topic"] == "notification.dead-letters.v1"]
    about = {name: bytes(value).decode() for name, value in carried["headers"]}
    assert (about["dl_topic"], about["dl_reason"]) == ("notification.outcomes.v1", "refused")
    assert about["dl_message"].endswith("see that it works, then replay")
    assert "127.0.0.1" not in str(about)


async def test_a_given_up_message_is_tried_again_when_its_dead_letter_is_replayed_however_often(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    receiver.answers = [500] * 5
    await notify_one(town, receiver)
    await tried(town, 5)
    (letter,) = await town.emitted(MessageResumed)
    await town.receive(letter, letter)
    await town.due()
    await town.receive(letter, MessageResumed(**dict(letter)))
    await town.due()
    assert len(receiver.got) == 6
    copy = await copy_of(town)
    assert (copy["state"], copy["attempts"]) == (State.SENT, 6)


async def test_a_resumed_message_that_fails_again_leaves_a_new_dead_letter(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    receiver.answers = [500] * 10
    await notify_one(town, receiver)
    await tried(town, 5)
    await town.receive(*await town.emitted(MessageResumed))
    await tried(town, 5)
    assert len(await town.emitted(MessageFailed)) == len({e.id for e in await town.emitted(MessageResumed)}) == 2


async def test_two_replicas_race_for_a_message_and_one_sends_it(service: MakeService, receiver: Receiver) -> None:
    towns = [await notification(service) for _ in range(2)]
    await notify_one(towns[0], receiver)
    await asyncio.gather(*(town.due() for town in towns * 3))
    assert len(receiver.got) == 1
    assert len(await towns[0].emitted(MessageSent)) == 2


async def test_an_attempt_that_was_cut_off_is_made_again_under_the_same_message_id(
    service: MakeService, receiver: Receiver
) -> None:
    town, other = [await notification(service) for _ in range(2)]
    message = await notify_one(town, receiver)
    receiver.hold()
    lost = asyncio.create_task(town.due())
    await eventually(lambda: receiver.got)
    # The first replica is gone in the middle of its attempt, and its lease with it.
    await town.database["deadlines"].update_many({}, {"$set": {"leased_until": datetime.fromtimestamp(0, UTC)}})
    takes_over = asyncio.create_task(other.due())
    await eventually(lambda: len(receiver.got) == 2)
    receiver.let_go()
    await asyncio.gather(lost, takes_over)
    assert receiver.message_ids == [message["_id"]] * 2
    sent = [event for event in await town.emitted(MessageSent) if event.channel is Channel.WEBHOOK]
    assert len(sent) == 1
    assert (await copy_of(town))["attempts"] == 2


async def test_a_message_in_whose_sending_every_process_dies_is_given_up_too(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    await notify_one(town, receiver)
    assert await town.deps.deadlines.handle_one(town.parts.deadlines, town.deps)
    await town.database["copies"].update_many({}, {"$set": {"attempts": copies.TRIES}})
    await town.due()
    (failed,) = await town.emitted(MessageFailed)
    assert failed.failure == "interrupted"
    assert receiver.got == []


async def test_an_attempt_that_was_begun_is_settled_while_the_process_stops(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    await notify_one(town, receiver)
    receiver.hold()
    stopping = asyncio.create_task(town.due())
    await eventually(lambda: receiver.got)
    stopping.cancel()
    await asyncio.sleep(0)
    receiver.let_go()
    with pytest.raises(asyncio.CancelledError):
        await stopping
    assert (await copy_of(town))["state"] == State.SENT
