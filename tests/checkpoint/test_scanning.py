"""Scans over HTTP (R2.2, R2.3): one, a batch as JSON and as NDJSON, and the answers to the gate."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from prometheus_client import REGISTRY

from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Scan
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.usecases import scans as scanning
from services.checkpoint.usecases.deciding import BREATH
from shared.base.ids import new_id
from shared.events.registration import Colour
from shared.web.access import Principal
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NDJSON, NOW, Gate, gate_at, lives, scan, standing

pytestmark = pytest.mark.broker


async def test_a_green_code_is_let_in_and_the_scan_is_durable(gate: Gate) -> None:
    green = scan("code", gate.code(new_id()))
    assert await gate.answer(green) == {
        "scan_id": green["scan_id"],
        "verdict": "allow",
        "reasons": [],
        "durable": True,
        "standing_as_of": NOW.isoformat().replace("+00:00", "Z"),
    }


async def test_an_isolated_resident_does_not_leave(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True))
    answer = await gate.answer(scan("code", gate.code(resident), direction="out"))
    assert (answer["verdict"], answer["reasons"]) == ("deny", ["isolated_no_exit"])


@pytest.mark.parametrize(("kind", "value"), [("card", "K-17"), ("id_number", "11010519491231002x")])
async def test_a_card_and_an_id_number_stand_for_their_resident(gate: Gate, kind: str, value: str) -> None:
    resident = new_id()
    number, cards = (None, [gate.hash_of(kind, value)]) if kind == "card" else (gate.hash_of(kind, value), [])
    gate.learns(lives(resident, id_number_hash=number, cards=cards), standing(resident, Colour.YELLOW))
    answer = await gate.answer(scan(kind, f" {value.upper()} "))
    assert answer["reasons"] == ["code_yellow"]


async def test_a_code_read_with_blanks_and_a_line_end_around_it_is_the_same_code(gate: Gate) -> None:
    assert (await gate.answer(scan("code", f" {gate.code(new_id())} \r\n")))["verdict"] == "allow"


@pytest.mark.parametrize(
    ("kind", "value", "verdict", "reason"),
    [
        ("card", "K-404", "recheck", "credential_unknown"),
        ("card", "   ", "recheck", "credential_unreadable"),
        ("id_number", "110105194912310038", "recheck", "credential_unknown"),
        ("plate", "津A12345", "recheck", "person_not_shown"),
        ("code", "LM1:" + "Aa" * 90, "deny", "code_forged"),
        ("code", "健康码", "deny", "code_forged"),
        ("code", "LM1:健康", "deny", "code_forged"),
        ("code", "\x00", "deny", "code_forged"),
    ],
)
async def test_what_proves_no_person_is_not_let_in(
    gate: Gate, kind: str, value: str, verdict: str, reason: str
) -> None:
    answer = await gate.answer(scan(kind, value))
    assert (answer["verdict"], answer["reasons"], answer["durable"]) == (verdict, [reason], True)


async def test_a_code_signed_by_another_key_is_forged(gate: Gate) -> None:
    code = gate.code(new_id())
    other = "B" if code[-12] != "B" else "C"
    answer = await gate.answer(scan("code", f"{code[:-12]}{other}{code[-11:]}"))
    assert answer["reasons"] == ["code_forged"]


async def test_an_expired_code_is_scanned_again_unless_its_owner_is_isolated(gate: Gate) -> None:
    free, isolated = new_id(), new_id()
    gate.learns(standing(isolated, Colour.RED, isolated=True))
    scans = [scan("code", gate.code(who, age_s=600), direction="out") for who in (free, isolated)]
    first, second = await gate.answers(scans)
    assert (first["verdict"], first["reasons"]) == ("recheck", ["code_expired"])
    assert (second["verdict"], second["reasons"]) == ("deny", ["code_expired", "isolated_no_exit"])


async def test_a_code_that_was_valid_when_it_was_scanned_offline_is_valid(gate: Gate) -> None:
    code = gate.code(new_id(), age_s=7200)
    answer = await gate.answer(scan("code", code, at=(NOW - timedelta(seconds=7100)).isoformat(), mode="offline"))
    assert answer["verdict"] == "allow"


async def test_a_scan_that_comes_late_is_judged_by_what_held_when_it_was_made(gate: Gate) -> None:
    resident, hour_ago = new_id(), NOW - timedelta(hours=1)
    gate.learns(standing(resident, Colour.RED, isolated=True, since=NOW - timedelta(minutes=30)))
    code = gate.code(resident, age_s=4000, lasts_s=9000)
    early, now = await gate.answers(
        [scan("code", code, direction="out", at=hour_ago.isoformat()), scan("code", code, direction="out")]
    )
    assert (early["verdict"], now["verdict"]) == ("allow", "deny")


async def test_who_was_isolated_when_a_late_scan_was_made_was_not_allowed_out(gate: Gate) -> None:
    resident, hour_ago = new_id(), NOW - timedelta(hours=1)
    gate.learns(standing(resident, Colour.RED, isolated=True, since=NOW - timedelta(days=14)))
    gate.learns(standing(resident, Colour.GREEN, since=NOW - timedelta(minutes=10)))
    code = gate.code(resident, age_s=4000, lasts_s=9000)
    early, now = await gate.answers(
        [scan("code", code, direction="out", at=hour_ago.isoformat()), scan("code", code, direction="out")]
    )
    assert (early["verdict"], now["verdict"]) == ("deny", "allow")


async def test_a_slow_clock_at_the_gate_does_not_let_a_resident_out_who_has_just_turned_red(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True, since=NOW))
    at = (NOW - timedelta(minutes=4)).isoformat()
    assert (await gate.answer(scan("code", gate.code(resident, age_s=250), direction="out", at=at)))[
        "verdict"
    ] == "deny"


async def test_a_code_turns_red_before_the_list_has_the_change(gate: Gate) -> None:
    gate.service.clock.advance(timedelta(seconds=3))
    answer = await gate.answer(scan("code", gate.code(new_id(), Colour.RED), direction="out"))
    assert (answer["verdict"], answer["reasons"]) == ("deny", ["code_red"])


async def test_a_red_code_that_is_older_than_a_list_that_knows_better_does_not_count(gate: Gate) -> None:
    answer = await gate.answer(scan("code", gate.code(new_id(), Colour.RED, age_s=60), direction="out"))
    assert answer["verdict"] == "allow"


@pytest.mark.parametrize("ndjson", [False, True])
async def test_a_batch_is_answered_in_its_order_and_a_bad_scan_harms_no_neighbour(gate: Gate, ndjson: bool) -> None:
    scans = [scan(temperature_c=temperature_c) for temperature_c in (36.5, 98.6, 37.4, 36.6)]
    content = "\r\n".join(map(json.dumps, scans)) + "\n\n" if ndjson else json.dumps(scans, indent=1)
    response = await gate.post_many(content.encode(), NDJSON if ndjson else None)
    answers = response.json()
    assert [answer["scan_id"] for answer in answers] == [one["scan_id"] for one in scans]
    assert [answer.get("verdict") for answer in answers] == ["allow", None, "deny", "allow"]
    assert answers[1]["error"]["code"] == "checkpoint.absurd_scan"
    assert all(answers[at]["durable"] for at in (0, 2, 3))


async def test_a_thousand_scans_are_a_batch(gate: Gate) -> None:
    answers = await gate.answers([scan(seq=seq) for seq in range(1000)])
    assert len(answers) == 1000
    assert all(answer["durable"] for answer in answers)


async def test_the_same_scan_twice_is_harmless_in_a_batch_and_over_requests(gate: Gate) -> None:
    again = scan()
    first, second = await gate.answers([again, again])
    assert first == second == await gate.answer(again)


async def test_another_scan_with_the_same_id_in_a_batch_is_refused(gate: Gate) -> None:
    one = scan()
    first, second = await gate.answers([one, one | {"seq": 2}])
    assert first["verdict"] == "allow"
    assert (second["scan_id"], second["error"]["code"]) == (one["scan_id"], "checkpoint.scan_id_reused")


async def test_the_screen_at_the_gate_learns_the_texts_of_the_reasons(gate: Gate) -> None:
    texts = (await gate.device.get("/v1/reasons")).json()["items"]
    assert {text["code"] for text in texts} == set(Reason)
    assert next(t for t in texts if t["code"] == "isolated_no_exit")["zh"] == "隔离期内不得外出"
    assert (await gate.service.client().get("/v1/reasons")).status_code == 401


async def test_a_passage_says_where_how_and_how_old_the_list_was(gate: Gate) -> None:
    moved = f"{AREA}/a2/g09/p09"
    gate.learns(gate_at(moved))
    gate.service.clock.advance(timedelta(minutes=10))
    resident = new_id()
    sent = scan("code", gate.code(resident), mode="cached", seq=7)
    walk = new_id()
    await gate.device.post("/v1/scans", json=sent, headers={"x-correlation-id": walk})
    (passage,) = gate.passages
    assert (passage.area_path, passage.device_id, passage.seq, passage.mode) == (moved, "device-1", 7, "cached")
    assert (passage.resident_id, passage.subject, passage.credential_kind) == (resident, resident, "code")
    assert (passage.standing_as_of, passage.received_at) == (NOW, NOW + timedelta(minutes=10))
    assert (passage.id, passage.meta.correlation_id) == (sent["scan_id"], walk)


async def test_a_passage_carries_no_credential(gate: Gate) -> None:
    passage = await gate.passes(kind="id_number", value="110105194912310038")
    assert "110105194912310038" not in passage.model_dump_json()
    assert passage.subject == passage.scan_id


async def test_operators_see_decisions_reasons_and_refusals(gate: Gate) -> None:
    counted = {
        "lastmetre_scan_decisions_total": {"verdict": "deny", "durable": "true"},
        "lastmetre_scan_reasons_total": {"reason": "fever"},
        "lastmetre_scans_refused_total": {"code": "checkpoint.absurd_scan"},
    }
    before = {name: REGISTRY.get_sample_value(name, labels) or 0 for name, labels in counted.items()}
    await gate.answers([scan(temperature_c=38.0), scan(temperature_c=98.6)])
    for name, labels in counted.items():
        assert REGISTRY.get_sample_value(name, labels) == before[name] + 1
    assert REGISTRY.get_sample_value("lastmetre_scans_in_flight") == 0
    waited = {"method": "POST", "route": "/v1/scans/batch"}
    assert REGISTRY.get_sample_value("lastmetre_http_request_seconds_count", waited)


async def test_a_large_batch_lets_others_scan_in_between(gate: Gate) -> None:
    """A thousand signed codes take a good part of a second to verify: no other gate waits for all of them."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    device = Principal("device-1", frozenset({"device"}), COMPOUND, GATE)
    deps = replace(gate.service.deps, log=ScanLog(lambda: None, 1.0))
    waiting = asyncio.create_task(others())
    batch = [msgspec.convert(scan(), Scan) for _ in range(1000)]
    assert len(await scanning.scan(deps, device, batch)) == 1000
    waiting.cancel()
    assert turns >= 1000 // BREATH
