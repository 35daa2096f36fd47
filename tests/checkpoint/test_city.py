"""The gate as a process on a bus of its own: what it acknowledged survives its death, and red survives the bus."""

from datetime import timedelta
from typing import Any

import httpx

from deploy.audit.bus import ids_on
from shared.base.ids import new_id
from shared.bus import consumer as bus
from shared.envelope.event import Meta, encode
from shared.events.checkpoint import ALERTS
from shared.events.registration import Colour
from shared.health_code import CodeSigner, HealthCode
from shared.store.mongo import connect
from tests.checkpoint.gate import AREA, COMPOUND, GATE, scan, standing
from tests.conftest import MakeCity
from tests.support.city import CityUnderTest
from tests.support.signing import signed
from tests.support.waiting import eventually


def code(town: CityUnderTest, resident_id: str) -> str:
    """Return a green code of the resident, signed by the city's key."""
    now = town.clock.now()
    pem = (town.directory / "keys" / "code-signing.pem").read_bytes()
    return CodeSigner(pem).sign(HealthCode(resident_id, Colour.GREEN, now, now + timedelta(hours=1)))


async def say(town: CityUnderTest, event: Any) -> None:
    """Put an event on the bus, as its publisher would."""
    producer = bus.producer(town.bootstrap)
    await producer.start()
    event = event.stamped(Meta(new_id(), town.clock.now(), "registration", ""))
    wire = signed(encode(event), town.directory / "keys")
    await producer.send_and_wait(wire.topic, wire.value, key=wire.key, headers=wire.headers)
    await producer.stop()


def device(town: CityUnderTest) -> httpx.AsyncClient:
    return town.client("checkpoint", town.mint("device", area=COMPOUND, gate=GATE, subject="device-1"))


async def define_gate(town: CityUnderTest) -> None:
    """Define the gate as its office does, and wait until the office can scan there."""
    async with town.client("checkpoint", town.mint("community", area=AREA)) as office:
        body = {"gate_id": GATE, "name": "大门", "area_path": COMPOUND}
        assert (await office.put("/v1/gates", json=body)).status_code == 200

        async def can_scan() -> bool:
            return (await office.post("/v1/scans", json=scan(temperature_c=None))).status_code == 200

        await eventually(can_scan)


async def test_what_was_acknowledged_is_stored_once_though_the_recorder_is_killed_at_its_work(city: MakeCity) -> None:
    town = await city("registration", "checkpoint")
    await define_gate(town)
    client: Any = connect(town.mongo_url)
    database = client[town.database_name("checkpoint")]
    batches = [[scan(seq=seq, temperature_c=38.0 if seq == 7 else 36.5) for seq in range(500)] for _ in range(6)]
    async with device(town) as gate:
        for batch in batches:
            answers = (await gate.post("/v1/scans/batch", json=batch)).json()
            assert all(answer["durable"] for answer in answers)
    await eventually(lambda: database["passages"].count_documents({}))
    await town.restart("checkpoint")
    async with device(town) as gate:  # the answers were lost on their way: the device sends the last batch again
        assert (await gate.post("/v1/scans/batch", json=batches[-1])).status_code == 200
    await town.wait_until_quiet()
    sent = {one["scan_id"] for batch in batches for one in batch}
    at_the_gate = database["passages"].find({"device_id": "device-1"}, {"_id": 1})
    assert {row["_id"] async for row in at_the_gate} == sent
    fevers = await database["alerts"].count_documents({"rule": "fever"})
    on_bus = await ids_on(town.bootstrap, [ALERTS])
    assert (fevers, len(on_bus[ALERTS])) == (6, 6)
    client.close()


async def test_red_stays_red_when_the_bus_and_all_it_held_is_lost(city: MakeCity) -> None:
    town = await city("registration", "checkpoint")
    resident = new_id()
    await say(town, standing(resident, Colour.RED, isolated=True))
    async with device(town) as gate:

        async def refused(durable: bool) -> bool:
            leaving = scan("code", code(town, resident), direction="out", at=town.clock.now().isoformat())
            answer = (await gate.post("/v1/scans", json=leaving)).json()
            assert (answer["verdict"], answer["durable"]) == ("deny", durable), answer
            return answer["standing_as_of"] is not None

        await eventually(lambda: refused(True))
        await town.lose_bus()
        await eventually(lambda: refused(True))
        leaving = scan("code", code(town, new_id()), direction="out", at=town.clock.now().isoformat())
        assert (await gate.post("/v1/scans", json=leaving)).json()["verdict"] == "allow"
