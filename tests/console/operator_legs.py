"""A leg of a journey in a browser: a record that no service could handle, its cause removed, and its replay."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

from deploy.demo.people import COMMUNITY
from deploy.services import event_keys
from shared.base.ids import new_id
from shared.bus.consumer import producer
from shared.envelope.event import Meta, encode
from shared.envelope.macs import Macs
from shared.events.registration import ResidentRegistered
from shared.store.act_log import ACTS, log_of
from shared.store.mongo import connect
from tests.console.city import ConsoleCity
from tests.console.walking import Worker
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.async_api import Browser

NEW_KEY = 7


async def an_operator_replays_a_dead_letter(city: ConsoleCity, browser: Browser) -> None:
    """Find a record that a service refused, for its event key was not there; give it the key, replay it once."""
    key = base64.b64encode(os.urandom(32)).decode()
    resident_id = await _publish_under(key, city)
    operator = await Worker.arrive(browser, city.url("console"), "operator-ma")
    await eventually(lambda: _is_there(operator, "/", "a[href='/dead-letters'].urgent"), poll=0.5)
    await operator.click("text=待处理的死信", "**/dead-letters")
    letter = "[data-list] tbody a[href^='/dead-letters/isolation/'] >> nth=0"
    await eventually(lambda: _is_there(operator, "/dead-letters", letter), poll=0.5)
    await operator.click(letter, "**/dead-letters/isolation/*")
    text = await operator.text()
    assert "并非由所属服务写入" in text
    assert resident_id not in text
    _give(key, city)
    again = await operator.page.context.new_page()
    await again.goto(operator.page.url)
    await operator.page.click("button >> text=重放")
    await operator.page.wait_for_selector("#outcome >> text=服务已处理该记录")
    await again.click("button >> text=重放")
    await again.wait_for_selector("#outcome >> text=服务已处理该记录")
    assert await _handled(city, resident_id) == (1, ["operator-ma"])
    await operator.open("/services/isolation")
    assert "registration.residents.v1" in await operator.text()


async def _publish_under(key: str, city: ConsoleCity) -> str:
    """Publish a resident as registration would after a rotation of its key; return the resident's id."""
    file = city.directory / "rotated.keys"
    file.write_text(f"{NEW_KEY} {key}\n")
    event = ResidentRegistered(resident_id=new_id(), household_id=new_id(), area_path=f"{COMMUNITY}/a1/g01/p01/1/1/1")
    wire = encode(event.stamped(Meta(new_id(), city.clock.now(), "registration", new_id())))
    headers = Macs("registration", {"registration": file}).sign(wire.topic, wire.key, wire.value, wire.headers)
    sender = producer(city.bootstrap)
    await sender.start()
    try:
        await sender.send_and_wait(wire.topic, wire.value, key=wire.key, headers=headers)
    finally:
        await sender.stop()
    return event.resident_id


def _give(key: str, city: ConsoleCity) -> None:
    """Let every service have the new key; the one that signs stays the last."""
    file = city.directory / "keys" / event_keys("registration").file
    file.write_text(f"{NEW_KEY} {key}\n{file.read_text()}")


async def _is_there(operator: Worker, path: str, selector: str) -> bool:
    await operator.page.goto(operator.url + path)
    return await operator.page.locator(selector).count() > 0


async def _handled(city: ConsoleCity, resident_id: str) -> tuple[int, list[str]]:
    """Return how often isolation has the resident, and who replayed, by its log of acts."""
    client = connect(city.mongo_url)
    try:
        database = client[city.database_name("isolation")]
        count = await database["residents"].count_documents({"_id": resident_id})
        acts = await log_of(database)[ACTS].find({"kind": "dead-letter.replay"}).to_list(None)
        return count, [act["by"] for act in acts]
    finally:
        client.close()
