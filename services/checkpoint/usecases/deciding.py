"""Deciding on the scans of one request, from memory alone (R2.3)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from services.checkpoint import metrics
from services.checkpoint.domain.decision import (
    Decision,
    Measured,
    Proof,
    Rules,
    also,
    by_list,
    decide,
    of_vehicle,
    withhold,
)
from services.checkpoint.domain.passage import Passage
from services.checkpoint.domain.policy import USUAL, in_curfew, watched
from services.checkpoint.domain.reading import Line, read_credential
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import (
    Fault,
    Person,
    PersonOnBoard,
    Refusal,
    Scan,
    check_scan,
    clock_offset,
    is_late,
)
from services.checkpoint.domain.zones import asks_for_permit
from services.checkpoint.showing import UNIDENTIFIED, Spot
from services.checkpoint.usecases import Deps, passes
from services.checkpoint.usecases.decided import Decided, PersonDecision, Site
from services.checkpoint.usecases.zoning import at_gate, enter, let_out
from shared.base.area import within
from shared.base.errors import Forbidden, NotYet
from shared.base.ids import derived_id
from shared.events.checkpoint import CredentialKind, Direction, ElsewhereRule, Mode, Verdict
from shared.web.access import Principal, Role

BREATH = 50  # scans decided in one go: verifying as many signed codes takes some milliseconds
_NOTHING = timedelta()
_LOOKED_UP = (CredentialKind.CARD, CredentialKind.ID_NUMBER)


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
        self.counted: dict[bool, int] = {}  # budgets of which unknown ones were counted: of live scans, of others
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
            site = self._open(site.path, site.checkpoint_id, at)
        if line.kind is CredentialKind.PLATE:
            return self._decide_vehicle(scan, line, at, site)
        seen = Measured(scan.direction, scan.temperature_c, scan.mask)
        judged = self._judge(line, seen, at, site, scan, scan.scan_id)
        passage = self._passage(scan, at, site, judged.proof, judged.decision)
        _note_answer(passage, judged)
        went_out = self._deps.reader.went_out(judged.outings) if judged.outings else ()
        return Decided([passage], (), judged.answer, judged.retry_after_s, judged.person, went_out)

    def _decide_vehicle(self, scan: Scan, plate: Line, at: datetime, site: Site) -> Decided:
        """Decide on each person on board, each with a passage, and on the vehicle by all of them (R2.6)."""
        vehicle = self._permitted(self._deps.reader.read(plate, at, self._as_of), plate, scan.direction, at, site)
        seen = Measured(scan.direction)  # temperature and mask are the driver's
        ids = [derived_id("on-board", scan.scan_id, str(number)) for number in range(len(scan.on_board))]
        persons = [
            self._judge(read_credential(one), seen, at, site, scan, scan_id)
            for one, scan_id in zip(scan.on_board, ids, strict=True)
        ]
        plate_watched = site.rules.policy is not None and watched(plate.value, site.rules.policy)
        driver = decide(vehicle, None, Measured(scan.direction, scan.temperature_c, scan.mask), site.rules)
        decision = of_vehicle(driver, [one.decision for one in persons], plate_watched)
        answered = [one.answer or one.decision for one in persons]
        passages = [self._passage(scan, at, site, vehicle, decision)]
        for scan_id, person in zip(ids, persons, strict=True):
            proof = person.proof
            passage = self._passage(scan, at, site, proof, person.decision)
            passage.scan_id = scan_id
            passage.subject = proof.resident_id or passage.scan_id
            passage.vehicle_scan_id = scan.scan_id
            passage.temperature_c = passage.mask = None
            _note_answer(passage, person)
            passages.append(passage)
        board = tuple(
            PersonOnBoard(one.verdict, one.reasons, person.person)
            for one, person in zip(answered, persons, strict=True)
        )
        wait_s = max((one.retry_after_s or 0 for one in persons), default=0)
        return Decided(passages, board, of_vehicle(driver, answered, plate_watched), wait_s or None)

    def _judge(self, line: Line, seen: Measured, at: datetime, site: Site, scan: Scan, scan_id: str) -> PersonDecision:
        live = scan.mode is Mode.LIVE and not is_late(at, self.now)
        wait_s = 0
        if line.kind in _LOOKED_UP:
            wait_s = self._deps.budget.wait_s(self._caller.subject, live, self.now)
            if wait_s and live:  # neither looked up nor taken for any person's
                proof = Proof(line.kind, problem=Reason.TRIES_HELD)
                return PersonDecision(proof, decide(proof, None, seen, site.rules), None, wait_s)
        when = at if is_late(at, self.now) else None
        proof = self._deps.reader.read(line, min(self.now, at), self._as_of, when)
        elsewhere = self._lives_elsewhere(proof, site)
        site, outings = enter(self._known, site, proof, seen.direction, scan_id, at, self._deps.zone)
        proof = self._permitted(proof, line, seen.direction, at, site, elsewhere)
        proof, leaving = passes.leave(self._deps, proof, site, seen.direction, scan, scan_id, at)
        decision = self._by_standing(proof, seen, at, site)
        if live and proof.resident_id is not None and self._at_another(proof.resident_id, site):
            decision = also(decision, Reason.SECOND_COMPOUND)
        elsewhere = elsewhere and proof.permit_id is None
        if elsewhere or proof.problem is Reason.CREDENTIAL_UNKNOWN:
            decision = self._count_unknown(decision, at, site, live)
        if wait_s:
            return PersonDecision(proof, decision, _without_person(Reason.TRIES_HELD, proof, seen, site), wait_s)
        if decision.verdict is Verdict.ALLOW and seen.direction is Direction.OUT:
            let_out(self._known, site.rules.zone, proof, scan.gate_id, scan_id, at)
            if leaving:
                passes.let_out(self._known, proof, scan.gate_id, leaving)
        if not elsewhere:
            revealed = tuple(outings) if live and site.rules.zone and site.rules.zone.reveals_outings else ()
            return PersonDecision(proof, decision, None, None, self._person(proof, site) if live else None, revealed)
        # The passage keeps what is known of the person; the gate gets the same answer as for a number of no resident.
        answer = _without_person(Reason.CREDENTIAL_UNKNOWN, proof, seen, site)
        return PersonDecision(proof, withhold(decision, answer), answer)

    def _person(self, proof: Proof, site: Site) -> Person | None:
        """Return what the keeper compares with the person who showed this kind of credential."""
        if proof.resident_id is None or not (proof.pass_id or proof.kind in (site.rules.policy or USUAL).compared_for):
            return None
        return self._deps.reader.person(proof.resident_id)

    def _by_standing(self, proof: Proof, seen: Measured, at: datetime, site: Site) -> Decision:
        standing = None
        if proof.resident_id is not None:
            when = at if is_late(at, self.now) else None
            standing = self._known.exceptions.standing(proof.resident_id, when)
            if self._as_of is not None:
                standing = by_list(standing, proof, (when or self.now) - self._as_of)
        return decide(proof, standing, seen, site.rules)

    def _lives_elsewhere(self, proof: Proof, site: Site) -> bool:
        """Whether a card or a number is of a resident whose state this gate must not learn."""
        if proof.kind not in _LOOKED_UP or proof.resident_id is None:
            return False
        home = self._known.credentials.home(proof.resident_id)
        if home is None or within(home, site.path):  # nearly every person at a gate lives behind it
            return False
        return (site.rules.policy or USUAL).elsewhere is ElsewhereRule.UNKNOWN and not within(home, site.community)

    def _at_another(self, resident_id: str, site: Site) -> bool:
        minutes = (site.rules.policy or USUAL).second_compound_minutes
        return self._deps.lately.at_another(resident_id, site.path, self.now, minutes)

    def _count_unknown(self, decision: Decision, at: datetime, site: Site, live: bool) -> Decision:
        """Count a card or number that the gate does not know; the passage says where a device tried too many."""
        most = (site.rules.policy or USUAL).unknown_per_minute
        if self._deps.budget.count(self._caller.subject, live, self.now, most):
            metrics.DEVICES_HELD.inc()
        self.counted[live] = most
        tried = not live and self._deps.budget.exceeds(self._caller.subject, at, most)
        return also(decision, Reason.TRIES_HELD) if tried else decision

    def _permitted(
        self,
        proof: Proof,
        line: Line,
        direction: Direction,
        at: datetime,
        site: Site,
        elsewhere: bool = False,
    ) -> Proof:
        """Look for a permit where one would make a difference."""
        stranger = elsewhere or proof.kind is CredentialKind.VISITOR or proof.problem in UNIDENTIFIED
        zone = site.rules.zone
        in_zone = zone is not None and asks_for_permit(zone, proof.kind, proof.resident_id is not None, direction)
        if site.rules.policy is USUAL and not stranger and not in_zone:
            return proof
        there = Spot(site.checkpoint_id, site.path, at, zone.passes if zone else None)
        return self._deps.reader.permitted(proof, line.value, direction, there)

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
            return self._open(caller.area, None, self.now) if bound else None
        if gate.closed or not (bound or caller.sees(gate.area_path)):
            return None
        return self._open(self._known.moves.now(gate.area_path), gate.checkpoint_id, self.now)

    def _open(self, path: str, checkpoint_id: str | None, at: datetime) -> Site:
        policy = self._known.checkpoints.policy(checkpoint_id, at)
        curfew = policy is not None and in_curfew(at, policy.curfew, self._deps.zone)
        rules = Rules(policy, curfew, at_gate(self._known, policy, path, at))
        return Site(path, checkpoint_id, rules, self._known.zones.parts(path, at))

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


def _without_person(problem: Reason, proof: Proof, seen: Measured, site: Site) -> Decision:
    """Return the decision on a card or number that proves no person."""
    return decide(Proof(proof.kind, problem=problem), None, seen, site.rules)


def _note_answer(passage: Passage, judged: PersonDecision) -> None:
    """Put into the passage what the gate gets beside, or instead of, its verdict."""
    passage.named = judged.person is not None
    if judged.outings:
        passage.revealed = tuple({one.resident_id for one in judged.outings})
    if judged.answer is not None and judged.answer.verdict is not passage.verdict and passage.override is None:
        passage.answered = judged.answer.verdict
