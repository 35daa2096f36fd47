"""The gates' process: decisions from a replica, passages into the scan log, and the recorder of passages."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from services.checkpoint.domain.decision import Decision, Measured, Proof, Standing, decide
from services.checkpoint.domain.passage import Passage, StoredPassage, same_scan
from services.checkpoint.replicas.exceptions import Exceptions
from services.checkpoint.scanlog import ScanLog
from services.checkpoint.store.passages import Passages
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from shared.bus.consumer import EventConsumer
from shared.bus.dead_letters import DeadLetters
from shared.bus.receiver import Receiver
from shared.envelope.event import Event, Stamp
from shared.events.checkpoint import CredentialKind, Direction, PassageRecorded
from shared.events.registration import StandingChanged
from shared.replicas.replica import follow
from tests.faults.simulation.bus import Bus, Producer
from tests.faults.simulation.driver import Database
from tests.faults.simulation.groups import Group, Member
from tests.faults.simulation.loop import Life, SimulatedLoop
from tests.faults.simulation.store import Store

SERVICE = "checkpoint"
PRODUCE_TIMEOUT_S = 2.0

recorder = EventConsumer[Passages]("checkpoint.recorder", batch_records=50)


class Scan(NamedTuple):
    """A person at a gate."""

    scan_id: str
    device: str
    seq: int
    at: datetime
    resident: str
    direction: Direction


class Decided(NamedTuple):
    """A decision with all that it rests on."""

    credential: Proof
    standing: Standing | None
    seen: Measured
    decision: Decision


class Answer(NamedTuple):
    """The answer to a device."""

    verdict: str
    durable: bool


@recorder.on_many(PassageRecorded)
async def on_passages(store: Passages, events: Sequence[PassageRecorded]) -> None:
    """Store passages, one a scan; another verdict on the same scan, sent again, is kept beside the first."""
    passages = [StoredPassage.of(event) for event in events]
    stored, _ = await store.add(passages)
    assert all(same_scan(stored[one.scan_id], one) for one in passages), "another scan has this id"
    await store.add_later_verdicts([one for one in passages if one.verdict != stored[one.scan_id].verdict])


class Gate:
    """One process of the service; `decided` is called with each decision at the instant it is made."""

    def __init__(self, life: Life, store: Store, bus: Bus, decided: Callable[["Gate", Scan, Decided], None]) -> None:
        self.life = life
        self.known: dict[str, tuple[int, bool]] = {}  # what was read of each resident: its number, whether isolated
        self._decided = decided
        database: Any = Database(store, bus.wire)
        self._producer: Any = Producer(bus)
        self._clock = SystemClock()
        self._passages = Passages(database)
        self.exceptions = Exceptions(self._clock)
        self._log = ScanLog(lambda: self._producer, PRODUCE_TIMEOUT_S)
        apply = self.exceptions.replica._apply

        def watched(event: Event) -> None:
            apply(event)
            change = cast(StandingChanged, event)
            known = (int(change.evidence), change.isolated)
            self.known[change.resident_id] = max(known, self.known.get(change.resident_id, known))

        self.exceptions.replica._apply = watched

    def start(self, loop: SimulatedLoop, group: Group) -> None:
        """Follow the standings and record passages."""
        receiver = Receiver(recorder, DeadLetters(self._producer, SERVICE), self._clock, self._passages)
        member = Member(group, self.life, receiver)
        loop.begin(self.life, follow([self.exceptions.replica], "simulated"))
        loop.begin(self.life, member.stay())
        loop.begin(self.life, member.consume(recorder.batch_records))

    async def scan(self, scans: Sequence[Scan]) -> list[Answer]:
        """Decide on scans and append the passages."""
        now = self._clock.now()
        passages = [self._passage(scan) for scan in scans]
        stamp = Stamp(PassageRecorded, now, SERVICE, new_id())
        durable = await self._log.append(passages, stamp)
        return [Answer(passage.verdict, there) for passage, there in zip(passages, durable, strict=True)]

    def _passage(self, scan: Scan) -> Passage:
        credential, seen = Proof(CredentialKind.CODE, scan.resident), Measured(scan.direction, 36.5, True)
        standing = self.exceptions.standing(scan.resident)
        decision = decide(credential, standing, seen)
        self._decided(self, scan, Decided(credential, standing, seen, decision))
        now = self._clock.now()
        return Passage(
            subject=scan.resident,
            scan_id=scan.scan_id,
            gate_id="g",
            area_path="/c",
            device_id=scan.device,
            seq=scan.seq,
            at=scan.at,
            received_at=now,
            direction=scan.direction,
            credential_kind=credential.kind,
            verdict=decision.verdict,
            resident_id=scan.resident,
            reasons=decision.reasons,
            temperature_c=seen.temperature_c,
            mask=seen.mask,
            standing_as_of=self.exceptions.as_of,
        )
