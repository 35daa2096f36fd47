"""What a gate's policy, permits, vehicles, overrides and wrong clocks make of a scan (R2.1 to R2.6, R2.10)."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.events.checkpoint import (
    AdmissionRule,
    CheckpointDefined,
    CheckpointKind,
    DeviceEnrolled,
    DeviceRevoked,
    ExitRule,
    GateDefined,
    PermitChanged,
    PermitKind,
    Policy,
    VisitorRule,
)
from shared.events.registration import CodeRevoked, Colour
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, lives, scan, standing

CHECKPOINT = "cp-p01"
LONG_AGO = NOW - timedelta(days=20)


def guarded(gate: Gate, *policies: Policy) -> None:
    """Let the gate belong to a checkpoint with these policies."""
    place = {"name": "大门", "area_path": COMPOUND}
    gate.learns(
        GateDefined(gate_id=GATE, checkpoint_id=CHECKPOINT, **place),
        CheckpointDefined(checkpoint_id=CHECKPOINT, kind=CheckpointKind.COMPOUND, policies=policies, **place),
    )


def policy(**more: Any) -> Policy:
    return Policy(since=more.pop("since", LONG_AGO), **more)


def permit(kind: PermitKind, **more: Any) -> PermitChanged:
    fields = {
        "permit_id": new_id(),
        "area_path": COMPOUND,
        "checkpoint_id": CHECKPOINT,
        "since": NOW - timedelta(hours=1),
    }
    return PermitChanged(kind=kind, **(fields | {"until": NOW + timedelta(hours=1)} | more))


async def decide(gate: Gate, kind: str = "visitor", value: str = "courier-7", **more: Any) -> tuple[str, list[str]]:
    answer = await gate.answer(scan(kind, value, **more))
    return answer["verdict"], answer["reasons"]


@pytest.mark.parametrize(("temperature_c", "verdict"), [(37.0, "allow"), (37.1, "deny"), (37.3, "deny")])
async def test_a_checkpoint_has_a_threshold_of_its_own(gate: Gate, temperature_c: float, verdict: str) -> None:
    guarded(gate, policy(fever_over_c=37.0))
    assert (await decide(gate, temperature_c=temperature_c))[0] == verdict


async def test_a_checkpoint_may_do_without_masks(gate: Gate) -> None:
    assert await decide(gate, mask=False) == ("recheck", ["mask_missing"])
    guarded(gate, policy(mask_required=False))
    assert await decide(gate, mask=False) == ("allow", [])


async def test_a_policy_holds_from_its_beginning_on_without_a_restart(gate: Gate) -> None:
    guarded(gate, policy(), policy(since=NOW + timedelta(minutes=10), visitors=VisitorRule.NONE))
    assert await decide(gate) == ("allow", [])
    gate.service.clock.advance(timedelta(minutes=10))
    later = (NOW + timedelta(minutes=10)).isoformat()
    assert await decide(gate, at=later) == ("deny", ["visitors_barred"])


async def test_a_late_scan_is_judged_by_the_policy_that_held_then(gate: Gate) -> None:
    guarded(gate, policy(), policy(since=NOW - timedelta(minutes=30), visitors=VisitorRule.NONE))
    hour_ago = (NOW - timedelta(hours=1)).isoformat()
    assert await decide(gate, at=hour_ago, mode="offline") == ("allow", [])


async def test_out_of_a_closed_compound_with_a_permit_only(gate: Gate) -> None:
    guarded(gate, policy(exits=ExitRule.PERMIT))
    kept, let_out = new_id(), new_id()
    gate.learns(permit(PermitKind.EXIT, resident_id=let_out))
    assert await decide(gate, "code", gate.code(kept), direction="out") == ("deny", ["exit_needs_permit"])
    assert await decide(gate, "code", gate.code(kept), direction="in") == ("allow", [])
    assert await decide(gate, "code", gate.code(let_out), direction="out") == ("allow", [])
    assert gate.passages[-1].permit_id


async def test_an_exit_permit_does_not_let_the_isolated_out(gate: Gate) -> None:
    guarded(gate, policy(exits=ExitRule.PERMIT))
    who = new_id()
    gate.learns(permit(PermitKind.EXIT, resident_id=who), standing(who, Colour.RED, isolated=True))
    assert await decide(gate, "code", gate.code(who), direction="out") == ("deny", ["isolated_no_exit"])


@pytest.mark.parametrize(
    "more",
    [
        {"until": NOW},
        {"since": NOW + timedelta(minutes=1)},
        {"withdrawn": True},
        {"checkpoint_id": "cp-other"},
        {"checkpoint_id": None, "area_path": "/jinhe/hexi"},
    ],
)
async def test_a_permit_counts_in_its_time_and_place_only(gate: Gate, more: dict[str, Any]) -> None:
    guarded(gate, policy(exits=ExitRule.PERMIT))
    who = new_id()
    gate.learns(permit(PermitKind.EXIT, resident_id=who, **more))
    assert (await decide(gate, "code", gate.code(who), direction="out"))[0] == "deny"


async def test_a_withdrawn_permit_counts_no_longer(gate: Gate) -> None:
    guarded(gate, policy(exits=ExitRule.PERMIT))
    who = new_id()
    given = permit(PermitKind.EXIT, resident_id=who)
    gate.learns(given)
    assert (await decide(gate, "code", gate.code(who), direction="out"))[0] == "allow"
    gate.learns(given.model_copy(update={"withdrawn": True}))
    assert (await decide(gate, "code", gate.code(who), direction="out"))[0] == "deny"


async def test_no_resident_leaves_in_the_curfew_and_visitors_go_home(gate: Gate) -> None:
    local = NOW.astimezone(gate.service.deps.zone)
    around = tuple((local + timedelta(minutes=shift)).strftime("%H:%M") for shift in (-5, 5))
    guarded(gate, policy(curfew=around))
    assert await decide(gate, "code", gate.code(new_id()), direction="out") == ("deny", ["curfew"])
    assert await decide(gate, "code", gate.code(new_id()), direction="in") == ("allow", [])
    assert await decide(gate, direction="out") == ("allow", [])


async def test_where_visitors_register_a_slip_an_id_number_or_a_plate_lets_them_in(gate: Gate) -> None:
    guarded(gate, policy(visitors=VisitorRule.REGISTERED))
    credentials = (("visitor", "V-1234ABCD"), ("id_number", "110105194912310038"), ("plate", "津A12345"))
    before = [await decide(gate, *one) for one in credentials]
    assert [reasons for _, reasons in before] == [
        ["visitor_unregistered"],
        ["credential_unknown"],
        ["person_not_shown"],
    ]
    gate.learns(*(permit(PermitKind.VISITOR, shown_hash=gate.hash_of(*one)) for one in credentials))
    after = [await decide(gate, *one) for one in credentials]
    assert after == [("allow", []), ("allow", []), ("recheck", ["person_not_shown"])]


async def test_an_employer_s_gate_serves_those_on_its_list(gate: Gate) -> None:
    guarded(gate, policy(admission=AdmissionRule.LISTED))
    staff, stranger = new_id(), new_id()
    gate.learns(permit(PermitKind.ENTRY, resident_id=staff))
    assert await decide(gate, "code", gate.code(staff)) == ("allow", [])
    assert await decide(gate, "code", gate.code(stranger)) == ("deny", ["not_listed"])
    assert await decide(gate, "code", gate.code(stranger), direction="out") == ("allow", [])
    gate.learns(standing(staff, Colour.YELLOW))
    assert await decide(gate, "code", gate.code(staff)) == ("recheck", ["code_yellow"])


async def test_a_vehicle_is_let_through_as_the_strictest_of_those_on_board(gate: Gate) -> None:
    healthy, yellow = new_id(), new_id()
    gate.learns(standing(yellow, Colour.YELLOW), lives(yellow, cards=[gate.hash_of("card", "K-2")]))
    on_board = [{"kind": "code", "value": gate.code(healthy)}]
    assert await decide(gate, "plate", "津A12345", on_board=on_board) == ("allow", [])
    both = scan("plate", "津A12345", on_board=[*on_board, {"kind": "card", "value": "K-2"}])
    answer = await gate.answer(both)
    assert (answer["verdict"], answer["reasons"], answer["durable"]) == ("recheck", ["code_yellow"], True)
    assert [one["verdict"] for one in answer["on_board"]] == ["allow", "recheck"]
    vehicle, *persons = gate.passages[-3:]
    assert (vehicle.scan_id, vehicle.credential_kind, vehicle.resident_id) == (both["scan_id"], "plate", None)
    assert [one.subject for one in persons] == [healthy, yellow]
    assert {one.vehicle_scan_id for one in persons} == {both["scan_id"]}
    assert await gate.answer(both) == answer
    assert [one.scan_id for one in gate.passages[-2:]] == [one.scan_id for one in persons]


async def test_each_on_board_has_a_trajectory_of_their_own(gate: Gate) -> None:
    who = new_id()
    await gate.answer(scan("plate", "津A12345", on_board=[{"kind": "code", "value": gate.code(who)}]))
    await gate.service.receive(*gate.passages)
    assert await gate.service.database["passages"].count_documents({"resident_id": who}) == 1


async def test_a_plate_from_a_risk_region_is_looked_at(gate: Gate) -> None:
    guarded(gate, policy(watched_plates=("鄂A",)))
    on_board = [{"kind": "code", "value": gate.code(new_id())}]
    assert await decide(gate, "plate", "鄂a·12345", on_board=on_board) == ("recheck", ["plate_watched"])
    assert await decide(gate, "plate", "津A12345", on_board=on_board) == ("allow", [])


@pytest.mark.parametrize("kind", ["code", "visitor"])
async def test_only_a_vehicle_has_people_on_board(gate: Gate, kind: str) -> None:
    response = await gate.post(scan(kind, "x", on_board=[{"kind": "card", "value": "K-1"}]))
    assert (response.status_code, response.json()["code"]) == (400, "checkpoint.invalid_scan")


async def test_an_emergency_is_never_blocked_and_says_what_it_overrode(gate: Gate) -> None:
    who = new_id()
    gate.learns(standing(who, Colour.RED, isolated=True))
    leaving = scan("code", gate.code(who), direction="out", override="medical_emergency")
    answer = await gate.answer(leaving)
    assert (answer["verdict"], answer["reasons"]) == ("allow", ["isolated_no_exit"])
    assert (gate.passages[-1].verdict, gate.passages[-1].override) == ("allow", "medical_emergency")


async def test_a_revoked_code_is_checked_by_hand_and_hides_no_colour(gate: Gate) -> None:
    who = new_id()
    code = gate.code(who)
    gate.learns(revoked(gate, code, who), standing(who, Colour.RED, isolated=True))
    assert await decide(gate, "code", code) == ("recheck", ["code_revoked", "isolated_escort"])
    assert (await decide(gate, "code", gate.code(who)))[1] == ["isolated_escort"]


def revoked(gate: Gate, code: str, who: str) -> CodeRevoked:
    fields = {"reason": "lost", "revoked_at": NOW - timedelta(minutes=1), "expires_at": NOW + timedelta(hours=1)}
    return CodeRevoked(code_id=gate.code_id(code), resident_id=who, area_path=COMPOUND, **fields)


async def test_a_checkpoint_that_was_not_read_yet_lets_no_person_pass_unchecked(gate: Gate) -> None:
    gate.service.deps.known.checkpoints.replica.expect({0, 1})
    gate.learns(GateDefined(gate_id=GATE, name="大门", area_path=COMPOUND, checkpoint_id="cp-unread"))
    assert await decide(gate) == ("recheck", ["policy_unavailable"])


async def test_a_revoked_device_and_one_whose_credential_was_replaced_scan_no_more(gate: Gate) -> None:
    device = {"device_id": "device-1", "gate_id": GATE, "area_path": COMPOUND}
    gate.learns(DeviceEnrolled(serial=1, **device))
    assert (await gate.post(scan())).status_code == 200
    gate.learns(DeviceRevoked(serial=1, reason="stolen", **device))
    for answer in (await gate.post(scan()), await gate.post_many([scan()])):
        assert (answer.status_code, answer.json()["code"]) == (403, "checkpoint.device_revoked")


@pytest.mark.parametrize("behind_s", [3600, -900])
async def test_a_wrong_clock_is_detected_and_the_times_are_corrected(gate: Gate, behind_s: int) -> None:
    device_now = NOW - timedelta(seconds=behind_s)
    sent = scan(at=(device_now - timedelta(minutes=2)).isoformat())
    headers = {"Lastmetre-Device-Time": device_now.isoformat()}
    answer = (await gate.device.post("/v1/scans", json=sent, headers=headers)).json()
    assert answer["clock_offset_s"] == behind_s
    (passage,) = gate.passages
    assert (passage.at, passage.clock_offset_s) == (NOW - timedelta(minutes=2), behind_s)


async def test_a_clock_that_is_a_little_off_is_left_alone(gate: Gate) -> None:
    headers = {"Lastmetre-Device-Time": (NOW - timedelta(seconds=30)).isoformat()}
    answer = (await gate.device.post("/v1/scans", json=scan(), headers=headers)).json()
    assert "clock_offset_s" not in answer
    assert gate.passages[-1].clock_offset_s is None


async def test_a_scan_with_a_wrong_clock_sent_again_is_the_same_scan(gate: Gate) -> None:
    sent = scan(at=(NOW - timedelta(hours=1)).isoformat())
    for late_s in (0, 7):
        gate.service.clock.advance(timedelta(seconds=late_s))
        headers = {"Lastmetre-Device-Time": (NOW - timedelta(hours=1)).isoformat()}
        assert (await gate.device.post("/v1/scans", json=sent, headers=headers)).status_code == 200
    await gate.service.receive(*gate.passages)
    assert await gate.service.database["passages"].count_documents({}) == 1
    assert await gate.service.database["reused"].count_documents({}) == 0


@pytest.mark.parametrize("time", ["yesterday", "2026-02-10T09:00:00", ""])
async def test_a_device_s_time_that_is_none_is_refused(gate: Gate, time: str) -> None:
    answer = await gate.device.post("/v1/scans", json=scan(), headers={"Lastmetre-Device-Time": time})
    assert (answer.status_code, answer.json()["code"]) == (400, "checkpoint.device_time")


async def test_what_has_ended_is_forgotten(gate: Gate) -> None:
    permits, revocations = gate.service.deps.known.permits, gate.service.deps.known.revocations
    permits._swept_at = revocations._swept_at = 4
    who = new_id()
    gate.learns(*(permit(PermitKind.EXIT, resident_id=who) for _ in range(3)))
    gate.learns(*(revoked(gate, gate.code(who), who) for _ in range(3)))
    gate.service.clock.advance(timedelta(hours=2))
    later = gate.service.clock.now() + timedelta(hours=1)
    gate.learns(permit(PermitKind.EXIT, resident_id=who, until=later))
    lasting = revoked(gate, gate.code(who, lasts_s=9000), who).model_copy(update={"expires_at": later})
    gate.learns(lasting)
    assert len(permits._permits) == len(permits._of[who]) == len(revocations._revoked) == 1
    assert revocations.all() == [lasting.code_id]
