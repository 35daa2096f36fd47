"""The device's own verdict is the service's, wherever the device can know (R2.4)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from services.checkpoint.client.copy import Copy
from services.checkpoint.client.offline import CACHED_FOR, Judged, judge
from services.checkpoint.client.recognition import recognised
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reasons import Reason
from shared.base.ids import new_id
from shared.events.checkpoint import (
    AdmissionRule,
    CheckpointDefined,
    CheckpointKind,
    Direction,
    ExitRule,
    GateDefined,
    Mode,
    Policy,
    Verdict,
    VisitorRule,
)
from shared.events.registration import CodeRevoked, Colour
from shared.health_code import HealthCode, new_code_id
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, scan, standing

ALWAYS = NOW - timedelta(days=1)
POLICIES = {
    "usual": None,
    "at the limit": Policy(since=ALWAYS, fever_at_limit=True),
    "strict": Policy(since=ALWAYS, fever_over_c=37.0),
    "no masks": Policy(since=ALWAYS, mask_required=False),
    "registered visitors": Policy(since=ALWAYS, visitors=VisitorRule.REGISTERED),
    "no visitors": Policy(since=ALWAYS, visitors=VisitorRule.NONE),
    "closed": Policy(since=ALWAYS, exits=ExitRule.PERMIT),
    "curfew": Policy(since=ALWAYS, curfew=("00:00", "23:59")),
    "listed": Policy(since=ALWAYS, admission=AdmissionRule.LISTED),
    "watched": Policy(since=ALWAYS, watched_plates=("鄂A",)),
    "tomorrow": Policy(since=NOW + timedelta(days=1), fever_over_c=36.0),
}
# What a permit would change; the device knows of none, and has it looked at.
PERMITS = {
    Reason.EXIT_NEEDS_PERMIT,
    Reason.CURFEW,
    Reason.NOT_LISTED,
    Reason.VISITORS_BARRED,
    Reason.VISITOR_UNREGISTERED,
}


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """The device's copy of the lists."""
    made = Copy(tmp_path / "copy")
    yield made
    made.close()


async def synced(gate: Gate, copy: Copy) -> None:
    copy.take((await gate.device.get("/v1/lists")).json())


recognised_once = cache(recognised)  # texts come again with every measurement and policy


def judged(gate: Gate, copy: Copy, text: str, seen: Measured, cached_for: timedelta = CACHED_FOR) -> Judged:
    return judge(recognised_once(text), seen, copy.lists, copy.standing, gate.service.clock.now(), cached_for)


async def live(gate: Gate, text: str, measured: Sequence[Measured]) -> list[tuple[str, list[str]]]:
    """Return the service's verdicts, and their reasons, on a credential with each of the measurements."""
    line = recognised(text)
    at = gate.service.clock.now().isoformat()
    scans = [
        scan(line.kind.value, line.value, direction=s.direction, temperature_c=s.temperature_c, mask=s.mask, at=at)
        for s in measured
    ]
    return [(answer["verdict"], answer["reasons"]) for answer in await gate.answers(scans)]


def credentials_of(gate: Gate) -> dict[str, str]:
    """Return credentials of every kind, by what each is; the gate learns which residents are exceptions."""
    texts: dict[str, str] = {"stranger's code": gate.code(new_id())}
    for colour in Colour:
        for isolated in (False, True):
            resident = new_id()
            gate.learns(standing(resident, colour, isolated=isolated))
            texts[f"{colour} {isolated}"] = gate.code(resident, age_s=60)
            texts[f"{colour} {isolated}, expired"] = gate.code(resident, age_s=900)
        texts[f"a newer {colour} code"] = gate.code(new_id(), colour, age_s=-1)
        texts[f"an older {colour} code"] = gate.code(new_id(), colour, age_s=60)
        texts[f"a printed {colour} code"] = printed(gate, new_id(), colour)
    forged = gate.code(new_id())
    texts["forged"] = forged[:-6] + ("A" if forged[-6] != "A" else "B") + forged[-5:]
    texts["no code"] = "LM1:AAAA"
    texts["revoked"] = gate.code(new_id())
    revoked = CodeRevoked(
        code_id=gate.code_id(texts["revoked"]),
        resident_id=new_id(),
        area_path=COMPOUND,
        reason="lost",
        revoked_at=NOW - timedelta(minutes=1),
        expires_at=NOW + timedelta(hours=1),
    )
    gate.learns(revoked)
    return texts | {"visitor": "V-7K2M9QXD", "plate": "津A12345", "watched plate": "鄂A12345"}


def printed(gate: Gate, resident_id: str, colour: Colour) -> str:
    code = HealthCode(resident_id, colour, NOW + timedelta(seconds=1), NOW + timedelta(days=30), new_code_id(), True)
    return gate._signer.sign(code)


def let_hold(gate: Gate, policy: Policy | None) -> None:
    gate.learns(GateDefined(gate_id=GATE, name="东门", area_path=COMPOUND, checkpoint_id="c1"))
    policies = (policy,) if policy else ()
    defined: dict[str, Any] = {"checkpoint_id": "c1", "name": "东门", "kind": CheckpointKind.COMPOUND}
    gate.learns(CheckpointDefined(**defined, area_path=COMPOUND, policies=policies))


