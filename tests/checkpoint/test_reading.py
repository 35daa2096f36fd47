"""What staff read of a gate: passages by resident, gate and time (R2.8), presence (R2.7), alerts (R2.9), gates."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandListener

from services.checkpoint.domain.passage import StoredPassage
from services.checkpoint.store import INDEXES, Store
from shared.base.ids import new_id
from shared.events.checkpoint import GateDefined
from shared.events.registration import Colour
from shared.store.mongo import Database, ensure_indexes
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, Gate, gate_at, scan, standing
from tests.checkpoint.passing import passage
from tests.support.http import stated
from tests.support.sealers import SEALER

ELSEWHERE = f"{AREA}/a2/g09/p09"


async def walk(gate: Gate, resident: str, minutes: list[int], **more: Any) -> None:
    """Let a resident go through the gate at those minutes, and the recorder hear of it."""
    code = gate.code(resident, age_s=90_000, lasts_s=200_000)
    before = len(gate.passages)
    times = [(NOW + timedelta(minutes=minute)).isoformat() for minute in minutes]
    await gate.answers([scan("code", code, at=time, **more) for time in times])
    await gate.service.receive(*gate.passages[before:])


async def pages(client: Any, path: str, purpose: str = "", **query: Any) -> list[Any]:
    """Return the items of all pages, each no longer than it may be."""
    items: list[Any] = []
    after: str | None = ""
    while after is not None:
        response = await client.get(path, params=query | {"after": after}, headers=stated(purpose))
        assert response.status_code == 200, response.text
        page = response.json()
        assert len(page["items"]) <= query["limit"]
        items += page["items"]
        after = page["next"]
    return items


def office(gate: Gate, area: str = AREA, role: str = "community") -> Any:
    return gate.service.client(role, area=area, subject="office-1")


async def test_a_trajectory_is_read_in_the_order_of_its_times_and_loses_nothing_between_pages(gate: Gate) -> None:
    resident = new_id()
    await walk(gate, resident, [-3, -1, -2, -2, -2, -2, -3])
    await walk(gate, new_id(), [-2])
    read = await pages(office(gate), "/v1/passages", resident_id=resident, purpose="contact tracing", limit=2)
    assert len({passage["scan_id"] for passage in read}) == len(read) == 7
    assert [passage["at"] for passage in read] == sorted(passage["at"] for passage in read)


async def test_a_gate_s_passages_are_read_by_time(gate: Gate) -> None:
    await walk(gate, new_id(), [-90, -60, -30, 0])
    since, until = (NOW - timedelta(minutes=60)).isoformat(), NOW.isoformat()
    read = await pages(office(gate), "/v1/passages", gate_id=GATE, since=since, until=until, limit=100)
    assert [passage["at"] for passage in read] == [
        (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z") for minutes in (60, 30)
    ]


async def test_a_resident_s_passages_at_one_gate_are_read(gate: Gate) -> None:
    resident = new_id()
    await walk(gate, resident, [-5])
    query = {"resident_id": resident, "purpose": "contact tracing", "limit": 10}
    assert len(await pages(office(gate), "/v1/passages", gate_id=GATE, **query)) == 1
    assert await pages(office(gate), "/v1/passages", gate_id="gate-other", **query) == []


async def test_reading_a_trajectory_is_recorded_with_its_purpose(gate: Gate) -> None:
    resident = new_id()
    query = {"resident_id": resident, "purpose": "  contact tracing ", "limit": 10}
    await pages(office(gate), "/v1/passages", **query)
    (reading,) = (await office(gate, role="auditor").get("/v1/readings", params={"subject": resident})).json()["items"]
    assert (reading["reader"], reading["subject"], reading["purpose"]) == ("office-1", resident, "contact tracing")
    assert datetime.fromisoformat(reading["at"]) == NOW


@pytest.mark.parametrize("purpose", ["", "  ", "x", "y" * 201])
async def test_a_trajectory_is_not_read_without_a_purpose(gate: Gate, purpose: str) -> None:
    response = await office(gate).get("/v1/passages", params={"resident_id": new_id()}, headers=stated(purpose))
    assert (response.status_code, response.json()["code"]) == (400, "request.purpose_missing")
    assert await gate.service.database["readings"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "checkpoint.subject_missing"),
        ({"gate_id": GATE, "since": "2026-11-24T08:00:00"}, 400, "checkpoint.time_zone"),
        ({"gate_id": GATE, "since": "yesterday"}, 422, "request.invalid"),
        ({"gate_id": GATE, "after": "page 2"}, 400, "request.bad_cursor"),
        ({"gate_id": GATE, "after": "2026-11-24T08:00:00/x"}, 400, "request.bad_cursor"),
        ({"gate_id": GATE, "limit": 0}, 422, "request.invalid"),
        ({"gate_id": GATE, "limit": 1001}, 422, "request.invalid"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_how_to_ask(
    gate: Gate, query: dict[str, Any], status: int, code: str
) -> None:
    response = await office(gate).get("/v1/passages", params=query)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_outside_one_s_area_there_are_no_passages_alerts_or_gates(gate: Gate) -> None:
    resident = new_id()
    gate.learns(standing(resident, Colour.RED))
    await walk(gate, resident, [0], direction="out")
    await office(gate).put("/v1/gates", json={"gate_id": GATE, "name": "大门", "area_path": COMPOUND})
    for area, count in ((AREA, 1), (COMPOUND, 1), ("/", 1), ("/jinhe/hexi", 0), (COMPOUND + "x", 0)):
        async with office(gate, area) as client:
            assert len(await pages(client, "/v1/passages", gate_id=GATE, limit=10)) == count
            assert len(await pages(client, "/v1/alerts", limit=10)) == count
            assert len(await pages(client, "/v1/gates", limit=10)) == count


@pytest.mark.parametrize("path", ["/v1/passages?gate_id=g", "/v1/presence", "/v1/alerts", "/v1/gates"])
async def test_devices_and_residents_read_nothing(gate: Gate, path: str) -> None:
    for role in ("device", "resident", "volunteer"):
        assert (await gate.service.client(role).get(path)).status_code == 403
    assert (await gate.service.client().get(path)).status_code == 401


async def test_presence_is_counted_by_compound(gate: Gate) -> None:
    await walk(gate, new_id(), [-2])
    await walk(gate, new_id(), [-2])
    await walk(gate, new_id(), [-1], direction="out")
    gate.learns(gate_at(ELSEWHERE))
    await walk(gate, new_id(), [-2])
    presence = (await office(gate).get("/v1/presence")).json()
    places = [{"area_path": COMPOUND, "inside": 2}, {"area_path": ELSEWHERE, "inside": 1}]
    assert presence == {"within": AREA, "inside": 3, "places": places}
    assert (await office(gate, "/").get("/v1/presence")).json()["inside"] == 3
    assert (await office(gate).get("/v1/presence", params={"within": COMPOUND})).json()["inside"] == 2
    response = await office(gate).get("/v1/presence", params={"within": "/jinhe/hexi"})
    assert (response.status_code, response.json()["code"]) == (404, "access.not_found")


async def test_alerts_are_read_from_the_newest_on_and_lose_nothing_between_pages(gate: Gate) -> None:
    for minute in (-3, -1, -1, -1, -2):
        resident = new_id()
        gate.learns(standing(resident, Colour.YELLOW, since=NOW - timedelta(days=1)))
        await walk(gate, resident, [minute])
    read = await pages(office(gate), "/v1/alerts", limit=2)
    assert len({alert["alert_id"] for alert in read}) == len(read) == 5
    assert [alert["at"] for alert in read] == sorted((alert["at"] for alert in read), reverse=True)
    since = (NOW - timedelta(minutes=2)).isoformat()
    assert len(await pages(office(gate), "/v1/alerts", limit=2, since=since)) == 4


async def test_a_gate_is_defined_once_and_published_when_it_changes(gate: Gate) -> None:
    body = {"gate_id": "gate-东", "name": "东门", "area_path": COMPOUND}
    for changed in (body, body, body | {"name": "东大门"}):
        response = await office(gate).put("/v1/gates", json=changed)
        assert (response.status_code, response.json()) == (200, changed | {"checkpoint_id": None})
    events = await gate.service.emitted(GateDefined)
    assert [(event.gate_id, event.name, event.area_path) for event in events] == [
        ("gate-东", "东门", COMPOUND),
        ("gate-东", "东大门", COMPOUND),
    ]


async def test_gates_are_listed_by_page(gate: Gate) -> None:
    for number in range(5):
        body = {"gate_id": f"g{number}", "name": "门", "area_path": f"{AREA}/a{number}"}
        await office(gate).put("/v1/gates", json=body)
    listed = await pages(office(gate), "/v1/gates", limit=2)
    assert [row["gate_id"] for row in listed] == ["g0", "g1", "g2", "g3", "g4"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"gate_id": "g1", "name": "门", "area_path": "/jinhe/hexi"}, 404, "access.not_found"),
        ({"gate_id": "g 1", "name": "门", "area_path": COMPOUND}, 422, "request.invalid"),
        ({"gate_id": "g1\n", "name": "门", "area_path": COMPOUND}, 422, "request.invalid"),
        ({"gate_id": "g1", "name": "  ", "area_path": COMPOUND}, 422, "request.invalid"),
        ({"gate_id": "g1", "name": "门", "area_path": "jinhe"}, 422, "request.invalid"),
        ({"gate_id": "g1", "name": "门", "area_path": COMPOUND, "open": True}, 422, "request.invalid"),
        ({"gate_id": GATE}, 422, "request.invalid"),
    ],
)
async def test_a_gate_that_cannot_be_is_a_problem(gate: Gate, body: dict[str, Any], status: int, code: str) -> None:
    response = await office(gate).put("/v1/gates", json=body)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_a_gate_s_id_is_not_taken_over_from_another_area(gate: Gate) -> None:
    body = {"gate_id": GATE, "name": "大门", "area_path": COMPOUND}
    await office(gate).put("/v1/gates", json=body)
    other = body | {"area_path": "/jinhe/hexi/x/c02"}
    response = await office(gate, "/jinhe/hexi/x/c02").put("/v1/gates", json=other)
    assert (response.status_code, response.json()["code"]) == (409, "checkpoint.gate_taken")
    response = await gate.service.client("grid_worker").put("/v1/gates", json=body)
    assert response.status_code == 403


QUERY = ("find", "filter", "sort", "limit", "aggregate", "pipeline", "cursor")


class Commands(CommandListener):
    """Keeps the reading commands that a client sends."""

    def __init__(self) -> None:
        self.reads: list[dict[str, Any]] = []

    def started(self, event: Any) -> None:
        if event.command_name in ("find", "aggregate", "count"):
            self.reads.append({name: event.command[name] for name in event.command if name in QUERY})

    def succeeded(self, event: Any) -> None:
        """Not looked at."""

    def failed(self, event: Any) -> None:
        """Not looked at."""


def stages(plan: Any) -> set[str]:
    """Return the names of the stages in an explained plan."""
    if isinstance(plan, list):
        return {name for one in plan for name in stages(one)}
    if not isinstance(plan, dict):
        return set()
    names = {name for value in plan.values() for name in stages(value)}
    return names | ({plan["stage"]} if isinstance(plan.get("stage"), str) else set())


@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(database: Database, mongo_url: str, within: str) -> None:
    await ensure_indexes(database, INDEXES)
    commands = Commands()
    client: Any = AsyncIOMotorClient(mongo_url, tz_aware=True, event_listeners=[commands])
    store = Store(client[database.name], SEALER)
    cursor = (NOW, "x")
    day_ago = NOW - timedelta(days=1)
    reads: list[Awaitable[Any]] = [
        *(
            store.passages.find(who, within, day_ago, NOW, False, after, 10)
            for who in ({"resident_id": "r"}, {"gate_id": "g"}, {"resident_id": "r", "gate_id": "g"})
            for after in (None, cursor)
        ),
        *(store.alerts.within(within, day_ago, True, after, 10) for after in (None, cursor)),
        *(store.gates.within(within, after, 10) for after in ("", "g")),
        *(store.devices.within(within, "", "door", after, 10) for after in ("", f"{AREA}|d")),
        *(store.passages.seqs_of("d", 0, upto, 10) for upto in (None, 9)),
        store.passages.numbered("d", 1),
        store.passages.latest("r", within, day_ago, NOW, 10),
        store.passages.near("g", NOW, timedelta(minutes=10), 10),
        store.passages.around([StoredPassage.of(passage("r", NOW))], timedelta(minutes=5)),
        store.flow.at_gate("g", within, day_ago, NOW),
        store.presence.of(["r", "s"]),
        store.presence.inside(within),
    ]
    for read in reads:
        await read
    asked = [command for command in commands.reads if "pipeline" in command or "filter" in command]  # not how many
    assert len(asked) == len(reads) + 1  # the buckets of presence are asked for in two halves
    for command in asked:
        used = stages(await client[database.name].command({"explain": command, "verbosity": "queryPlanner"}))
        assert "COLLSCAN" not in used, command
        assert "IXSCAN" in used, command
    client.close()


def test_personal_data_is_kept_for_a_stated_time_only() -> None:
    # Passages are forgotten by a deadline: see test_forgetting.py.
    kept = {name for name, models in INDEXES.items() if any("expireAfterSeconds" in m.document for m in models)}
    assert kept == {
        "reused",
        "presence",
        "alerts",
        "checkpoint_trail",
        "permits",
        "overrides",
        "enrolments",
        "unknown_tries",
    }
