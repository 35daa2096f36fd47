"""A gate of a compound, and those who go through it, for tests of checkpoint."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
from aiokafka import AIOKafkaProducer

from services.checkpoint import main
from services.checkpoint.domain.passage import Passage
from services.checkpoint.scanlog import ScanLog
from shared.base.ids import new_id
from shared.base.keys import key_from
from shared.base.sealing import keyed_hash
from shared.envelope.event import Stamp, decode
from shared.events.checkpoint import GateDefined, PassageRecorded
from shared.events.registration import Colour, ResidentRegistered, StandingChanged
from shared.health_code import CodeSigner, CodeVerifier, HealthCode, new_code_id
from tests.support.producer import LateProducer
from tests.support.service import AREA, ServiceUnderTest

COMPOUND = f"{AREA}/a1/g01/p01"
DOOR = f"{COMPOUND}/1/1/101"
GATE = "gate-p01"
NDJSON = {"content-type": "application/x-ndjson"}
# Passages are kept for 30 days of the machine's time: a test's morning cannot lie further back than that.
# In the city's evening it is some hours earlier, so that no test whose own hours pass crosses a midnight.
_NOW = datetime.now(UTC).replace(microsecond=0)
NOW = _NOW - timedelta(hours=4) if _NOW.hour in range(12, 16) else _NOW

build = main.build


class OpenLog(ScanLog):
    """The scan log, with what was handed to it left open to look at: read back as any reader of the bus would."""

    def __init__(self, producer: LateProducer, timeout_s: float) -> None:
        super().__init__(lambda: producer.connected, timeout_s)
        self._connect = producer.start
        self.passages: list[PassageRecorded] = []

    async def append(self, passages: Sequence[Passage], stamp: Stamp) -> list[bool]:
        read = [decode(stamp.headers(one.scan_id), msgspec.json.encode(one)) for one in passages]
        self.passages += cast("list[PassageRecorded]", read)
        return await super().append(passages, stamp)

    async def _has_lanes(self, producer: AIOKafkaProducer) -> bool:
        await self._connect()
        return await super()._has_lanes(producer)

    @property
    def kept_bytes(self) -> int:
        """How much waits here for its turn."""
        return sum(piece.bytes for lane in self._lanes for piece in lane.waiting)


class Gate:
    """A gate in the test's process: a real service, its bus, and a device with a token of its own."""

    def __init__(self, made: ServiceUnderTest) -> None:
        self.service = made
        settings: Any = made.settings
        self._late = LateProducer(settings.kafka_bootstrap)
        self._signer = CodeSigner(Path(settings.code_public_keys).with_name("code-signing.pem").read_bytes())
        self._hash_key = key_from(settings.id_hash_key)
        self.device = made.client("device", area=COMPOUND, subject="device-1", gate=GATE)

    @property
    def _producer(self) -> AIOKafkaProducer:
        return self._late.connected

    async def open(self, waits_s: float | None = None) -> None:
        """Connect the scan path to the bus, as the running service does.

        With `waits_s` it waits so long for the bus, instead of as set, and connects with the first scan.
        """
        if waits_s is None:
            await self._late.start()
        settings: Any = self.service.settings
        # The routes of the scan path hold these very deps.
        log = OpenLog(self._late, settings.produce_timeout_s if waits_s is None else waits_s)
        object.__setattr__(self.service.deps, "log", log)

    async def close(self) -> None:
        """Close the connections."""
        await self.device.aclose()
        await self._late.stop()

    @property
    def passages(self) -> list[PassageRecorded]:
        """What was decided so far, as it goes to the recorder."""
        passages: list[PassageRecorded] = self.service.deps.log.passages
        return passages

    @property
    def waiting_bytes(self) -> int:
        """How much the process keeps for a bus that is away."""
        batches = self._producer._message_accumulator._batches
        handed = sum(batch._builder._builder.size() for queue in batches.values() for batch in queue)
        return handed + int(self.service.deps.log.kept_bytes)

    def learns(self, *events: Any, complete: bool = True) -> None:
        """Let the gate's replicas hear events, and that they are complete."""
        self.service.feed_replicas(*events, complete=complete)

    async def reads_gauges(self) -> None:
        """Have the service set its gauges, as its working processes do once a minute."""
        for gauges in self.service.parts.gauges:
            await gauges.read(self.service.deps)

    def code(self, resident_id: str, colour: Colour = Colour.GREEN, age_s: int = 0, lasts_s: int = 300) -> str:
        """Return a signed code of the resident, issued `age_s` seconds ago."""
        issued = self.service.clock.now() - timedelta(seconds=age_s)
        code = HealthCode(resident_id, colour, issued, issued + timedelta(seconds=lasts_s), new_code_id())
        return self._signer.sign(code)

    def code_id(self, code: str) -> str:
        """Return the id that a signed code carries."""
        keys: Path = self.service.settings.code_public_keys  # type: ignore[attr-defined]
        return CodeVerifier(keys.read_bytes()).verify(code, NOW).code_id

    def hash_of(self, kind: str, value: str) -> str:
        """Return the keyed hash by which registration tells of a card or an ID number."""
        return keyed_hash(self._hash_key, kind, value)

    async def post(self, scan: Any) -> httpx.Response:
        """Post one scan, an object or bytes."""
        content = scan if isinstance(scan, bytes) else json.dumps(scan).encode()
        response: httpx.Response = await self.device.post("/v1/scans", content=content)
        return response

    async def post_many(self, scans: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        """Post a batch: a list of scans, or bytes as they are."""
        content = scans if isinstance(scans, bytes) else json.dumps(scans).encode()
        response: httpx.Response = await self.device.post("/v1/scans/batch", content=content, headers=headers or {})
        return response

    async def answer(self, scan: Any) -> Any:
        """Return the gate's answer to a scan that must be accepted."""
        response = await self.post(scan)
        assert response.status_code == 200, response.text
        return response.json()

    async def passes(self, **more: Any) -> PassageRecorded:
        """Let a person be scanned, and return the passage."""
        await self.answer(scan(**more))
        return self.passages[-1]

    async def answers(self, scans: Sequence[Any]) -> Any:
        """Return the gate's answers to a batch that must be accepted."""
        response = await self.post_many(list(scans))
        assert response.status_code == 200, response.text
        return response.json()


def scan(kind: str = "visitor", value: str = "courier-7", **more: Any) -> dict[str, Any]:
    """Return a scan as a device posts it: by default a visitor who comes in with 36.5 degrees and a mask."""
    body = {
        "scan_id": new_id(),
        "gate_id": GATE,
        "seq": 1,
        "at": NOW.isoformat(),
        "direction": "in",
        "credential": {"kind": kind, "value": value},
        "temperature_c": 36.5,
        "mask": True,
    }
    return body | more


def standing(
    resident_id: str, colour: Colour, *, isolated: bool = False, since: datetime = NOW - timedelta(hours=1)
) -> StandingChanged:
    """Return what registration says of a resident's colour."""
    return StandingChanged(
        resident_id=resident_id,
        area_path=DOOR,
        colour=colour,
        isolated=isolated,
        rule="isolation" if isolated else "risk_travel",
        evidence=new_id(),
        since=since,
    )


def lives(resident_id: str, *, id_number_hash: str | None = None, cards: Sequence[str] = ()) -> ResidentRegistered:
    """Return what registration publishes of a resident, with what opens a gate: by default a number of their own."""
    return ResidentRegistered(
        resident_id=resident_id,
        household_id="h1",
        area_path=DOOR,
        id_number_hash=id_number_hash or f"number of {resident_id}",
        card_hashes=tuple(cards),
    )


def dweller(gate: "Gate", **facts: Any) -> str:
    """Return the id of a new resident of the compound, whom the gate knows."""
    resident_id = new_id()
    gate.learns(lives(resident_id).model_copy(update=facts))
    return resident_id


def gate_at(path: str, gate_id: str = GATE, *, closed: bool = False) -> GateDefined:
    """Return the definition of a gate."""
    return GateDefined(gate_id=gate_id, name="大门", area_path=path, closed=closed)
