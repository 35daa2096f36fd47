"""A device's credential: given once, asked for again after a kill, renewed in time; and its signs of life (R2.1)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.checkpoint.client.device import Credential, credential, enrol
from services.checkpoint.client.gate import Passing
from services.checkpoint.client.link import Away, Link, Refused
from services.checkpoint.client.recognition import recognised
from services.checkpoint.client.running import Running
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import DeviceEnrolled, DeviceRevoked, Direction
from tests.checkpoint.gate import COMPOUND, GATE
from tests.scanner.post import Post


async def code_at(post: Post) -> str:
    """Return a one-time code that the office made for the gate."""
    office = post.gate.service.client("community", area=COMPOUND)
    await office.put("/v1/gates", json={"gate_id": GATE, "name": "东门", "area_path": COMPOUND})
    return str((await office.post(f"/v1/gates/{GATE}/enrolments", json={"enrolment_id": new_id()})).json()["code"])


async def enrolled(post: Post, device: Running, code: str) -> Credential:
    device.link.token = ""
    given = await asyncio.to_thread(enrol, device.link, device.book, code, "东门一号")
    device.link.token = given.token
    return given


async def seen_by_the_office(post: Post, given: Credential) -> Any:
    office = post.gate.service.client("community", area=COMPOUND)
    return (await office.get(f"/v1/devices/{given.device_id}")).json()


async def test_a_device_that_was_killed_while_it_enrolled_asks_again_and_is_the_same_device(post: Post) -> None:
    device, code = post.device(), await code_at(post)
    first = await enrolled(post, device, code)
    device.book.keep(credential="")  # the answer had not been kept
    again = await enrolled(post, device, code)
    assert again.device_id == first.device_id
    assert credential(device.book) == again


async def test_the_gate_goes_along_where_it_is_known_and_a_code_of_another_gate_is_refused(post: Post) -> None:
    device, code = post.device(), await code_at(post)
    device.link.token = ""
    with pytest.raises(Refused, match="enrols no device"):
        await asyncio.to_thread(enrol, device.link, device.book, code, "东门一号", "gate-elsewhere")
    given = await asyncio.to_thread(enrol, device.link, device.book, code, "东门一号", GATE)
    assert given.gate_id == GATE


async def test_a_wrong_code_is_refused_with_a_sentence(post: Post) -> None:
    device = post.device()
    with pytest.raises(Refused, match="enrols no device"):
        await enrolled(post, device, "ABCDEFGH")
    assert credential(device.book) is None


async def test_a_sign_of_life_says_what_the_device_holds(post: Post) -> None:
    device = post.device()
    given = await enrolled(post, device, await code_at(post))
    await asyncio.to_thread(device.listing.turn)
    await post.pull()
    for _ in range(2):
        await asyncio.to_thread(device.scan, Passing(recognised("C-1"), Measured(Direction.IN, 36.5, True)))
    await post.plug()
    await asyncio.to_thread(device.beating.turn)
    seen = await seen_by_the_office(post, given)
    assert (seen["unsent"], seen["app_version"], seen["name"]) == (2, "test", "东门一号")
    assert seen["list_age_s"] is not None
    assert device.condition.trouble is None


async def test_a_credential_is_renewed_a_week_before_it_expires_and_not_before(post: Post) -> None:
    device = post.device()
    given = await enrolled(post, device, await code_at(post))
    for days, renewed in ((22, False), (1.5, True)):
        post.gate.service.clock.advance(timedelta(days=days))
        await asyncio.to_thread(device.beating.turn)
        assert (device.link.token != given.token) is renewed
    known = credential(device.book)
    assert known is not None
    assert known.token == device.link.token


async def test_a_revoked_device_reports_it_and_goes_on_by_itself(post: Post) -> None:
    device = post.device()
    given = await enrolled(post, device, await code_at(post))
    office = post.gate.service.client("community", area=COMPOUND)
    revoked: httpx.Response = await office.post(f"/v1/devices/{given.device_id}/revoke", json={"reason": "lost"})
    assert revoked.status_code == 200, revoked.text
    post.gate.service.feed_replicas(*await post.gate.service.emitted(DeviceEnrolled, DeviceRevoked))
    display = await asyncio.to_thread(device.scan, Passing(recognised("C-1"), Measured(Direction.IN, 36.5, True)))
    assert display.recorded
    assert device.condition.trouble
    assert "checkpoint.device_revoked" in device.condition.trouble[1]
    await asyncio.to_thread(device.listing.turn)
    assert device.copy.lists is None  # a revoked device receives no lists


async def test_without_a_service_there_is_no_device(post: Post, free_port: int) -> None:
    device, link = post.device(), Link(f"http://127.0.0.1:{free_port + 1}")
    with pytest.raises(Away, match="was not answered"):
        await asyncio.to_thread(enrol, link, device.book, "ABCDEFGH", "")
    link.close()
