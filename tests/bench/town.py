"""What a gate process knows while it is measured: residents by ID number and card, one in a hundred an exception."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiokafka import AIOKafkaProducer

from deploy.launcher.secrets.keys import Keys
from shared.base import id_numbers
from shared.base.ids import new_id
from shared.base.sealing import keyed_hash
from shared.envelope.event import MARKER_TYPE, Event, Meta, Wire, encode
from shared.events.checkpoint import CHECKPOINTS, DEVICES, GATES, PERMITS, GateDefined
from shared.events.registration import (
    CREDENTIALS,
    RESIDENTS,
    REVOCATIONS,
    STANDINGS,
    Colour,
    ResidentRegistered,
    StandingChanged,
)
from shared.health_code import CodeSigner, HealthCode, SealKeys, new_code_id
from tests.support.signing import signed

AREA = "/jinhe/hedong/chunhua/c01/a1/g01/p01"
GATE = "gate-01"
PEOPLE, ONE_IN = 10_000, 100
SCAN_BYTES = 300


class Town:
    """Residents and their credentials, published as registration and checkpoint would."""

    def __init__(self, keys: Path) -> None:
        self.keys = keys
        secrets = Keys(keys).environment_of("registration")
        self._hash_key = base64.b64decode(secrets["LASTMETRE_ID_HASH_KEY"])
        seals = SealKeys.read(Path(secrets["LASTMETRE_CODE_SEAL_KEYS"]).read_text())
        self._signer = CodeSigner(Path(secrets["LASTMETRE_CODE_SIGNING_KEY"]).read_bytes(), seals)
        self.residents = [new_id() for _ in range(PEOPLE)]

    async def tell(self, producer: AIOKafkaProducer, exceptions: int = PEOPLE // ONE_IN) -> None:
        """Publish the gate, the credentials, the exceptions, and the markers of complete topics."""
        now = datetime.now(UTC)
        events: list[Event] = [GateDefined(gate_id=GATE, name="gate", area_path=AREA)]
        for n, resident in enumerate(self.residents):
            hashed = keyed_hash(self._hash_key, "id_number", _id_number(n))
            cards = (keyed_hash(self._hash_key, "card", _card(n)),)
            events.append(
                ResidentRegistered(
                    resident_id=resident,
                    household_id=resident,
                    area_path=AREA,
                    id_number_hash=hashed,
                    card_hashes=cards,
                )
            )
        for n in range(exceptions):
            resident = self.residents[n * ONE_IN] if n * ONE_IN < PEOPLE else new_id()
            events.append(_yellow(resident, now))
        for event in events:
            wire = signed(encode(event.stamped(Meta(new_id(), now, "bench", "bench"))), self.keys)
            await producer.send(wire.topic, wire.value, key=wire.key, headers=wire.headers)
        await producer.flush()
        for topic in (GATES, RESIDENTS, CREDENTIALS, STANDINGS, CHECKPOINTS, DEVICES, PERMITS, REVOCATIONS):
            for partition in await producer.partitions_for(topic):
                headers = [("ce_type", MARKER_TYPE.encode()), ("ce_time", now.isoformat().encode())]
                marker = signed(Wire(topic, b"complete", headers, b""), self.keys)
                await producer.send(topic, b"", key=marker.key, headers=marker.headers, partition=partition)
        await producer.flush()

    def scans(self, count: int, signed: bool = False) -> list[bytes]:
        """Return scans of ID numbers and cards; when `signed`, every second one shows a code never seen before."""
        return [self._scan(n, signed and n % 2 == 1) for n in range(count)]

    def _scan(self, n: int, signed: bool) -> bytes:
        who = n % PEOPLE
        now = datetime.now(UTC)
        if signed:
            code = HealthCode(self.residents[who], Colour.GREEN, now, now + timedelta(hours=1), new_code_id())
            credential = {"kind": "code", "value": self._signer.sign(code)}
        elif n % 4 < 2:
            credential = {"kind": "id_number", "value": _id_number(who)}
        else:
            credential = {"kind": "card", "value": _card(who)}
        scan = {
            "scan_id": new_id(),
            "gate_id": GATE,
            "seq": n,
            "at": now.isoformat(),
            "direction": "out" if n % 2 else "in",
            "credential": credential,
            "temperature_c": 36.5,
            "mask": True,
        }
        body = json.dumps(scan).encode()
        return body + b" " * (SCAN_BYTES - len(body))


def ndjson(scans: Sequence[bytes], size: int) -> list[bytes]:
    """Return the scans as bodies of `size` lines each."""
    return [b"\n".join(scans[at : at + size]) for at in range(0, len(scans), size)]


def _yellow(resident: str, now: datetime) -> StandingChanged:
    return StandingChanged(
        resident_id=resident, area_path=AREA, colour=Colour.YELLOW, rule="fever", evidence=new_id(), since=now
    )


def _id_number(n: int) -> str:
    first = f"9999991980{n // 1000 % 12 + 1:02}01{n % 1000:03}"
    return first + next(last for last in "0123456789X" if id_numbers.is_checked(first + last))


def _card(n: int) -> str:
    return f"C{n:08}"