@pytest.mark.parametrize("name", POLICIES)
async def test_the_devices_verdict_is_that_of_the_service(gate: Gate, copy: Copy, name: str) -> None:
    let_hold(gate, POLICIES[name])
    texts = credentials_of(gate)
    await synced(gate, copy)
    measured = [
        Measured(direction, temperature, mask)
        for direction in Direction
        for temperature in (None, 36.5, 37.1, 37.3, 36.6 + 0.7, 37.4)
        for mask in (None, True, False)
    ]
    for what, text in texts.items():
        for seen, (verdict, reasons) in zip(measured, await live(gate, text, measured), strict=True):
            own = judged(gate, copy, text, seen).decision
            if PERMITS.isdisjoint(reasons):
                assert (own.verdict, list(own.reasons)) == (verdict, reasons), (what, seen)
            else:
                assert own.verdict is not Verdict.ALLOW, (what, seen)
                assert set(own.reasons) - {Reason.OFFLINE_UNKNOWN} == set(reasons) - PERMITS, (what, seen)


async def test_of_a_vehicle_the_devices_verdict_on_each_person_is_that_of_the_service(gate: Gate, copy: Copy) -> None:
    let_hold(gate, POLICIES["watched"])
    texts = credentials_of(gate)
    await synced(gate, copy)
    people = [recognised(texts[what]) for what in ("stranger's code", "red False", "green True", "forged", "revoked")]
    on_board = [{"kind": one.kind.value, "value": one.value} for one in people]
    for plate, direction in product(("津A12345", "鄂A12345"), Direction):
        at = gate.service.clock.now()
        answer = await gate.answer(
            scan("plate", plate, on_board=on_board, direction=direction, temperature_c=38.0, at=at.isoformat())
        )
        seen = Measured(direction, 38.0, True)
        own = judge(recognised(plate), seen, copy.lists, copy.standing, at, CACHED_FOR, people)
        assert [(one.verdict, list(one.reasons)) for one in own.on_board] == [
            (one["verdict"], one["reasons"]) for one in answer["on_board"]
        ]
        assert (own.decision.verdict, list(own.decision.reasons)) == (answer["verdict"], answer["reasons"])


async def test_a_card_or_a_number_is_checked_by_hand_since_the_device_knows_no_resident_by_them(
    gate: Gate, copy: Copy
) -> None:
    await synced(gate, copy)
    for text in ("C-17", "11010519491231002X"):
        decision = judged(gate, copy, text, Measured(Direction.IN, 36.5, True)).decision
        assert (decision.verdict, decision.reasons) == (Verdict.RECHECK, (Reason.OFFLINE_UNKNOWN,))
        fever = judged(gate, copy, text, Measured(Direction.IN, 38.0, True)).decision
        assert fever.verdict is Verdict.DENY


async def test_without_any_list_no_person_passes_unseen(gate: Gate, copy: Copy) -> None:
    for text in (gate.code(new_id()), "LM1:AAAA", "C-17", "V-7K2M9QXD", "津A12345"):
        own = judged(gate, copy, text, Measured(Direction.IN, 36.5, True))
        assert own.decision.verdict is Verdict.RECHECK
        assert Reason.POLICY_UNAVAILABLE in own.decision.reasons
        assert (own.mode, own.as_of) == (Mode.OFFLINE, None)
    assert judged(gate, copy, "C-17", Measured(Direction.OUT, 38.0)).decision.verdict is Verdict.DENY


async def test_a_list_counts_for_a_day_and_after_that_the_signature_of_a_fresh_code_alone(
    gate: Gate, copy: Copy
) -> None:
    red, seen = new_id(), Measured(Direction.OUT, 36.5, True)
    gate.learns(standing(red, Colour.RED))
    await synced(gate, copy)
    gate.service.clock.advance(CACHED_FOR)
    assert judged(gate, copy, gate.code(new_id()), seen).mode is Mode.CACHED
    gate.service.clock.advance(timedelta(seconds=1))
    fresh = judged(gate, copy, gate.code(new_id()), seen)
    assert (fresh.mode, fresh.decision.verdict) == (Mode.OFFLINE, Verdict.ALLOW)
    assert judged(gate, copy, gate.code(new_id(), Colour.RED), seen).decision.verdict is Verdict.DENY
    assert judged(gate, copy, gate.code(red), seen).decision.verdict is Verdict.DENY
    paper = judged(gate, copy, printed(gate, new_id(), Colour.GREEN), seen).decision
    assert (paper.verdict, paper.reasons) == (Verdict.RECHECK, (Reason.STANDINGS_UNAVAILABLE,))


async def test_the_copy_is_there_again_after_the_device_was_switched_off(gate: Gate, copy: Copy) -> None:
    red, seen = new_id(), Measured(Direction.OUT, 36.5, True)
    gate.learns(standing(red, Colour.RED))
    await synced(gate, copy)
    again = Copy(copy.path)
    assert judged(gate, again, gate.code(red), seen) == judged(gate, copy, gate.code(red), seen)
    assert again.lists is not None
    assert again.lists.texts["code_red"] == ("红码，请人工处置", "Red code: follow the red-code procedure")
    again.close()
