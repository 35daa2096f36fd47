"""Whether every copy of a community is complete: those in databases, and the gates' in memory."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from deploy.demo.people import Person, compounds
from deploy.launcher.state import RunningCity
from services.checkpoint.client.batch_sender import BatchSender
from services.checkpoint.domain.reasons import Reason
from shared.base.ids import new_id
from shared.store.mongo import Client

LOOK_EVERY_S, LOOK_SHARE = 0.5, 4.0
SCANNED = 100
# Registration's own residents, and what other services keep of them.
COPIES = (
    ("registration", "residents"),
    ("isolation", "residents"),
    ("supply", "residents"),
    ("notification", "residents"),
    ("notification", "contacts"),
)
GATES = ("checkpoint", "credentials")
Copy = tuple[str, str]  # service, collection or topic


async def complete_at(
    city: RunningCity, client: Client, residents: Sequence[Person], patience_s: float
) -> Mapping[Copy, float]:
    """Return when each copy had all residents, on the monotonic clock. Raises `TimeoutError` after `patience_s`."""
    async with asyncio.timeout(patience_s):
        stored, gates = await asyncio.gather(_stored_at(city, client, len(residents)), _known_at_gates(city, residents))
    return stored | {GATES: gates}


async def _stored_at(city: RunningCity, client: Client, count: int) -> dict[Copy, float]:
    times: dict[Copy, float] = {}
    while left := [copy for copy in COPIES if copy not in times]:
        began = time.monotonic()
        for service, name in left:
            if await client[city.database_name(service)][name].estimated_document_count() >= count:
                times[service, name] = time.monotonic()
        # An embedded server goes through a collection to count it: that must not be what it is busy with.
        await asyncio.sleep(max(LOOK_EVERY_S, LOOK_SHARE * (time.monotonic() - began)))
    return times


async def _known_at_gates(city: RunningCity, residents: Sequence[Person]) -> float:
    """Scan residents who were imported last until a gate knows all of them: they lie in all the topic's partitions."""
    gate = compounds()[0]
    sender = BatchSender(
        city.url("checkpoint"), city.mint_token("device", area=gate.path, gate=gate.gate_id), give_up_s=60
    )
    unknown = [person.id_number for person in residents[-SCANNED:]]
    try:
        while unknown := await asyncio.to_thread(_unknown, sender, gate.gate_id, unknown):
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        sender.close()
    return time.monotonic()


def _unknown(sender: BatchSender, gate_id: str, numbers: Sequence[str]) -> list[str]:
    """Return those of the ID numbers that the gate does not know."""
    receipts = sender.send([_scan(gate_id, number, seq) for seq, number in enumerate(numbers)])
    strangers = (Reason.CREDENTIAL_UNKNOWN, Reason.STANDINGS_UNAVAILABLE, Reason.TRIES_HELD)
    return [n for n, receipt in zip(numbers, receipts, strict=True) if set(receipt.reasons) & set(strangers)]


def _scan(gate_id: str, id_number: str, seq: int) -> dict[str, Any]:
    return {
        "scan_id": new_id(),
        "gate_id": gate_id,
        "seq": seq,
        "at": datetime.now(UTC).isoformat(),
        "direction": "in",
        "credential": {"kind": "id_number", "value": id_number},
        "temperature_c": 36.5,
        "mask": True,
    }
