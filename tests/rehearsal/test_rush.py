"""A short rush on real processes, with the gates' service killed in its middle."""

import asyncio
import json
from pathlib import Path

import pytest

from deploy.audit.books import Books
from deploy.audit.scans import scans
from deploy.rehearsal.report import Report
from deploy.rehearsal.rush import Rehearsal, Rush
from shared.store.mongo import connect
from tests.conftest import MakeCity
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker

RUSH = Rush(usual=10, step=5, usual_s=2, rush_s=6, after_s=2)


async def test_a_rush_with_the_service_killed_in_its_middle_loses_and_doubles_nothing(
    city: MakeCity, tmp_path: Path
) -> None:
    town = await city("registration", "checkpoint", start=False)
    sentences: list[str] = []
    rehearsal = Rehearsal(town.running, tmp_path / "rehearsal", sentences.append)
    playing = asyncio.create_task(asyncio.to_thread(rehearsal.play, RUSH, 2, 8))
    await eventually(lambda: sentences)
    await town.start()  # so the service was away as the gates were to be defined
    passages = connect(town.mongo_url)[town.database_name("checkpoint")]["passages"]

    async def under_way() -> bool:
        return await passages.count_documents({}) > 40

    await eventually(under_way)
    town.kill("checkpoint")
    await town.start("checkpoint")
    plans, looks = await playing
    report = Report(RUSH, plans, looks)
    report.save(tmp_path)

    receipts = [json.loads(line) for plan in plans for line in Path(plan.receipts).read_text().splitlines()]
    arrived = sum(len(second.waits_ms) for second in report.seconds)
    assert len({receipt["scan_id"] for receipt in receipts}) == len(receipts) == arrived > 100
    assert {receipt["state"] for receipt in receipts} == {"accepted"}
    assert sum(second.counts["offline"] for second in report.seconds) > 0
    await eventually(lambda: _recorded(passages, arrived))
    client = connect(town.mongo_url)
    names = {"checkpoint": town.database_name("checkpoint")}
    findings = await scans(Books(client, names, town.bootstrap, tuple(Path(plan.receipts) for plan in plans)))
    client.close()
    assert [finding for finding in findings if not finding.agrees] == []
    phases = json.loads((tmp_path / "rehearsal.json").read_text())["phases"]
    assert phases["rush"]["arrivals_per_s"] > 2 * phases["usual"]["arrivals_per_s"]
    assert (tmp_path / "rehearsal.svg").read_bytes().startswith(b"<?xml")


async def _recorded(passages: object, count: int) -> bool:
    return bool(await passages.count_documents({}) == count)  # type: ignore[attr-defined]
