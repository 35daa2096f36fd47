"""Visitors and couriers: registered at the gate, and known there the next time (R2.5)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.store import INDEXES
from shared.base.ids import new_id
from shared.events.checkpoint import CheckpointDefined, DeviceRevoked, PermitChanged, PermitKind, Policy
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, scan
from tests.support.http import stated

CHECKPOINT = "cp-north"
HOUR = timedelta(hours=1)
PERSONAL = {"name": "王小明", "phone": "13800001111", "id_number": "120101199001011234", "plate": "津A12345"}


def staff(gate: Gate, role: str = "community", area: str = AREA) -> Any:
    return gate.service.client(role, area=area, subject=f"{role}-1")


def visitor(**changes: Any) -> dict[str, Any]:
    """Return the body of a visit of two hours."""
    body = {"permit_id": new_id(), "purpose": "visit", "until": (NOW + 2 * HOUR).isoformat()} | PERSONAL
    return {name: value for name, value in (body | changes).items() if value is not None}


async def define_gate(gate: Gate, checkpoint: bool = True) -> None:
    """Define the gate, and the checkpoint that it belongs to."""
    office, of = staff(gate), {"checkpoint_id": CHECKPOINT} if checkpoint else {}
    body = {"name": "北门", "kind": "compound", "area_path": COMPOUND}
    await office.put(f"/v1/checkpoints/{CHECKPOINT}", json=body)
    response = await office.put("/v1/gates", json={"gate_id": GATE, "name": "大门", "area_path": COMPOUND} | of)
    assert response.status_code == 200


async def registered(gate: Gate, client: Any = None, **changes: Any) -> Any:
    response = await (client or gate.device).post("/v1/visitors", json=visitor(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def lets(gate: Gate, kind: str, text: str, at: Any = NOW + HOUR) -> str | None:
    """Return the permit by which the gate lets in a person with that credential."""
    holder = gate.hash_of(kind, text)
    permit_id: str | None = gate.service.deps.known.permits.find(PermitKind.VISITOR, holder, CHECKPOINT, COMPOUND, at)
    return permit_id


async def test_a_device_registers_a_visitor_at_its_gate_who_gets_a_slip(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    assert (slip["checkpoint_id"], slip["area_path"]) == (CHECKPOINT, COMPOUND)
    assert slip["slip"].startswith("V-")
    assert slip["qr_svg"].startswith("<svg")
    gate.learns(*await gate.service.emitted(PermitChanged))
    permits = {
        lets(gate, kind, text) for kind, text in [("visitor", slip["slip"]), ("id_number", PERSONAL["id_number"])]
    }
    permits.add(lets(gate, "plate", "津A12345"))
    assert len(permits) == 3
    assert None not in permits
    assert slip["permit_id"] in permits
    assert lets(gate, "visitor", slip["slip"], at=NOW + 2 * HOUR) is None
    assert lets(gate, "visitor", "V-00000000") is None


async def test_a_visitor_who_shows_the_slip_is_let_in_with_the_permit_on_the_passage(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    gate.learns(*await gate.service.emitted())
    for kind, text in (("visitor", slip["slip"].lower()), ("id_number", PERSONAL["id_number"])):
        passage = await gate.passes(**scan(kind, text))
        assert (passage.verdict.value, passage.permit_id) == ("allow", lets(gate, kind, text))
    stranger = await gate.passes(**scan("id_number", "110101199001011237"))
    assert (stranger.verdict.value, stranger.permit_id) == ("recheck", None)


async def test_nothing_that_a_visitor_says_is_stored_or_sent_in_clear(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    database = gate.service.database
    kept = str([await database[name].find().to_list(None) for name in await database.list_collection_names()])
    for text in (*PERSONAL.values(), "津A12345", slip["slip"]):
        assert text not in kept
    for event in await gate.service.emitted(PermitChanged):
        assert event.shown_hash
        assert event.resident_id is None


async def test_the_same_registration_again_gives_the_same_slip_and_says_nothing_new(gate: Gate) -> None:
    await define_gate(gate)
    body = visitor()
    answers = await asyncio.gather(*(gate.device.post("/v1/visitors", json=body) for _ in range(3)))
    gate.service.clock.advance(3 * HOUR)
    answers.append(await gate.device.post("/v1/visitors", json=body))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(await gate.service.emitted(PermitChanged)) == 3
    other = await gate.device.post("/v1/visitors", json=body | {"name": "王大明"})
    assert (other.status_code, other.json()["code"]) == (409, "checkpoint.permit_taken")


async def test_a_visitor_without_id_number_and_plate_is_known_by_the_slip_alone(gate: Gate) -> None:
    await define_gate(gate, checkpoint=False)
    await registered(gate, id_number=None, plate=None)
    (event,) = await gate.service.emitted(PermitChanged)
    assert (event.kind, event.checkpoint_id, event.area_path) == (PermitKind.VISITOR, None, COMPOUND)


async def test_staff_registers_at_a_gate_or_a_checkpoint_and_the_office_a_courier_for_a_month(gate: Gate) -> None:
    await define_gate(gate)
    month = (NOW + timedelta(days=30)).isoformat()
    for where in ({"gate_id": GATE}, {"checkpoint_id": CHECKPOINT}, {"gate_id": GATE, "checkpoint_id": CHECKPOINT}):
        slip = await registered(gate, staff(gate), purpose="delivery", until=month, **where)
        assert slip["checkpoint_id"] == CHECKPOINT
    body = visitor(purpose="delivery", until=month)
    for client, where in ((gate.device, {}), (staff(gate, "grid_worker"), {"gate_id": GATE})):
        response = await client.post("/v1/visitors", json=body | where)
        assert (response.status_code, response.json()["code"]) == (400, "checkpoint.permit_too_long")


@pytest.mark.parametrize(
    ("client", "changes", "status", "code"),
    [
        ("device", {"gate_id": "gate-x"}, 403, "checkpoint.wrong_gate"),
        ("device", {"checkpoint_id": "cp-x"}, 400, "checkpoint.gate_elsewhere"),
        ("device", {"until": NOW.isoformat()}, 400, "checkpoint.permit_over"),
        ("device", {"until": NOW.replace(tzinfo=None).isoformat()}, 422, "request.invalid"),
        ("device", {"phone": "call me"}, 422, "request.invalid"),
        ("device", {"purpose": "work"}, 422, "request.invalid"),
        ("device", {"plate": "?"}, 422, "request.invalid"),
        ("office", {}, 400, "checkpoint.place_missing"),
        ("office", {"gate_id": "gate-x"}, 404, "checkpoint.no_such_gate"),
        ("office", {"checkpoint_id": "cp-x"}, 404, "checkpoint.no_such_checkpoint"),
    ],
)
async def test_a_registration_that_cannot_be_says_what_to_correct(
    gate: Gate, client: str, changes: dict[str, Any], status: int, code: str
) -> None:
    await define_gate(gate)
    caller = gate.device if client == "device" else staff(gate)
    response = await caller.post("/v1/visitors", json=visitor(**changes))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert await gate.service.emitted(PermitChanged) == []


async def test_where_no_visitors_come_in_none_is_registered(gate: Gate) -> None:
    await define_gate(gate)
    policy = Policy(since=NOW, visitors="none")  # type: ignore[arg-type]
    gate.learns(
        CheckpointDefined(
            checkpoint_id=CHECKPOINT,
            name="北门",
            kind="compound",  # type: ignore[arg-type]
            area_path=COMPOUND,
            policies=(policy,),
        )
    )
    response = await gate.device.post("/v1/visitors", json=visitor())
    assert (response.status_code, response.json()["code"]) == (409, "checkpoint.visitors_barred")


async def test_a_revoked_device_registers_no_visitor(gate: Gate) -> None:
    await define_gate(gate)
    revoked = DeviceRevoked(device_id="device-1", gate_id=GATE, area_path=COMPOUND, serial=1, reason="lost")
    gate.learns(revoked)
    response = await gate.device.post("/v1/visitors", json=visitor())
    assert (response.status_code, response.json()["code"]) == (403, "checkpoint.device_revoked")


async def test_staff_reads_visitors_with_a_purpose_and_each_reading_is_kept(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    doctor, query = staff(gate, "doctor"), {"checkpoint_id": CHECKPOINT}
    page = (await doctor.get("/v1/visitors", params=query, headers=stated("contact tracing"))).json()
    (row,) = page["items"]
    assert {name: row[name] for name in PERSONAL} == PERSONAL
    for permit_id in {event.permit_id for event in await gate.service.emitted(PermitChanged)}:
        answer = await staff(gate).get(f"/v1/visitors/{permit_id}", headers=stated("fever"))
        assert answer.json() == row | {"permit_id": slip["permit_id"]}
    for reader, subject, purpose, times in (
        ("doctor-1", CHECKPOINT, "contact tracing", 1),
        ("community-1", slip["permit_id"], "fever", 3),
    ):
        readings = (await staff(gate, "auditor").get("/v1/readings", params={"subject": subject})).json()["items"]
        assert [(one["reader"], one["purpose"]) for one in readings] == [(reader, purpose)] * times


async def test_visitors_are_read_neither_without_a_purpose_nor_outside_one_s_area_nor_by_devices(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    paths = ["/v1/visitors", f"/v1/visitors/{slip['permit_id']}"]
    for path in paths:
        response = await staff(gate).get(path)
        assert (response.status_code, response.json()["code"]) == (400, "request.purpose_missing")
        assert (await gate.device.get(path, headers=stated("tracing"))).status_code == 403
    other = staff(gate, area=f"{AREA}/a2")
    assert (await other.get(paths[0], headers=stated("tracing"))).json()["items"] == []
    at_checkpoint = {"checkpoint_id": CHECKPOINT}
    assert (await other.get(paths[0], params=at_checkpoint, headers=stated("tracing"))).status_code == 404
    assert (await other.get(paths[1], headers=stated("tracing"))).status_code == 404


async def test_visitors_are_listed_by_page(gate: Gate) -> None:
    await define_gate(gate)
    made = [(await registered(gate))["permit_id"] for _ in range(3)]
    query, why = {"limit": 2}, stated("tracing")
    page = (await staff(gate).get("/v1/visitors", params=query, headers=why)).json()
    rest = (await staff(gate).get("/v1/visitors", params=query | {"after": page["next"]}, headers=why)).json()
    assert [one["permit_id"] for one in page["items"] + rest["items"]] == made


async def test_a_visitor_s_permit_is_withdrawn_for_each_of_their_credentials(gate: Gate) -> None:
    await define_gate(gate)
    slip = await registered(gate)
    derived = [event.permit_id for event in await gate.service.emitted(PermitChanged)][-1]
    response = await staff(gate).post(f"/v1/permits/{derived}/withdraw", json={"reason": "滞留不归"})
    assert response.json()["permit_id"] == slip["permit_id"]
    gate.learns(*await gate.service.emitted(PermitChanged))
    for kind, text in [("visitor", slip["slip"]), ("id_number", PERSONAL["id_number"]), ("plate", "津A12345")]:
        assert lets(gate, kind, text) is None


def test_what_a_visitor_stated_is_kept_for_thirty_days_after_the_end() -> None:
    (retention,) = [m.document["expireAfterSeconds"] for m in INDEXES["permits"] if "expireAfterSeconds" in m.document]
    assert retention == 30 * 86_400
