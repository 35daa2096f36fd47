"""Lists of those whom a gate serves, and how permits end (R2.10)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.checkpoint.domain import permit as rules
from services.checkpoint.domain.permit import Purpose
from services.checkpoint.store import INDEXES, Store
from shared.base.errors import Invalid
from shared.base.ids import new_id
from shared.events.checkpoint import PermitChanged, PermitKind
from shared.store.mongo import Database, ensure_indexes
from shared.web import edge
from tests.checkpoint.gate import AREA, COMPOUND, NOW, Gate
from tests.support.plans import Reads
from tests.support.sealers import SEALER

CHECKPOINT = "cp-works"
ENTRIES = f"/v1/checkpoints/{CHECKPOINT}/entries"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def staff(gate: Gate, role: str = "community", area: str = AREA) -> Any:
    return gate.service.client(role, area=area, subject=f"{role}-1")


async def works(gate: Gate) -> Any:
    """Define the checkpoint of an employer and return the office's client."""
    client = staff(gate)
    body = {"name": "厂区门禁", "kind": "workplace", "area_path": COMPOUND}
    assert (await client.put(f"/v1/checkpoints/{CHECKPOINT}", json=body)).status_code == 200
    return client


async def entries(client: Any) -> list[Any]:
    """Return the whole list, read by small pages."""
    items: list[Any] = []
    after: str | None = ""
    while after is not None:
        page = (await client.get(ENTRIES, params={"after": after, "limit": 2})).json()
        items += page["items"]
        after = page["next"]
    return items


async def published(gate: Gate) -> list[PermitChanged]:
    return list(await gate.service.emitted(PermitChanged))


async def knows(gate: Gate) -> None:
    """Let the gate's replica hear of the permits so far."""
    gate.learns(*await published(gate))


def lets(gate: Gate, kind: PermitKind, holder: str, path: str = COMPOUND, **where: Any) -> str | None:
    """Return the permit by which the gate lets a person through, an hour from now."""
    at = where.pop("at", NOW + HOUR)
    permit_id: str | None = gate.service.deps.known.permits.find(kind, holder, where.get("checkpoint_id"), path, at)
    return permit_id


async def test_a_device_grants_and_withdraws_nothing(gate: Gate) -> None:
    asked: list[httpx.Response] = [
        await gate.device.post(f"/v1/permits/{new_id()}/withdraw", json={"reason": "误发"}),
        await gate.device.put(ENTRIES, json={}),
        await gate.device.get(ENTRIES),
        await staff(gate, "grid_worker").put(ENTRIES, json={}),
    ]
    assert [response.status_code for response in asked] == [403] * 4


async def test_residents_and_vehicles_are_put_on_a_list_once(gate: Gate) -> None:
    client = await works(gate)
    residents = [new_id() for _ in range(3)]
    body = {"resident_ids": [*residents, residents[0]], "plates": ["津A5K7X9", "津a·5k7x9"]}
    answers = [(await client.put(ENTRIES, json=body)).json() for _ in range(2)]
    assert answers == [{"changed": 4}, {"changed": 0}]
    events = await published(gate)
    assert {event.resident_id for event in events} == {*residents, None}
    assert {(event.kind, event.checkpoint_id, event.area_path) for event in events} == {
        (PermitKind.ENTRY, CHECKPOINT, COMPOUND)
    }
    await knows(gate)
    for holder in (*residents, gate.hash_of("plate", "津A5K7X9")):
        assert lets(gate, PermitKind.ENTRY, holder, checkpoint_id=CHECKPOINT, at=NOW + 900 * DAY)
    listed = await entries(client)
    assert {one["resident_id"] for one in listed} == {*residents, None}
    assert [one["label"] for one in listed if one["label"]] == ["津A···X9"]
    assert {one["until"] for one in listed} == {None}
    assert "5k7x9" not in str(await gate.service.database["permits"].find().to_list(None)).lower()


async def test_an_entry_gets_another_end_and_keeps_its_beginning(gate: Gate) -> None:
    client, resident = await works(gate), new_id()
    await client.put(ENTRIES, json={"resident_ids": [resident]})
    gate.service.clock.advance(HOUR)
    until = (NOW + DAY).isoformat().replace("+00:00", "Z")
    for changed in (1, 0):
        answer = await client.put(ENTRIES, json={"resident_ids": [resident], "until": until})
        assert answer.json() == {"changed": changed}
    ((_, event), (listed,)) = await published(gate), await entries(client)
    assert (event.since, event.until) == (NOW, NOW + DAY)
    assert listed["until"] == until


