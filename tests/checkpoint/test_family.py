"""A family of four in two flats: looked up as clerks do, and a death that ends a card at the gate."""

from typing import Any

import pytest

from shared.events.registration import ResidentEvent
from tests.checkpoint.gate import Gate, scan
from tests.conftest import MakeService
from tests.registration.office import Office, office, person

pytestmark = pytest.mark.broker
FAMILY = (("曾国强", "501", "户主"), ("单小梅", "501", "配偶"), ("曾子涵", "501", "子"), ("解玉兰", "502", "母"))
GRANDMOTHER, CARD = 4, "KX-2207"


async def look_up(here: Office, text: str) -> list[dict[str, Any]]:
    answer = await here.clerk.post("/v1/residents/look-up", json={"text": text})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def put(here: Office, resident_id: str, part: str, body: dict[str, Any]) -> None:
    answer = await here.clerk.put(f"/v1/residents/{resident_id}/{part}", json=body)
    assert answer.status_code == 200, answer.text


async def test_a_family_in_two_flats_is_looked_up_and_a_death_ends_the_card_at_the_gate(
    service: MakeService, gate: Gate
) -> None:
    here = await office(service)
    rows = [
        person(n, name=name, room=room, building="3号楼", card=CARD if n == GRANDMOTHER else "")
        for n, (name, room, _) in enumerate(FAMILY, start=1)
    ]
    await here.imported(*rows)
    keys = [(await here.find_resident(n))["resident_id"] for n in range(1, 5)]
    for key, (_, room, relation) in zip(keys, FAMILY, strict=True):
        await put(here, key, "relation", {"relation": relation})
        if room == "501":
            second = {"kind": "second_home", "text": "春华1号院 3-2-502"}
            await put(here, key, "addresses", {"addresses": [second]})
    assert [one["name"] for one in await look_up(here, "zgq")] == ["曾国强"]
    assert [one["name"] for one in await look_up(here, "xieyulan")] == ["解玉兰"]
    (grandmother,) = await look_up(here, "0004")
    assert (grandmother["name"], grandmother["door"]) == ("解玉兰", "春华1号院 3-2-502")
    assert {one["name"] for one in await look_up(here, "3-2-501")} == {
        name for name, room, _ in FAMILY if room == "501"
    }
    assert [one["name"] for one in await look_up(here, "3-2-502")] == ["解玉兰"]
    gate.learns(*await here.service.emitted(ResidentEvent))
    assert (await gate.answer(scan("card", CARD)))["reasons"] == []
    await put(here, grandmother["resident_id"], "state", {"presence": "dead", "since": "2026-02-09"})
    gate.learns(*await here.service.emitted(ResidentEvent))
    answer = await gate.answer(scan("card", CARD, seq=2))
    assert (answer["verdict"], answer["reasons"]) == ("recheck", ["credential_unknown"])
    assert await look_up(here, "0004") == []
