"""Notification as a process, over the real bus: contacts sealed by registration, restarts, dead letters."""

import asyncio
import json
import re
from datetime import date
from typing import Any

import pytest

from deploy.cli.main import main as lastmetre
from shared.base.ids import new_id
from shared.bus import consumer as bus
from shared.envelope.event import Event, Meta, encode
from shared.events import isolation
from tests.conftest import MakeCity
from tests.notification import scene
from tests.notification.receiver import Receiver
from tests.support.city import CityUnderTest
from tests.support.signing import signed
from tests.support.waiting import eventually

CITY = "/jinhe"


async def with_keeper(city: MakeCity, webhook: str) -> CityUnderTest:
    """A city where one grid leader answers for everything, reached by a webhook."""
    town = await city("registration", "notification")
    async with town.client("registration", town.mint("city", area="/")) as client:
        place = {"level": "city", "code": "jinhe", "name": "津河市"}
        (await client.post("/v1/places", json=place)).raise_for_status()
        keepers = {"keepers": [{"person_id": scene.KEEPER, "duty": "grid_leader"}]}
        (await client.put("/v1/places/keepers", params={"path": CITY}, json=keepers)).raise_for_status()
    await reach(town, webhook)
    return town


async def reach(town: CityUnderTest, webhook: str) -> None:
    """The keeper states by which webhook messages come: an official's change would be a message of its own."""
    own = town.mint("grid_worker", area=CITY, subject=scene.KEEPER)
    async with town.client("registration", own) as client:
        (await client.put(f"/v1/contacts/{scene.KEEPER}", json={"urls": {"webhook": webhook}})).raise_for_status()
    await town.wait_until_quiet()


async def say(town: CityUnderTest, *events: Event) -> None:
    """Publish the events as their services would."""
    producer = bus.producer(town.bootstrap)
    await producer.start()
    for event in events:
        wire = signed(encode(event), town.directory / "keys")
        await producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    await producer.stop()


def released(town: CityUnderTest) -> isolation.CaseReleased:
    """Return a case whose release is notified to the keeper."""
    event: isolation.CaseReleased = scene.case(
        isolation.CaseReleased, area_path=CITY, ends_on=date(2026, 2, 24), approved_by="office", notice_id=new_id()
    )
    return event.stamped(Meta(new_id(), town.clock.now(), "isolation", new_id()))


async def inbox(town: CityUnderTest) -> list[Any]:
    async with town.client("notification", town.mint("grid_worker", area=CITY, subject=scene.KEEPER)) as client:
        return list((await client.get("/v1/messages")).raise_for_status().json()["items"])


async def given_up(town: CityUnderTest, cause: str) -> bool:
    """Let the time of another attempt come; whether the last one is over."""
    town.advance(minutes=10)
    async with town.client("notification", town.mint("community", area=CITY)) as client:
        page = (await client.get(f"/v1/messages/of/{cause}")).raise_for_status().json()
    return [copy["state"] for receipt in page["items"] for copy in receipt["copies"]] == ["failed"]


async def test_a_keeper_is_notified_once_and_a_message_that_cannot_be_sent_is_a_dead_letter_whose_replay_sends_it(
    city: MakeCity, receiver: Receiver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    town = await with_keeper(city, receiver.url)
    first, second = released(town), released(town)
    await say(town, first)
    await eventually(lambda: receiver.got)
    await say(town, first)
    with Receiver() as gone:
        pass
    await reach(town, gone.url)
    await say(town, second)
    await eventually(lambda: given_up(town, second.id), poll=0.3)
    await town.wait_until_quiet()
    monkeypatch.setenv("LASTMETRE_TOKEN", town.mint("operator", area="/"))
    command = ["--service", "notification", "--url", town.url("notification")]
    assert await asyncio.to_thread(lastmetre, ["dead-letters", "list", *command]) == 1
    assert "by webhook: the receiver refused it" in capsys.readouterr().out
    assert await asyncio.to_thread(lastmetre, ["dead-letters", "list", "--json", *command]) == 1
    (listed,) = json.loads(capsys.readouterr().out)
    assert await asyncio.to_thread(lastmetre, ["dead-letters", "show", listed["letter_id"], *command]) == 0
    file = capsys.readouterr().out
    assert re.search(r"^    message_id: text 36, required$", file, re.M), file
    assert second.id not in file.partition("fields")[2], "no value of the record is printed"
    await reach(town, receiver.url)
    assert await asyncio.to_thread(lastmetre, ["dead-letters", "replay", listed["letter_id"], *command]) == 5
    assert "of its own work it reports no outcome" in capsys.readouterr().out
    await eventually(lambda: len(receiver.got) > 1)
    assert [body["cause"] for body in receiver.got] == [first.id, second.id]
    assert [message["message_id"] for message in await inbox(town)] == [*reversed(receiver.message_ids)]
