"""Passes to leave the city: decided from memory; misuse is refused by its own reason and raises an alert (R1.8)."""

from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.domain import passes as rules
from services.checkpoint.domain.passes import Leaving
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.replicas.passes import Passes
from shared.base.ids import new_id
from shared.events.checkpoint import AlertRaised, CheckpointDefined, CheckpointKind, ExitRule, GateDefined, Policy
from shared.events.checkpoint_passes import PassUse
from shared.events.registration import Colour
from shared.events.registration_exits import ExitReach, ExitState
from shared.health_code import HealthCode
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, dweller, scan, standing
from tests.checkpoint.passing_out import CHECKPOINT, border, leaves, passing, permission, uses

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def alerts(gate: Gate) -> list[str]:
    return [one.rule.value for one in await gate.service.emitted(AlertRaised)]


def pass_text(gate: Gate, who: str, exit_id: str, lasts: timedelta = DAY) -> str:
    """Return the signed text of a pass."""
    code = HealthCode(who, Colour.GREEN, NOW - HOUR, NOW + lasts, exit_id.replace("-", ""), True, exit_id)
    return gate._signer.sign(code)


async def test_out_of_the_city_with_a_pass_only_and_in_without(gate: Gate) -> None:
    who, other = passing(gate), dweller(gate)
    let_out = await leaves(gate, who)
    assert (let_out.verdict, let_out.permit_id is not None) == ("allow", True)
    refused = await leaves(gate, other)
    assert (refused.verdict, refused.reasons) == ("deny", ("pass_missing",))
    assert (await gate.answer(scan("code", gate.code(other))))["verdict"] == "allow"
    assert await alerts(gate) == []


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"until": NOW - HOUR, "since": NOW - 2 * HOUR}, "pass_expired"),
        ({"since": NOW + HOUR}, "pass_early"),
        ({"state": ExitState.REVOKED}, "pass_revoked"),
        ({"gates": ("cp-elsewhere",)}, "pass_elsewhere"),
        ({"reach": ExitReach.COMPOUND}, "pass_elsewhere"),
    ],
)
async def test_a_pass_that_does_not_hold_is_refused_by_its_own_reason_and_raises_an_alert(
    gate: Gate, more: dict[str, Any], reason: str
) -> None:
    passage = await leaves(gate, passing(gate, **more))
    assert (passage.verdict, passage.reasons) == ("deny", (reason,))
    assert await alerts(gate) == ["misuse"]


async def test_a_pass_is_used_up_at_every_process_and_a_second_scan_is_no_second_exit(gate: Gate) -> None:
    who = passing(gate, exits=1)
    assert [(await leaves(gate, who)).verdict.value for _ in range(2)] == ["allow", "allow"]
    gate.service.clock.advance(HOUR)
    assert (await leaves(gate, who)).reasons == ("pass_used_up",)  # by this process's own memory
    published = await uses(gate)
    assert [len(one.uses) for one in published][-1] >= 1
    other = Passes(gate.service.clock)
    held = gate.service.deps.known.passes.get(published[-1].exit_id)
    for event in (published[-1], held, *published):  # reordered and repeated
        (other._apply_uses if event in published else other._apply)(event)
    leaving = Leaving(who, ExitReach.CITY, CHECKPOINT, new_id(), gate.service.clock.now())
    assert other.judge(leaving).reason is Reason.PASS_USED_UP


async def test_the_pass_of_another_person_is_refused_and_a_fellow_traveller_s_is_not(gate: Gate) -> None:
    border(gate)
    who, mate, thief = (dweller(gate) for _ in range(3))
    one = permission(who, mate)
    gate.learns(one)
    presented = pass_text(gate, who, one.exit_id)
    assert (await leaves(gate, mate, pass_text=presented)).verdict == "allow"
    stolen = await leaves(gate, thief, pass_text=presented)
    assert (stolen.verdict, stolen.reasons) == ("deny", ("pass_of_another",))
    forged = await leaves(gate, who, pass_text="LM1:" + "A" * 60)
    assert forged.reasons == ("pass_of_another",)
    assert await alerts(gate) == ["misuse", "misuse"]


async def test_a_pass_alone_is_a_code_whose_holder_the_keeper_compares(gate: Gate) -> None:
    border(gate)
    who = dweller(gate)
    one = permission(who)
    gate.learns(one)
    answer = await gate.answer(scan("code", pass_text(gate, who, one.exit_id), direction="out"))
    assert answer["verdict"] == "allow"
    gate.learns(standing(who, Colour.RED))
    answer = await gate.answer(scan("code", pass_text(gate, who, one.exit_id), direction="out"))
    assert answer["reasons"] == ["code_red"]


async def test_those_in_another_vehicle_than_the_pass_names_are_refused(gate: Gate) -> None:
    who = passing(gate, plate_hash=gate.hash_of("plate", "津A12345"))
    on_board = [{"kind": "code", "value": gate.code(who)}]
    for plate, reasons in (("津A12345", []), ("津B99999", ["pass_wrong_plate"])):
        answer = await gate.answer(scan("plate", plate, direction="out", on_board=on_board))
        assert answer["on_board"][0].get("reasons", []) == reasons


async def test_a_revoked_pass_counts_no_more_and_an_older_event_does_not_bring_it_back(gate: Gate) -> None:
    border(gate)
    who = dweller(gate)
    approved = permission(who)
    revoked = permission(who, state=ExitState.REVOKED, exit_id=approved.exit_id)
    gate.learns(approved)
    assert (await leaves(gate, who)).verdict == "allow"
    gate.learns(revoked, approved, revoked)
    gate.service.clock.advance(HOUR)
    assert (await leaves(gate, who)).reasons == ("pass_revoked",)


async def test_a_permission_lets_its_travellers_out_of_the_own_closed_compound(gate: Gate) -> None:
    place = {"name": "大门", "area_path": COMPOUND}
    policy = Policy(since=NOW - DAY, exits=ExitRule.PERMIT)
    gate.learns(
        GateDefined(gate_id=GATE, checkpoint_id="cp-p01", **place),
        CheckpointDefined(checkpoint_id="cp-p01", kind=CheckpointKind.COMPOUND, policies=(policy,), **place),
    )
    who, far, kept = (dweller(gate) for _ in range(3))
    gate.learns(permission(who, reach=ExitReach.COMPOUND))
    gate.learns(permission(far, reach=ExitReach.COMPOUND, area_path="/jinhe/hexi/x/c1/a/g/p/b/u/1"))
    assert (await leaves(gate, who)).verdict == "allow"
    for one in (far, kept):
        assert (await leaves(gate, one)).reasons == ("exit_needs_permit",)


def test_each_traveller_has_exits_of_the_own_at_gates_that_lead_as_far() -> None:
    one = permission("r1", "r2", exits=1)
    use = PassUse(resident_id="r1", scan_id="s1", gate_id="g", reach=ExitReach.CITY, at=NOW)

    def reason(who: str, reach: ExitReach = ExitReach.CITY, after: timedelta = HOUR) -> Reason | None:
        return rules.judge([(one, [use])], Leaving(who, reach, None, "s2", NOW + after)).reason

    assert (reason("r1"), reason("r2")) == (Reason.PASS_USED_UP, None)
    assert reason("r1", ExitReach.PROVINCE) is Reason.PASS_ELSEWHERE
    same = Leaving("r1", ExitReach.CITY, None, "s2", NOW + timedelta(seconds=3), None, timedelta(seconds=5))
    assert rules.judge([(one, [use])], same).exit_id == one.exit_id
