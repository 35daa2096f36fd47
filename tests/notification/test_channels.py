"""Where a message may go: contacts that come late, break or point where they must not."""

import re

import pytest
from pydantic import SecretStr

from services.notification import domain
from services.notification.settings import Settings
from shared.events import isolation
from shared.events.notification import Channel, MessageFailed, MessageResumed, MessageSent
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.receiver import Receiver
from tests.notification.scene import copy_of, notification, notify_one, tried


async def test_a_redirect_is_not_followed(service: MakeService, receiver: Receiver) -> None:
    town = await notification(service)
    receiver.answers = [302]
    await notify_one(town, receiver)
    await town.due()
    assert len(receiver.got) == 1
    assert (await copy_of(town))["failure"] == "refused"


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "xyz://h/",
        "xml://127.0.0.1/",
        "json://localhost/",
        "json://169.254.169.254/latest",
        "json://127.0.0.1@kafka/",
        "json://127.0.0.1/?redirect=yes",
        "json://127.0.0.1/?method=DELETE",
        "json://127.0.0.1/?+Host=internal",
        "json://127.0.0.1/?:message_id=x",
        "json://127.0.0.1/?verify=no",
        "mailtos://u:p@127.0.0.1/?to=a@b.example&smtp=mongo",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7F",
        "file:///etc/passwd",
    ],
)
async def test_an_address_that_is_not_allowed_is_given_up_at_once_and_nothing_is_sent(
    service: MakeService, url: str
) -> None:
    town = await notification(service)
    with Receiver() as unused:
        await notify_one(town, unused, webhook=url)
        await town.due()
    (failed,) = await town.emitted(MessageFailed)
    assert failed.failure == "not_allowed"
    assert (await copy_of(town))["attempts"] == 1


async def test_by_default_no_address_on_a_host_is_allowed(service: MakeService, receiver: Receiver) -> None:
    town = await notification(service, Settings)
    await notify_one(town, receiver, webhook=receiver.url, email="mailtos://u:p@smtp.example/?to=a@b.example")
    await town.due()
    assert [failed.failure for failed in await town.emitted(MessageFailed)] == ["not_allowed"] * 2
    assert receiver.got == []


async def test_a_phone_is_reached_by_the_sms_gateway_wherever_the_operator_has_it(
    service: MakeService, receiver: Receiver
) -> None:
    class WithGateway(Settings):
        sms_gateway: SecretStr = SecretStr(f"json://127.0.0.1:{receiver.port}/sms?:phone={{phone}}")

    town = await notification(service, WithGateway)
    await town.receive(scene.contact(town, "r", phone="19900000001"))
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    await town.due()
    (body,) = receiver.got
    assert body["phone"] == "19900000001"
    assert Channel.SMS in [sent.channel for sent in await town.emitted(MessageSent)]


async def test_a_message_waits_a_while_for_a_contact_that_comes_after_it(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    await town.due()
    town.clock.advance(domain.CONTACT_WAITS[0])
    await town.due()
    await town.receive(scene.contact(town, "r", urls={"webhook": receiver.url}))
    town.clock.advance(domain.CONTACT_WAITS[1])
    await town.due()
    assert len(receiver.got) == 1


async def test_whom_no_contact_is_known_of_has_the_inbox_and_nothing_is_left_to_do(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    for wait in domain.CONTACT_WAITS:
        town.clock.advance(wait)
        await town.due()
    assert await town.database["deadlines"].count_documents({"state": "pending"}) == 0
    assert [sent.channel for sent in await town.emitted()] == [Channel.IN_APP]  # type: ignore[attr-defined]


async def test_a_contact_that_does_not_open_leaves_a_dead_letter_and_its_replay_finds_the_one_stated_since(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    broken = scene.contact(town, "r").model_copy(update={"sealed": "s1.AAAA"})
    await town.receive(broken)
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    await town.due()
    (failed,) = await town.emitted(MessageFailed)
    assert (failed.failure, failed.channel) == ("contact_unreadable", Channel.IN_APP)
    await town.receive(scene.contact(town, "r", urls={"webhook": receiver.url}))
    await town.receive(*await town.emitted(MessageResumed))
    await town.due()
    assert len(receiver.got) == 1


async def test_a_channel_that_is_withdrawn_while_it_is_tried_is_given_up(
    service: MakeService, receiver: Receiver
) -> None:
    town = await notification(service)
    receiver.answers = [500]
    await notify_one(town, receiver)
    await town.due()
    await town.receive(scene.contact(town, "r", urls={}))
    await tried(town, 2)
    (failed,) = await town.emitted(MessageFailed)
    assert failed.failure == "no_address"
    assert len(receiver.got) == 1


async def test_no_log_line_holds_an_address_or_a_phone(
    service: MakeService, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    town = await notification(service)
    receiver.answers = [500]
    urls = {"webhook": receiver.url, "chat": "json://secret-host.example/x", "sms": "nonsense://19900000001"}
    await town.receive(scene.contact(town, "r", phone="19900000001", urls=urls))
    await town.receive(scene.case(isolation.CaseExtended, resident_id="r"))
    await tried(town, 5)
    assert receiver.got
    for secret in ("secret-host", "19900000001", receiver.PATH):
        assert secret not in caplog.text
    assert not re.search(rf"\b{receiver.port}\b", caplog.text)  # as a word: random numbers may hold it