async def test_who_is_taken_off_a_list_is_let_in_no_more_until_put_on_it_again(gate: Gate) -> None:
    client, resident, other = await works(gate), new_id(), new_id()
    await client.put(ENTRIES, json={"resident_ids": [resident, other], "plates": ["津A12345"]})
    gone = {"resident_ids": [resident, new_id()], "plates": ["津A 12345"], "reason": "离职"}
    answers = [(await client.post(f"{ENTRIES}/withdraw", json=gone)).json() for _ in range(2)]
    assert answers == [{"changed": 2}, {"changed": 0}]
    await knows(gate)
    assert lets(gate, PermitKind.ENTRY, resident, checkpoint_id=CHECKPOINT) is None
    assert lets(gate, PermitKind.ENTRY, other, checkpoint_id=CHECKPOINT)
    assert [one["withdrawn"]["reason"] for one in await entries(client) if one["withdrawn"]] == ["离职", "离职"]
    assert (await client.put(ENTRIES, json={"resident_ids": [resident]})).json() == {"changed": 1}
    await knows(gate)
    assert lets(gate, PermitKind.ENTRY, resident, checkpoint_id=CHECKPOINT)


async def test_a_thousand_entries_go_in_at_a_time_however_slow_the_store_is(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await works(gate)
    residents = [new_id() for _ in range(1000)]
    monkeypatch.setattr(edge, "STORE_S", 0.001)
    assert (await client.put(ENTRIES, json={"resident_ids": residents})).json() == {"changed": 1000}
    gone = {"resident_ids": residents[:10], "reason": "离职"}
    assert (await client.post(f"{ENTRIES}/withdraw", json=gone)).json() == {"changed": 10}
    assert (await client.get(ENTRIES)).status_code == 503
    monkeypatch.undo()
    for more in ({"resident_ids": [*residents, new_id()]}, {"resident_ids": residents, "plates": ["津A12345"]}):
        assert (await client.put(ENTRIES, json=more)).status_code in (413, 422)
    assert len(await published(gate)) == 1010


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"until": NOW.isoformat()}, 400, "checkpoint.permit_over"),
        ({"resident_ids": ["x"]}, 422, "request.invalid"),
        ({"plates": ["!"]}, 422, "request.invalid"),
    ],
)
async def test_entries_that_cannot_be_say_what_to_correct(
    gate: Gate, body: dict[str, Any], status: int, code: str
) -> None:
    response = await (await works(gate)).put(ENTRIES, json=body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert (await staff(gate).put("/v1/checkpoints/cp-none/entries", json={})).status_code == 404


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_of_permits_and_checkpoints_is_read_by_an_index(
    database: Database, mongo_url: str, within: str
) -> None:
    await ensure_indexes(database, INDEXES)
    async with Reads(mongo_url, database.name) as reads:
        store = Store(reads.database, SEALER)
        for after in ("", f"{AREA}|x"):
            await store.permits.within(PermitKind.ENTRY, within, CHECKPOINT, after, 10)
            await store.checkpoints.within(within, "", after, 10)
            await store.checkpoints.trail(CHECKPOINT, after, 10)
        await store.permits.get("p")
        plans = await reads.plans()
    assert len(plans) == 7
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command
        assert "IXSCAN" in stages, command


@pytest.mark.parametrize(
    ("purpose", "by_office", "longest"),
    [(Purpose.VISIT, True, DAY), (Purpose.DELIVERY, False, DAY), (Purpose.DELIVERY, True, 30 * DAY)],
)
def test_a_visit_lasts_a_day_and_only_the_office_registers_a_courier_for_a_month(
    purpose: Purpose, by_office: bool, longest: timedelta
) -> None:
    rules.check_visit(purpose, NOW + longest, by_office, NOW)
    for until in (NOW + longest + timedelta(seconds=1), NOW):
        with pytest.raises(Invalid):
            rules.check_visit(purpose, until, by_office, NOW)


def test_a_slip_is_read_aloud_without_mistakes() -> None:
    slips = {rules.slip(f"{number:010x}") for number in range(0, 2**40, 2**30 + 12345)}
    assert len(slips) > 1000
    assert all(len(slip) == 10 and slip.startswith("V-") and not set(slip[2:]) & set("ILOU") for slip in slips)
