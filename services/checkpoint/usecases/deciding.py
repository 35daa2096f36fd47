"""Deciding on the scans of one request, from memory alone (R2.3)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from services.checkpoint.domain.decision import (
    Decision,
    Measured,
    Proof,
    Rules,
    by_list,
    decide,
    of_vehicle,
)
from services.checkpoint.domain.passage import Passage
from services.checkpoint.domain.policy import USUAL, in_curfew, watched
from services.checkpoint.domain.reading import Line, read_credential
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import (
    Fault,
    PersonOnBoard,
    Refusal,
    Scan,
    check_scan,
    clock_offset,
    is_late,
)
from services.checkpoint.showing import Spot
from services.checkpoint.usecases import Deps
from shared.base.errors import Forbidden, NotYet
from shared.base.ids import derived_id
from shared.events.checkpoint import CredentialKind, Direction, GateDefined, Verdict
from shared.web.access import Principal, Role

BREATH = 50  # scans decided in one go: verifying as many signed codes takes some milliseconds
_NOTHING = timedelta()


class Decided(msgspec.Struct):
    """A scan with what was decided; the first passage is its own, the others are of those on board."""

    passages: list[Passage]
    on_board: tuple[PersonOnBoard, ...] = ()


class Site(msgspec.Struct, frozen=True):
    """Where a scan was made, and what holds there now."""

    path: str
    checkpoint_id: str | None
    rules: Rules


class Desk:
    """Decides on the scans of one request: by its caller, its time, and what the replicas hold at that moment."""

    def __init__(self, deps: Deps, caller: Principal, device_time: datetime | None) -> None:
        self._deps = deps
        self._known = deps.known
        self._caller = caller
        self.now = deps.clock.now()
        self._as_of = deps.known.exceptions.as_of
        self._offset = clock_offset(device_time, self.now) if device_time else _NOTHING
        self._offset_s = round(self._offset.total_seconds(), 3) or None
        self._sites: dict[str, Site | None] = {}
        if deps.known.devices.refuses(caller):
            text = "This device was revoked, or has a newer credential: enrol it again with a one-time code"
            raise Forbidden("checkpoint.device_revoked", text)

    async def decide_all(self, scans: Sequence[Scan | Refusal]) -> list[Decided | Refusal]:
        """Decide on each; a scan that is not accepted harms no neighbour."""
        if len(scans) == 1:
            (one,) = scans
            return [one if isinstance(one, Refusal) else self._decide(one)]
        decided: list[Decided | Refusal] = []
        seen: dict[str, Scan] = {}
        for number, one in enumerate(scans, start=1):
            if isinstance(one, Scan) and (first := seen.setdefault(one.scan_id, one)) is not one and first != one:
                text = "the batch holds another scan with this scan_id: give each scan its own"
                one = Refusal(one.scan_id, Fault("checkpoint.scan_id_reused", text))
            decided.append(one if isinstance(one, Refusal) else self._decide(one))
            if number % BREATH == 0:
                await asyncio.sleep(0)  # single scans wait at other gates
        return decided

    def _decide(self, scan: Scan) -> Decided | Refusal:
        try:
            site = self._sites[scan.gate_id]
        except KeyError:
            site = self._sites[scan.gate_id] = self._site(scan.gate_id)
        if site is None:
            text = f"the gate {scan.gate_id} is closed, not known or not yours: define it or use its own device's token"
            return Refusal(scan.scan_id, Fault("checkpoint.wrong_gate", text))
        at = scan.at + self._offset if self._offset else scan.at
        line = read_credential(scan.credential)
        if line.temperature_c is not None and scan.temperature_c is None:  # it stands in the text of the credential
            scan = msgspec.structs.replace(scan, temperature_c=line.temperature_c)
        try:
            check_scan(at, scan.temperature_c, self.now)
        except ValueError as error:
            return Refusal(scan.scan_id, Fault("checkpoint.absurd_scan", str(error)))
        if is_late(at, self.now):  # by what held then
            site = Site(site.path, site.checkpoint_id, self._rules(site.checkpoint_id, at))
        if line.kind is CredentialKind.PLATE:
            return self._decide_vehicle(scan, line, at, site)
        seen = Measured(scan.direction, scan.temperature_c, scan.mask)
        proof, decision = self._judge(line, seen, at, site)
        return Decided([self._passage(scan, at, site, proof, decision)])

    def _decide_vehicle(self, scan: Scan, plate: Line, at: datetime, site: Site) -> Decided:
        """Decide on each person on board, each with a passage, and on the vehicle by all of them (R2.6)."""
        vehicle = self._permitted(self._deps.reader.read(plate, at, self._as_of), plate, scan.direction, at, site)
        seen = Measured(scan.direction)  # temperature and mask are the driver's
        persons = [self._judge(read_credential(one), seen, at, site) for one in scan.on_board]
        plate_watched = site.rules.policy is not None and watched(plate.value, site.rules.policy)
        driver = decide(vehicle, None, Measured(scan.direction, scan.temperature_c, scan.mask), site.rules)
        decision = of_vehicle(driver, [own for _, own in persons], plate_watched)
        passages = [self._passage(scan, at, site, vehicle, decision)]
        for number, (proof, own) in enumerate(persons):
            passage = self._passage(scan, at, site, proof, own)
            passage.scan_id = derived_id("on-board", scan.scan_id, str(number))
            passage.subject = proof.resident_id or passage.scan_id
            passage.vehicle_scan_id = scan.scan_id
            passage.temperature_c = passage.mask = None
            passages.append(passage)
        return Decided(passages, tuple(PersonOnBoard(one.verdict, one.reasons) for one in passages[1:]))

    def _judge(self, line: Line, seen: Measured, at: datetime, site: Site) -> tuple[Proof, Decision]:
        when = at if is_late(at, self.now) else None
        proof = self._deps.reader.read(line, min(self.now, at), self._as_of, when)
        proof = self._permitted(proof, line, seen.direction, at, site)
        standing = None
        if proof.resident_id is not None:
            standing = self._known.exceptions.standing(proof.resident_id, when)
            if self._as_of is not None:
                standing = by_list(standing, proof, (when or self.now) - self._as_of)
        return proof, decide(proof, standing, seen, site.rules)

    def _permitted(self, proof: Proof, line: Line, direction: Direction, at: datetime, site: Site) -> Proof:
        """Look for a permit where one would make a difference."""
        stranger = proof.kind is CredentialKind.VISITOR or proof.problem is Reason.CREDENTIAL_UNKNOWN
        if site.rules.policy is USUAL and not stranger:
            return proof
        return self._deps.reader.permitted(proof, line.value, direction, Spot(site.checkpoint_id, site.path, at))

    def _site(self, gate_id: str) -> Site | None:
        """Return the site of an open gate where the caller may scan, or None."""
        caller = self._caller
        bound = caller.gate is not None or not caller.roles & {Role.COMMUNITY, Role.CITY}
        if bound and caller.gate != gate_id:
            return None
        gate = self._known.gates.get(gate_id)
        if gate is None:
            if not bound and not self._known.gates.replica.ready:
                raise NotYet("the gates have not been read yet")
            # A device works before the event of its gate has come.
            return Site(caller.area, None, self._rules(None, self.now)) if bound else None
        if gate.closed or not (bound or caller.sees(gate.area_path)):
            return None
        return self._open(gate)

    def _open(self, gate: GateDefined) -> Site:
        return Site(gate.area_path, gate.checkpoint_id, self._rules(gate.checkpoint_id, self.now))

    def _rules(self, checkpoint_id: str | None, at: datetime) -> Rules:
        policy = self._known.checkpoints.policy(checkpoint_id, at)
        return Rules(policy, policy is not None and in_curfew(at, policy.curfew, self._deps.zone))

    def _passage(self, scan: Scan, at: datetime, site: Site, proof: Proof, decision: Decision) -> Passage:
        return Passage(  # in the order of its fields: names cost as much again
            proof.resident_id or scan.scan_id,
            scan.scan_id,
            scan.gate_id,
            site.path,
            self._caller.subject,
            scan.seq,
            at,
            self.now,
            scan.direction,
            proof.kind,
            Verdict.ALLOW if scan.override else decision.verdict,
            proof.resident_id,
            decision.reasons,
            scan.temperature_c,
            scan.mask,
            scan.mode,
            self._as_of,
            site.checkpoint_id,
            self._offset_s,
            None,
            proof.permit_id,
            scan.override,
        )
