"""What a credential proves: whose it is, or why it proves nothing (R2.2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from services.checkpoint.domain.decision import Proof, strictness
from services.checkpoint.domain.reading import Line
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.scan import Person, WentOut
from services.checkpoint.replicas import Known
from shared.base import id_numbers
from shared.base.gate_names import GateNames
from shared.base.sealing import keyed_hash
from shared.events.checkpoint import CredentialKind, Direction, PermitKind
from shared.events.checkpoint_outings import Outing
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused, CodeVerifier

# Whom a permit of a visitor may identify.
UNIDENTIFIED = frozenset((Reason.CREDENTIAL_UNKNOWN, Reason.ID_NUMBER_WRONG))


class Spot(NamedTuple):
    """Where and when something was shown."""

    checkpoint_id: str | None
    path: str
    at: datetime
    passes: frozenset[str] | None = None  # in a zone: what a permit must serve to count


class Reader:
    """Reads credentials from memory alone."""

    def __init__(self, known: Known, verifier: CodeVerifier, id_hash_key: bytes) -> None:
        self._known = known
        self._verifier = verifier
        self._key = id_hash_key
        self._names = GateNames(id_hash_key)

    def person(self, resident_id: str) -> Person | None:
        """Return what the keeper sees of a resident, where registration published it."""
        sealed = self._known.credentials.gate_seal(resident_id)
        named = self._names.open(sealed, resident_id) if sealed else None
        return Person(named.name, named.birth_year) if named else None

    def went_out(self, outings: Iterable[Outing]) -> tuple[WentOut, ...]:
        """Return what the keeper sees of those of a household who went out, by time."""
        masked = ((one.at, self.person(one.resident_id)) for one in sorted(outings, key=lambda one: one.at))
        return tuple(WentOut(person.name, at) for at, person in masked if person)

    def read(self, line: Line, at: datetime, as_of: datetime | None, when: datetime | None = None) -> Proof:
        """Return what was shown at that time; `as_of` says how new the list of exceptions is.

        A credential of two residents is taken for that of the one with the stricter standing, now or at `when`.
        """
        kind = line.kind
        if line.problem:
            return Proof(kind, problem=Reason.CREDENTIAL_UNREADABLE)
        if kind is CredentialKind.CODE:
            return self._read_code(line.value, at, as_of)
        if kind is CredentialKind.ID_NUMBER and not id_numbers.is_checked(line.value):
            return Proof(kind, None, Reason.ID_NUMBER_WRONG)
        if kind is CredentialKind.CARD or kind is CredentialKind.ID_NUMBER:
            holders = self._known.credentials.holders(keyed_hash(self._key, kind.value, line.value))
            resident_id = holders[0] if len(holders) == 1 else self._strictest(holders, when)
            return Proof(kind, resident_id, None if resident_id else Reason.CREDENTIAL_UNKNOWN)
        return Proof(kind)

    def _strictest(self, holders: Sequence[str], when: datetime | None) -> str | None:
        standing = self._known.exceptions.standing
        return max(holders, key=lambda one: strictness(standing(one, when)), default=None)

    def _read_code(self, text: str, at: datetime, as_of: datetime | None) -> Proof:
        kind = CredentialKind.CODE
        try:
            code = self._verifier.verify(text, at)
        except CodeRefused as error:
            wrong = Reason.CODE_EXPIRED if error.reason is BadCode.EXPIRED else Reason.CODE_FORGED
            return Proof(kind, error.resident_id, wrong)
        # The list knows better than a code that is older, or that was printed once and says what held then.
        newer = not code.printed and (as_of is None or code.issued_at > as_of)
        revoked = self._known.revocations.counts(code.code_id, at)
        revocation = Reason.CODE_REVOKED if revoked else None
        colour = code.colour if newer else Colour.GREEN
        resident_id = self._known.credentials.survivor(code.resident_id)
        return Proof(kind, resident_id, revocation, colour, fresh=not code.printed, pass_id=code.pass_id)

    def permitted(self, proof: Proof, value: str, direction: Direction, there: Spot) -> Proof:
        """Return the same with a permit of the holder of this credential that holds there and then, where there is one.

        A person unknown otherwise may have registered as a visitor, by a slip, an ID number or a plate (R2.5).
        """
        kinds = [PermitKind.EXIT] if direction is Direction.OUT else [PermitKind.ENTRY, PermitKind.VISITOR]
        holders = list(self._known.credentials.ids_of(proof.resident_id)) if proof.resident_id else []
        if proof.kind is not CredentialKind.CODE:
            holders.append(keyed_hash(self._key, proof.kind.value, value))
            kinds.append(PermitKind.VISITOR)
        for holder in holders:
            for kind in kinds:
                where = (there.checkpoint_id, there.path, there.at, there.passes)
                if permit_id := self._known.permits.find(kind, holder, *where):
                    problem = None if proof.problem in UNIDENTIFIED else proof.problem
                    return msgspec.structs.replace(proof, problem=problem, permit_id=permit_id)
        return self._by_pass(proof, there) if direction is Direction.OUT else proof

    def _by_pass(self, proof: Proof, there: Spot) -> Proof:
        """Return the same with the exit permission by which the resident may leave, where there is one (R1.8)."""
        if proof.resident_id is None:
            return proof
        exit_id = self._known.passes.lets_out(
            proof.resident_id, there.checkpoint_id, there.path, there.at, there.passes
        )
        return msgspec.structs.replace(proof, permit_id=exit_id) if exit_id else proof

    def presented(self, text: str, at: datetime) -> str:
        """Return the id of the permission that the text of a pass names; none for one that has expired.

        What is no pass of ours names itself, which is no permission of any person.
        """
        try:
            return self._verifier.verify(text, at).pass_id or text
        except CodeRefused as error:
            return "" if error.reason is BadCode.EXPIRED else text
