"""Documents survive a version that knows fewer of their fields: every reader ignores them, every writer leaves them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from services.checkpoint.domain.devices import Device, Enrolment
from services.checkpoint.store import INDEXES, Store
from shared.base.ids import new_id
from shared.events.checkpoint import AlertRaised, OverrideRecorded, Verdict
from shared.events.registration import Colour
from shared.store.documents import Documents
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, scan, standing
from tests.checkpoint.passing import ago, passage
from tests.checkpoint.passing_out import leaves, passing
from tests.checkpoint.scanner import Scanner, Yard
from tests.checkpoint.zoning import family, shows, zone
from tests.checkpoint.zoning import recorded as recorded_outings
from tests.support.http import stated
from tests.support.later_version import add_to_parts, lost_from_parts

LATER = {"field_of_a_later_version": {"kept": [1, 2]}}
CHECKPOINT = "cp-north"
HOUR = timedelta(hours=1)


class Case(NamedTuple):
    """How a document comes to be, and what reads it again and saves it; `make` returns what `save` needs."""

    make: Callable[[Gate], Awaitable[Any]]
    save: Callable[[Gate, Any], Awaitable[Any]]


def office(gate: Gate, subject: str = "office-1") -> Any:
    return gate.service.client("community", area=AREA, subject=subject)


async def call(gate: Gate, method: str, path: str, **more: Any) -> Any:
    response = await office(gate).request(method, path, **more)
    assert response.status_code < 300, response.text
    return response.json()


async def define_gate(gate: Gate, name: Any = "东门") -> Any:
    body = {"gate_id": GATE, "name": name or "东大门", "area_path": COMPOUND}
    return await call(gate, "PUT", "/v1/gates", json=body)


async def define_checkpoint(gate: Gate, name: str = "北门") -> None:
    body = {"name": name, "kind": "compound", "area_path": COMPOUND}
    await call(gate, "PUT", f"/v1/checkpoints/{CHECKPOINT}", json=body)


async def state_policy(gate: Gate, _: Any) -> None:
    path = f"/v1/checkpoints/{CHECKPOINT}/policies/{(NOW + HOUR).isoformat()}"
    await call(gate, "PUT", path, json={"reason": "疫情防控"})


async def read_trail(gate: Gate, _: Any) -> None:
    await define_checkpoint(gate, "北大门")
    assert len((await call(gate, "GET", f"/v1/checkpoints/{CHECKPOINT}/trail"))["items"]) == 2


async def make_code(gate: Gate) -> str:
    await define_gate(gate)
    return await Yard(gate.service).code()


async def enrol(gate: Gate, code: str) -> Scanner:
    yard = Yard(gate.service)
    response = await yard.enrol(code)
    assert response.status_code == 200, response.text
    return Scanner(yard, response.json())


async def enrolled(gate: Gate) -> Scanner:
    return await enrol(gate, await make_code(gate))


async def beat(gate: Gate, scanner: Scanner) -> None:
    await scanner.beats(7, unsent=1)


async def admit(gate: Gate) -> str:
    await define_checkpoint(gate)
    who = new_id()
    body = {"resident_ids": [who]}
    assert (await call(gate, "PUT", f"/v1/checkpoints/{CHECKPOINT}/entries", json=body))["changed"] == 1
    return who


async def withdraw(gate: Gate, who: str) -> None:
    body = {"resident_ids": [who], "reason": "已解封"}
    await call(gate, "POST", f"/v1/checkpoints/{CHECKPOINT}/entries/withdraw", json=body)


async def left_by_pass(gate: Gate) -> str:
    who = passing(gate)
    await leaves(gate, who)
    return who


async def leaves_again(gate: Gate, who: str) -> None:
    gate.service.clock.advance(HOUR)
    await leaves(gate, who)


async def alerted(gate: Gate) -> str:
    await gate.answer(scan(temperature_c=38.5))
    await gate.service.receive(gate.passages[-1])
    return (await gate.service.emitted(AlertRaised))[-1].alert_id


async def review_alert(gate: Gate, alert_id: str) -> None:
    await call(gate, "POST", f"/v1/alerts/{alert_id}/review", json={"outcome": "handled"})


async def overridden(gate: Gate) -> str:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED, isolated=True))
    await gate.answer(scan("code", gate.code(resident), direction="out", override="medical_emergency"))
    await gate.service.receive(gate.passages[-1])
    return (await gate.service.emitted(OverrideRecorded))[-1].override_id


async def review_override(gate: Gate, override_id: str) -> None:
    await call(gate, "POST", f"/v1/overrides/{override_id}/review", json={"outcome": "justified"})


async def recorded(gate: Gate) -> Any:
    one = passage(new_id(), ago(9))
    await gate.service.receive(one)
    return one


async def record_again(gate: Gate, one: Any) -> None:
    await gate.service.receive(one.model_copy(update={"verdict": Verdict.RECHECK}))
    query, why = {"resident_id": one.resident_id}, stated("流行病学调查")
    (read,) = (await call(gate, "GET", "/v1/passages", params=query, headers=why))["items"]
    assert (read["verdict"], read["also_told"]) == ("allow", ["recheck"])


async def record_next(gate: Gate, one: Any) -> None:
    before = await gate.service.database["presence"].find_one()
    await gate.service.receive(passage(one.resident_id, ago(8)))
    assert (await gate.service.database["presence"].find_one())["version"] == before["version"] + 1


async def went_out(gate: Gate) -> Any:
    wang, li = family(gate)
    gate.learns(zone("control"))
    await shows(gate, wang)
    await recorded_outings(gate)
    return li


async def goes_out(gate: Gate, made: Any) -> None:
    await shows(gate, made, override="medical_emergency")
    await recorded_outings(gate)


CASES: Mapping[str, Case] = {
    "gates": Case(define_gate, define_gate),
    "checkpoints": Case(define_checkpoint, state_policy),
    "checkpoint_trail": Case(define_checkpoint, read_trail),
    "devices": Case(enrolled, beat),
    "enrolments": Case(make_code, enrol),
    "permits": Case(admit, withdraw),
    "alerts": Case(alerted, review_alert),
    "overrides": Case(overridden, review_override),
    "passages": Case(recorded, record_again),
    "presence": Case(recorded, record_next),
    "outings": Case(went_out, goes_out),
    "pass_uses": Case(left_by_pass, leaves_again),
}


async def documents_of(gate: Gate, collection: str) -> dict[str, Any]:
    return {row["_id"]: row async for row in gate.service.database[collection].find()}


@pytest.mark.parametrize("collection", CASES)
async def test_a_field_of_a_later_version_is_ignored_and_stays_when_a_use_case_saves(
    gate: Gate, collection: str
) -> None:
    made = await CASES[collection].make(gate)
    parts = await add_to_parts(gate.service.database, gate.service.deps.store, collection)
    before = await documents_of(gate, collection)
    await gate.service.database[collection].update_many({}, {"$set": LATER})
    await CASES[collection].save(gate, None if collection == "gates" else made)
    assert await lost_from_parts(gate.service.database, collection, parts) == []
    after = await documents_of(gate, collection)
    assert all(LATER.items() <= after[key].items() for key in before)
    if collection != "checkpoint_trail":  # whose lines never change
        assert any(after[key] != before[key] | LATER for key in before), "nothing was saved"


async def test_the_table_has_every_reader_of_the_store(gate: Gate) -> None:
    named: Store = gate.service.deps.store
    readers = {
        one.collection.name
        for queries in vars(named).values()
        for one in vars(queries).values()
        if isinstance(one, Documents)
    }
    read_in_bulk = {"passages", "presence"}
    assert readers | read_in_bulk == CASES.keys()
    assert INDEXES.keys() - CASES.keys() == {"reused", "unknown_tries"}  # no aggregates


async def test_devices_and_enrolments_hold_no_field_that_the_version_before_refuses(gate: Gate) -> None:
    scanner = await enrolled(gate)
    await scanner.beats(7)
    for collection, kind, key in (("devices", Device, "device_id"), ("enrolments", Enrolment, "code_hash")):
        (row,) = (await documents_of(gate, collection)).values()
        assert row.keys() - {"_id"} == {name for name in kind.__dataclass_fields__ if name != key}
