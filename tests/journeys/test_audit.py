"""A whole chain; then the audit of its city while everything agrees, and again with the books tampered with."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.audit.act_log import published_heads
from deploy.audit.books import Finding
from deploy.cli.audit import run_audit
from deploy.cli.verify_log import verify_logs
from deploy.launcher.errors import ServerUnreachable
from deploy.launcher.processes.child import free_port
from services.checkpoint.client.batch_sender import BatchSender
from shared.base.ids import new_id
from shared.events.checkpoint import PermitChanged, PermitKind
from shared.events.registration import Colour, StandingChanged
from shared.replicas.newest import NEWEST
from shared.store.act_log import ACTS, log_of
from shared.store.latest import LATEST
from shared.store.mongo import Client, connect
from tests.conftest import MakeCity
from tests.journeys.chain import Chain, begin_chain
from tests.journeys.test_chain import disagreements, play_on
from tests.support.city import CityUnderTest

SCANS = 60
WRONG = {
    "scans acknowledged = passages stored",
    "passages on the bus = stored",
    "verdict answered = verdict stored",
    "measurements planned for every case",
    "open cases = releases planned",
    "residents isolated = codes red",
    "open cases at home = cases with a kit",
    "persons isolated = persons with a message",
    "residents registered = known to isolation",
    "stock reserved = stock promised",
    "published = on the bus: isolation.cases.v1",
    "dead letters and failed due work",
    "on the bus = published by registration: registration.standings.v1",
    "on the bus = published by checkpoint: checkpoint.permits.v1",
    "contacts of notification = published",
    "causes of isolation's acts = published",
    "log of isolation: entries = linked",
}


@pytest.mark.store
async def test_a_journey_ends_in_a_release_and_an_open_gate_and_the_audit_names_whatever_is_wrong(
    city: MakeCity, capsys: pytest.CaptureFixture[str]
) -> None:
    town = await city()
    ended = await begin_chain(town.running)
    await ended.declare()
    await play_on(town, [ended])

    chain = await begin_chain(town.running, 2)
    await chain.declare()
    await chain.isolated()
    await chain.delivered()
    receipts = await _post(town, chain)
    before = await run_audit(town.running, (receipts,), 30)
    assert disagreements(before) == []
    assert _actual(before, "scans acknowledged = passages stored") == SCANS
    assert _actual(before, "log of isolation: entries = linked") > 5
    assert await published_heads(town.running.kafka, "isolation"), "the head of the log is published every day"
    assert _actual(before, "measurements planned for every case") == 2 * 28

    await _tamper(town)
    await _forge(town, chain.resident_id)
    findings = disagreements(await run_audit(town.running, (receipts,), 0))
    wrong = {finding.what for finding in findings}
    assert wrong >= WRONG
    named = " ".join(one for finding in findings for one in finding.differences)
    assert f"{chain.resident_id}: the event" in named  # who was let out
    assert "log of supply: entries = linked" not in wrong
    assert await _verified(town, "supply") == 0
    assert await _verified(town, "isolation", "supply") == 1
    assert "was changed" in capsys.readouterr().out

    unused_address = f"127.0.0.1:{free_port()}"
    with pytest.raises(ServerUnreachable, match=f"The Kafka server at {unused_address} does not answer"):
        await run_audit(replace(town.running, kafka=unused_address), (receipts,), 0)


async def _post(town: CityUnderTest, chain: Chain) -> Path:
    token = town.mint("device", area=chain.community, subject="device-02", gate=chain.gate)
    sender = BatchSender(town.url("checkpoint"), token, give_up_s=20)
    receipts = town.directory / "receipts.ndjson"
    credential = {"kind": "id_number", "value": chain.traveller.id_number}
    scans = [
        {
            "scan_id": new_id(),
            "gate_id": chain.gate,
            "seq": 1000 + n,
            "at": chain.clock.now().isoformat(),
            "direction": "in",
            "credential": credential,
            "temperature_c": 36.4,
            "mask": True,
        }
        for n in range(SCANS)
    ]
    with receipts.open("w") as out:
        out.writelines(json.dumps(receipt._asdict()) + "\n" for receipt in sender.send(scans))
    sender.close()
    return receipts


async def _verified(town: CityUnderTest, *services: str) -> int:
    databases = {name: town.database_name(name) for name in services}
    return await verify_logs(town.mongo_url, town.running.kafka, databases)


async def _tamper(town: CityUnderTest) -> None:
    """Make one thing wrong in each book."""
    client: Client = connect(town.mongo_url)
    stores = {name: client[town.database_name(name)] for name in ("registration", "checkpoint", "isolation", "supply")}
    passages = stores["checkpoint"]["passages"]
    first, second = [row["_id"] async for row in passages.find({"seq": {"$gte": 1000}}, {"_id": 1}).limit(2)]
    await passages.delete_one({"_id": first})
    await passages.update_one({"_id": second}, {"$set": {"verdict": "allow"}})
    isolation = stores["isolation"]
    await isolation["measurements"].delete_one({})
    await isolation["deadlines"].update_many({"kind": "isolation.release"}, {"$set": {"state": "cancelled"}})
    await isolation["deadlines"].update_one({"kind": "isolation.measurement"}, {"$set": {"state": "failed"}})
    await isolation["residents"].delete_one({})
    await stores["registration"]["standings"].update_many({}, {"$set": {"isolated": False}})
    await stores["supply"]["deliveries"].update_many({}, {"$set": {"case_ids": []}})
    await stores["supply"]["stock"].update_one({}, {"$inc": {"reserved": 1}})
    await client[town.database_name("notification")]["messages"].delete_many({"template": "case_opened"})
    changed = await isolation[LATEST].update_one({"topic": "isolation.cases.v1"}, {"$set": {"id": new_id()}})
    assert changed.modified_count == 1
    acts = log_of(isolation)[ACTS]
    assert (await acts.update_one({"kind": "isolation.CaseOpened.v1"}, {"$set": {"by": "other"}})).modified_count == 1
    client.close()


async def _forge(town: CityUnderTest, resident_id: str) -> None:
    """Write events that no owner published, and give them effects, as if no process had verified them."""
    now = town.clock.now()
    green = StandingChanged(
        resident_id=resident_id, area_path="/", colour=Colour.GREEN, rule="x", evidence="x", since=now
    )
    permit = PermitChanged(
        permit_id=new_id(), kind=PermitKind.EXIT, area_path="/", resident_id=resident_id, since=now, until=now
    )
    await town.say(green, permit)
    client: Client = connect(town.mongo_url)
    notification = client[town.database_name("notification")]
    changed = await notification["contacts"].update_one({}, {"$set": {NEWEST: new_id()}})
    assert changed.modified_count == 1
    claim = {"_id": new_id(), "type": "checkpoint.AlertRaised.v1", "at": now}
    await client[town.database_name("isolation")]["inbox"].insert_one(claim)
    client.close()


def _actual(findings: list[Finding], what: str) -> int:
    (actual,) = [finding.actual for finding in findings if finding.what == what]
    return actual
