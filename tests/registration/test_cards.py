"""Printed codes: a card for those without a phone, good for half a year, one at a time (R1.9)."""

import asyncio
import xml.etree.ElementTree as ET
from datetime import timedelta
from pathlib import Path
from typing import Any

import segno

from shared.base.ids import new_id
from shared.events.registration import CodeRevoked, Colour
from shared.health_code import new_code_id
from tests.conftest import MakeService
from tests.registration.office import person
from tests.registration.resident import Resident, resident
from tests.registration.test_codes import dark, device, verifier
from tests.support.service import MORNING

SVG = "{http://www.w3.org/2000/svg}"


async def printed(one: Resident, card_id: str = "", client: Any = None) -> Any:
    """Issue a card; return the answer."""
    body = {"card_id": card_id or new_id()}
    return await (client or one.here.clerk).post(f"/v1/residents/{one.resident_id}/printed-codes", json=body)


async def drawn(one: Resident, code_id: str, client: Any = None) -> Any:
    return await (client or one.here.clerk).get(f"/v1/residents/{one.resident_id}/printed-codes/{code_id}.svg")


async def test_a_card_is_good_for_half_a_year_and_is_marked_as_printed(service: MakeService, tmp_path: Path) -> None:
    one = await resident(service)
    answer = await printed(one)
    assert answer.status_code == 201
    card = answer.json()
    for gate in (verifier(tmp_path), device(tmp_path)):
        code = gate.verify(card["code"], MORNING + timedelta(days=179))
        assert (code.resident_id, code.colour, code.printed) == (one.resident_id, Colour.GREEN, True)
        assert (code.code_id, code.expires_at) == (card["code_id"], MORNING + timedelta(days=180))


async def test_the_card_shows_the_code_a_masked_name_and_until_when_in_two_languages(service: MakeService) -> None:
    one = await resident(service)
    card = (await printed(one)).json()
    answer = await drawn(one, card["code_id"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert dark(answer.content) == [[bool(m) for m in row] for row in segno.make(card["code"], error="m").matrix]
    texts = [text.text for text in ET.fromstring(answer.content).iter(f"{SVG}text")]
    assert {"健康码 Health code", "颜色以卡口核验为准", "Colour is decided at the gate"} <= set(texts)
    assert {"王**", "2026-08-09 09:00", card["code_id"][:16], card["code_id"][16:]} <= set(texts)
    assert "王伟" not in answer.text


async def test_a_name_never_breaks_out_of_the_drawing(service: MakeService) -> None:
    one = await resident(service)
    await one.here.imported(person(1, name="<&>"))
    card = (await printed(one)).json()
    texts = [text.text for text in ET.fromstring((await drawn(one, card["code_id"])).content).iter(f"{SVG}text")]
    assert "<**" in texts


async def test_a_new_card_revokes_the_older_one_and_no_code_on_a_phone(service: MakeService) -> None:
    one = await resident(service)
    phone = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()
    first = (await printed(one)).json()
    second = (await printed(one)).json()
    (event,) = await one.here.service.emitted(CodeRevoked)
    assert (event.code_id, event.reason) == (first["code_id"], "replaced")
    assert event.expires_at == MORNING + timedelta(days=180)
    listed = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/codes")).json()["items"]
    assert {code["code_id"] for code in listed} == {phone["code_id"], second["code_id"]}
    refused = await drawn(one, first["code_id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.card_over")


async def test_the_same_card_asked_for_again_is_the_same_card(service: MakeService) -> None:
    one = await resident(service)
    card_id = new_id()
    answers = await asyncio.gather(*(printed(one, card_id) for _ in range(3)))
    one.here.service.clock.advance(timedelta(hours=1))
    answers += [await printed(one, card_id)]
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert await one.here.service.emitted(CodeRevoked) == []
    await printed(one)
    assert (await printed(one, card_id)).json()["revoked_at"] == "2026-02-10T02:00:00Z"


async def test_two_cards_at_the_same_moment_leave_one_that_is_good(service: MakeService) -> None:
    one = await resident(service)
    await asyncio.gather(*(printed(one) for _ in range(4)))
    listed = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/codes")).json()["items"]
    assert len(listed) == 1
    assert len(await one.here.service.emitted(CodeRevoked)) == 3


async def test_cards_are_issued_and_drawn_by_staff_of_the_area_alone(service: MakeService) -> None:
    one = await resident(service)
    card = (await printed(one)).json()
    own = one.here.service.client("resident", area="/", subject=one.resident_id)
    for answer in (await printed(one, client=own), await drawn(one, card["code_id"], own)):
        assert (answer.status_code, answer.json()["code"]) == (403, "access.role_missing")
    for answer in (
        await printed(one, client=one.here.elsewhere),
        await drawn(one, card["code_id"], one.here.elsewhere),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "registration.no_such_resident")


async def test_only_cards_of_that_resident_are_drawn(service: MakeService) -> None:
    one = await resident(service)
    other = Resident(one.here, await one.here.resident(2))
    theirs = (await printed(other)).json()
    phone = (await one.here.clerk.get(f"/v1/residents/{one.resident_id}/code")).json()
    for code_id in (theirs["code_id"], phone["code_id"], new_code_id()):
        refused = await drawn(one, code_id)
        assert (refused.status_code, refused.json()["code"]) == (404, "registration.no_such_code")
