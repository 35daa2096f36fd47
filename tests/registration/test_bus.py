"""Registration as a process on a real bus: what must survive a loss of the bus or a death of the process does."""

from datetime import timedelta
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer

from shared.base.ids import new_id
from shared.envelope.event import Event, decode, type_of
from shared.events import isolation
from shared.events.registration import CodeRevoked, ResidentRegistered, StandingChanged
from tests.conftest import MakeCity
from tests.registration.office import COMPOUND, TREE, id_number, person, xlsx
from tests.support.city import CityUnderTest
from tests.support.imports import finished, report_of
from tests.support.waiting import PATIENCE_S, eventually

ROWS = 2_000  # several steps of an import

E = TypeVar("E", bound=Event)


async def newest(city: CityUnderTest, contract: type[E]) -> list[E]:
    """Return the newest event of each key that the contract's topic holds."""
    return list({event.key: event for event in await read_topic(city, contract)}.values())


async def read_topic(city: CityUnderTest, contract: type[E]) -> list[E]:
    """Return the events of a contract that its topic holds, in the order of each key."""
    events: list[E] = []
    reader = AIOKafkaConsumer(contract.topic, bootstrap_servers=city.bootstrap, auto_offset_reset="earliest")
    await reader.start()
    try:
        while batch := await reader.getmany(timeout_ms=1500):
            for record in (record for records in batch.values() for record in records):
                if type_of(record.headers) == contract.type:
                    event: Any = decode(record.headers, record.value)
                    events.append(event)
    finally:
        await reader.stop()
    return events


async def events_by_key(city: CityUnderTest, contract: type[E]) -> dict[str, set[str]]:
    """Return the ids of all events of a contract that its topic holds, by key."""
    ids: dict[str, set[str]] = {}
    for event in await read_topic(city, contract):
        ids.setdefault(event.key, set()).add(event.id)
    return ids


async def colours(city: CityUnderTest) -> dict[str, str]:
    """The newest colour of each resident that the topic of standings holds."""
    return {event.resident_id: event.colour.value for event in await newest(city, StandingChanged)}


async def registered(city: CityUnderTest) -> str:
    """Define a compound, import one resident; return the id."""
    async with city.client("registration", city.mint("city", area="/")) as clerk:
        above = ""
        for level, code in zip(TREE, COMPOUND.strip("/").split("/"), strict=True):
            body = {"level": level, "code": code, "name": code, "parent": above or None}
            assert (await clerk.post("/v1/places", json=body)).status_code == 201
            above += f"/{code}"
        report = await report_of(clerk, "roster.xlsx", xlsx([person(1, compound=COMPOUND)]))
        assert report["added"] == 1, report
        answer = await clerk.post("/v1/residents/find", json={"id_number": id_number(1)})
        return str(answer.json()["resident_id"])


async def test_a_case_turns_the_code_red_and_it_stays_red_when_service_and_bus_are_lost(city: MakeCity) -> None:
    town = await city("registration")
    resident_id = await registered(town)
    today = town.clock.now().date()
    opened = isolation.CaseOpened(
        case_id=new_id(),
        resident_id=resident_id,
        household_id=new_id(),
        area_path=COMPOUND,
        kind=isolation.CaseKind.HOME,
        reason="doctors_order",
        starts_on=today,
        ends_on=today,
    )
    await town.say(opened)

    async def red() -> bool:
        assert await colours(town) == {resident_id: "red"}
        return True

    await eventually(red)
    town.kill("registration")
    await town.lose_bus()
    await town.start("registration")
    await eventually(red)
    async with town.client("registration", town.mint("resident", area="/", subject=resident_id)) as person_self:
        code = (await person_self.get(f"/v1/residents/{resident_id}/code")).json()
        assert code["colour"] == "red"


async def test_an_order_and_a_revocation_reach_the_bus_and_are_published_again_when_it_is_lost(city: MakeCity) -> None:
    town = await city("registration")
    resident_id = await registered(town)
    until = (town.clock.now() + timedelta(days=1)).isoformat()
    order = {"order_id": new_id(), "colour": "red", "reason": "contact of a case", "until": until}
    async with town.client("registration", town.mint("community", area="/", subject="liu", fresh=True)) as liu:
        code_id = (await liu.get(f"/v1/residents/{resident_id}/code")).json()["code_id"]
        assert (await liu.post(f"/v1/codes/{code_id}/revoke", json={"reason": "copied"})).status_code == 200
        proposed = await liu.post("/v1/colour-orders", json=order | {"resident_ids": [resident_id]})
        assert proposed.status_code == 201, proposed.text
    async with town.client("registration", town.mint("doctor", area="/", subject="chen", fresh=True)) as chen:
        assert (await chen.post(f"/v1/colour-orders/{order['order_id']}/approve")).status_code == 200

    async def published() -> bool:
        assert await colours(town) == {resident_id: "red"}
        assert [one.code_id for one in await newest(town, CodeRevoked)] == [code_id]
        return True

    await eventually(published)
    await town.lose_bus()
    await eventually(published)


async def test_an_import_survives_the_death_of_its_process_and_lists_are_answered_meanwhile(city: MakeCity) -> None:
    town = await city("registration")
    await registered(town)
    rows = [person(serial, compound=COMPOUND) for serial in range(1, ROWS + 1)]
    async with town.client("registration", town.mint("city", area="/")) as clerk:

        async def handled() -> int:
            assert (await clerk.get("/v1/residents", params={"limit": 100})).status_code == 200
            return int((await clerk.get(accepted.headers["location"])).json()["handled"])

        accepted = await clerk.post("/v1/imports/residents", files={"file": ("roster.xlsx", xlsx(rows))})
        assert 0 < await eventually(handled) < ROWS
        await town.restart("registration")
        report = (await finished(clerk, accepted, handled, timeout=2 * PATIENCE_S)).json()
        assert (report["state"], report["added"], report["unchanged"]) == ("done", ROWS - 1, 1)
        assert (await clerk.get("/v1/counts")).json()["residents"] == ROWS

    async def published() -> bool:
        sent = await events_by_key(town, ResidentRegistered)
        assert len(sent) == ROWS
        assert all(len(event_ids) == 1 for event_ids in sent.values())  # a relay that was killed may repeat an id
        return True

    await eventually(published)
