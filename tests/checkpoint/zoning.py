"""Zones as registration publishes them, for tests of what gates make of them."""

from datetime import datetime, timedelta
from typing import Any

from services.registration.domain.zone_policies import rules_from
from shared.base.gate_names import GateName, GateNames
from shared.base.ids import new_id
from shared.events.checkpoint import PassageRecorded
from shared.events.checkpoint_outings import OutingsChanged
from shared.events.registration_zones import ZoneBegan, ZoneEvent, ZoneKind, ZoneState
from tests.checkpoint.gate import COMPOUND, NOW, Gate, lives, scan

BEGAN = NOW - timedelta(hours=1)


def zone(kind: str = "lockdown", path: str = COMPOUND, since: datetime = BEGAN, **more: Any) -> ZoneEvent:
    """Return a zone that holds a place, with the rules of today's example policies."""
    facts: dict[str, Any] = {
        "zone_id": new_id(),
        "kind": ZoneKind(kind),
        "state": ZoneState.IN_FORCE,
        "area_path": path,
        "paths": (path,),
        "households": 2,
        "since": since,
        "review_on": NOW.date(),
        "source": "津河疫防指〔2026〕8号",
        "rules": rules_from(ZoneKind(kind), NOW.date(), NOW.tzinfo or BEGAN.tzinfo),  # type: ignore[arg-type]
    }
    return ZoneBegan(**facts | more)


def family(gate: Gate, members: int = 2, door: str = f"{COMPOUND}/1/1/101") -> list[str]:
    """Return the ids of residents of one door, whom the gate knows by cards of their own ids."""
    return [_member(gate, door) for _ in range(members)]


def _member(gate: Gate, door: str) -> str:
    card = new_id()[-12:].upper()
    resident_id = new_id()
    sealed = GateNames(gate.service.deps.id_hash_key).seal(GateName("王**", 1953), resident_id)
    facts = {"area_path": door, "household_id": door, "gate_seal": sealed}
    gate.learns(lives(resident_id, cards=[gate.hash_of("card", card)]).model_copy(update=facts))
    CARDS[resident_id] = card
    return resident_id


# By resident.
CARDS: dict[str, str] = {}


async def shows(gate: Gate, resident_id: str, way: str = "out", **more: Any) -> tuple[str, list[str]]:
    """Let a resident show the card; return verdict and reasons."""
    now = gate.service.clock.now()
    answer = await gate.answer(scan("card", CARDS[resident_id], direction=way, **{"at": now.isoformat()} | more))
    return answer["verdict"], answer["reasons"]


async def recorded(gate: Gate, *passages: PassageRecorded) -> list[OutingsChanged]:
    """Have the recorder store passages, by default all; return what it publishes of households, which gates read."""
    before = len(await gate.service.emitted(OutingsChanged))
    await gate.service.receive(*(passages or gate.passages))
    published = (await gate.service.emitted(OutingsChanged))[before:]
    gate.learns(*published)
    return published
