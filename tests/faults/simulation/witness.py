"""What must hold: watched at every commit, every append and every decision, and counted when all is quiet."""

import json
from collections import Counter, defaultdict
from typing import Any, NamedTuple

from services.checkpoint.domain.decision import decide
from shared.envelope.event import attributes_of
from shared.envelope.letters import Record, read
from shared.events.checkpoint import Direction, Verdict
from shared.events.registration import STANDINGS
from shared.store.mongo import Document
from tests.faults.simulation import registry
from tests.faults.simulation.gate import Decided, Gate, Scan
from tests.faults.simulation.moment import BEGIN
from tests.faults.simulation.store import DocumentKey, Store
from tests.faults.simulation.wire import Wire

LARGEST_SKEW_S = 0.2


class Change(NamedTuple):
    """A resident's standing as it was committed: when, and its number."""

    at: float
    version: int


class Witness:
    """Sees everything, and says in sentences what is wrong."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.now = lambda: 0.0
        self.wrong: list[str] = []
        self.acknowledged: dict[str, str] = {}  # scan to verdict
        self.ordered: set[str] = set()
        self.alerts: set[str] = set()
        self.refused: set[str] = set()
        self.changes: dict[str, list[Change]] = defaultdict(list)
        self.decisions: list[Decided] = []
        self._newest: dict[str, int] = {}  # the newest number on the bus, by resident
        self._received: set[str] = set()
        self._committed: dict[str, int] = {}  # event to number
        self._withdrawn: set[str] = set()
        self.letters: Counter[str] = Counter()
        self.duplicate_deliveries = self.duplicate_effects = self.lost = 0

    def expect(self, holds: bool, wrong: str) -> None:
        """Note what is wrong unless it holds."""
        if not holds and len(self.wrong) < 10:
            self.wrong.append(f"{self.now():.3f} s: {wrong}")
            self._wire.tell(f"WRONG: {wrong}")

    def committed(self, written: dict[DocumentKey, Document | None]) -> None:
        """Look at a commit of the registry: the case, the effect and the event come together."""
        rows: dict[str, list[Document]] = defaultdict(list)
        for key, document in written.items():
            if document is not None:
                rows[key.collection].append(document)
        content = [
            event for row in rows["outbox"] if not row["published_at"] and "sent" not in row for event in row["events"]
        ]
        content = [event for event in content if event["id"] not in self._committed]
        for event in content:
            self._committed[event["id"]] = int(json.loads(event["value"])["evidence"])
        effects, cases = rows["effects"], rows["cases"]
        self.expect(
            len(cases) == len(effects) == len(content), f"half a transaction: {sorted(p.collection for p in written)}"
        )
        self._withdrawn |= {row["_id"] for row in rows["deadlines"] if row["state"] == "cancelled"}
        late = [effect for effect in effects if effect["cause"] in self._withdrawn]
        self.expect(not late, f"a deadline had its effect after it was withdrawn: {late}")
        for case, effect in zip(cases, effects, strict=False):
            self.expect(case["version"] == effect["version"], f"an effect belongs to no case: {effect}")
            self.changes[case["_id"]].append(Change(self.now(), case["version"]))

    def appended(self, record: Record) -> None:
        """Look at what the bus is given: nothing that was not committed, and for each resident in order at first."""
        if record.topic == f"{registry.SERVICE}.dead-letters.v1":
            letter = read(record)
            self.letters[attributes_of(record.headers).get("ce_id", "")] += 1
            event_id = attributes_of(record.headers).get("ce_id", "")
            self.expect(
                event_id in self.refused, f"a dead letter of what could be handled: {letter.reason}, {letter.message}"
            )
        if record.topic != STANDINGS or not record.value:
            return
        about = attributes_of(record.headers)
        content = json.loads(record.value)
        event_id, resident, version = about["ce_id"], content["resident_id"], int(content["evidence"])
        self.expect(event_id in self._committed, "an event that no transaction has stored is on the bus")
        if event_id in self._received:
            self.duplicate_deliveries += 1
            return
        self._received.add(event_id)
        before = self._newest.get(resident, 0)
        self.expect(version == before + 1, f"out of order: {version} of {resident[-2:]} came after {before}")
        self._newest[resident] = version

    def decided(self, gate: Gate, scan: Scan, made: Decided) -> None:
        """Check a decision: by the events read, no isolated resident is let out, and no unknown one is green."""
        self.decisions.append(made)
        version, isolated = gate.known.get(scan.resident, (0, False))
        verdict = made.decision.verdict
        if isolated:
            out = scan.direction is Direction.OUT
            self.expect(verdict is (Verdict.DENY if out else Verdict.RECHECK), f"isolated, and the gate says {verdict}")
        if verdict is not Verdict.ALLOW:
            return
        as_of = gate.exceptions.as_of
        self.expect(as_of is not None, "somebody was let through before the standings were read")
        if as_of is not None:
            surely = (as_of - BEGIN).total_seconds() - LARGEST_SKEW_S
            due = max((change.version for change in self.changes[scan.resident] if change.at < surely), default=0)
            self.expect(version >= due, f"complete as of {surely:.3f} s, and number {due} was not read")

    def check_registry(self, store: Store) -> None:
        """Compare causes with effects, deadlines and published events, once all is quiet."""
        rows: dict[str, list[Document]] = {name: list(there.values()) for name, there in store.rows.items()}
        effects = Counter(row["cause"] for row in rows.get("effects", []))
        twice = [cause for cause, count in effects.items() if count > 1]
        self.duplicate_effects = sum(effects[cause] - 1 for cause in twice)
        self.expect(not twice, f"{len(twice)} causes had their effect twice")
        absent = (self.alerts | self.ordered) - effects.keys()
        self.lost += len(absent)
        self.expect(not absent, f"{len(absent)} alerts or orders had no effect")
        for row in rows.get("deadlines", []):
            if row["kind"] == registry.RELEASE:
                fits = effects[row["_id"]] == 1 if row["state"] == "done" else row["state"] == "cancelled"
                self.expect(fits, f"a deadline is {row['state']} and had {effects[row['_id']]} effects")
        rounds = Counter(row["due_at"] for row in rows.get("rounds", []))
        self.expect(bool(rounds) and max(rounds.values()) == 1, "a round was made twice, or none")
        for case in rows.get("cases", []):
            self.expect(
                self._newest.get(case["_id"]) == case["version"], f"the bus was not told all of {case['_id'][-2:]}"
            )
        for row in rows.get("outbox", []):
            self.expect(row["published_at"] is not None, "the outbox is not empty")
            self.expect(
                all(event["id"] in self._received for event in row["events"]), "a stored event is not on the bus"
            )
        self.expect(
            self.letters.keys() == self.refused, f"{len(self.refused - self.letters.keys())} letters are missing"
        )

    def check_gates(self, store: Store, gates: list[Gate], cases: dict[Any, Document], passages: list[Record]) -> None:
        """Compare the answers to devices with the store, and the lists of gates with the cases."""
        rows = store.rows["passages"]
        lost = [scan_id for scan_id in self.acknowledged if scan_id not in rows]
        self.lost += len(lost)
        self.expect(not lost, f"{len(lost)} acknowledged scans are not stored")
        numbers = Counter((row["device_id"], row["seq"]) for row in rows.values())
        self.expect(max(numbers.values(), default=1) == 1, "a scan is stored twice")
        for scan_id, verdict in self.acknowledged.items():
            row = rows.get(scan_id, {})
            verdicts = {row.get("verdict", verdict), *row.get("also_told", ())}
            self.expect(verdict in verdicts, f"told {verdict}, stored {sorted(verdicts)}")
        on_bus = {attributes_of(record.headers)["ce_id"] for record in passages}
        self.expect(on_bus == rows.keys(), "what is stored is not what the bus was given")
        for gate in gates:
            for resident, case in cases.items():
                standing = gate.exceptions.standing(resident)
                isolated = standing is not None and standing.isolated
                self.expect(standing is not None, "a gate is not ready although all is quiet")
                self.expect(isolated == case["isolated"], f"a gate believes an old standing for good: {resident[-2:]}")
        for made in self.decisions:
            again = decide(made.credential, made.standing, made.seen)
            self.expect(again == made.decision, "the same inputs gave another verdict")
