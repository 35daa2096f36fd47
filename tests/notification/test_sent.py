"""The messages of an area by state and channel, a copy with its attempts, and sending a failed one again."""

from datetime import timedelta
from typing import Any

from shared.events import isolation
from shared.events.notification import Channel, MessageResumed
from tests.conftest import MakeService
from tests.notification import scene
from tests.notification.receiver import Receiver
from tests.notification.scene import KEEPER, notification
from tests.support.service import AREA, ServiceUnderTest


async def sent(town: ServiceUnderTest, role: str = "community", area: str = AREA, **params: Any) -> list[Any]:
    async with town.client(role, area=area) as client:
        answer = await client.get("/v1/messages/sent", params=params)
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items


async def refused(service: MakeService, receiver: Receiver) -> ServiceUnderTest:
    """A community where the keeper's webhook refused five times, and the person's inbox has a message."""
    town = await notification(service)
    receiver.answers = [500] * 5
    await town.receive(scene.contact(town, KEEPER, urls={"webhook": receiver.url}))
    await town.receive(scene.case(isolation.CaseOpened, resident_id="r"))
    for _ in range(5):
        await town.due()
        town.clock.advance(timedelta(minutes=11))
    return town


async def test_staff_list_what_failed_by_channel_and_to_whom_and_each_attempt(
    service: MakeService, receiver: Receiver
) -> None:
    town = await refused(service, receiver)
    assert len(await sent(town)) == 3
    (failed,) = await sent(town, state="failed", channel="webhook")
    assert failed["recipient_id"] == KEEPER
    (copy,) = failed["copies"]
    assert (copy["state"], copy["attempts"], copy["failure"], copy["next_try_at"]) == ("failed", 5, "refused", None)
    assert [one["outcome"] for one in copy["tries"]] == ["refused"] * 5
    assert await sent(town, state="failed", channel="email") == []
    assert [one["recipient_id"] for one in await sent(town, recipient_id="r")] == ["r"]
    assert await sent(town, recipient_id="r", state="failed") == []
    assert len(await sent(town, role="auditor", unread=True)) == 3
    assert await sent(town, area=AREA.replace("c01", "c02"), state="failed") == []
    town.clock.advance(timedelta(days=8))
    assert await sent(town, state="failed") == []
    assert len(await sent(town, state="failed", days=30)) == 1
    async with town.client("community") as client:
        assert (await client.get("/v1/messages/counts", params={"days": 30})).json() == {"failed": 1, "sending": 0}


async def test_the_pages_of_what_was_sent_lose_none(service: MakeService) -> None:
    town = await notification(service)
    await town.receive(*(scene.case(isolation.CaseOpened) for _ in range(3)))
    seen: list[str] = []
    after = ""
    async with town.client("community") as client:
        while after is not None:
            page = (await client.get("/v1/messages/sent", params={"limit": 2, "after": after})).json()
            seen += [one["message_id"] for one in page["items"]]
            after = page["next"]
    assert len(seen) == len(set(seen)) == 9


async def test_the_office_has_a_failed_copy_sent_again_and_no_other_one(
    service: MakeService, receiver: Receiver
) -> None:
    town = await refused(service, receiver)
    (failed,) = await sent(town, state="failed")
    path = f"/v1/messages/{failed['message_id']}"
    async with town.client("community", subject="office-liu") as office:
        wrong = await office.post(f"{path}/resend", json={"channel": "email"})
        assert (wrong.status_code, wrong.json()["code"]) == (409, "notification.nothing_failed")
        assert (await office.post(f"{path}/resend", json={"channel": "webhook"})).status_code == 202
        resumed = (await town.emitted(MessageResumed))[-1]  # that of the dead letter comes before
        assert resumed.channel is Channel.WEBHOOK
        await town.receive(resumed)
        await town.due()
        (copy,) = (await office.get(path)).json()["copies"]
        assert (copy["state"], copy["tries"][-1]["outcome"]) == ("sent", "sent")
        assert (await office.post(f"{path}/resend", json={"channel": "webhook"})).status_code == 409
    async with town.client("community", area=AREA.replace("c01", "c02")) as other:
        assert (await other.get(path)).status_code == 404
