"""The verdict of a device that is cut off: the service's own rules, over the copy of its lists (R2.4)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from services.checkpoint.client.copy import Lists
from services.checkpoint.client.recognition import Line
from services.checkpoint.domain.decision import (
    GREEN,
    LIST_GOOD_FOR,
    Decision,
    Measured,
    Proof,
    Rules,
    Standing,
    by_list,
    decide,
    of_vehicle,
)
from services.checkpoint.domain.policy import holding, in_curfew, watched
from services.checkpoint.domain.reasons import Reason
from shared.base import id_numbers
from shared.events.checkpoint import CredentialKind, Mode
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused

CACHED_FOR = LIST_GOOD_FOR  # as at the service
# For each of these reasons a permit may let a person through, and the device knows no permits.
_UNLESS_PERMITTED = {
    Reason.EXIT_NEEDS_PERMIT,
    Reason.CURFEW,
    Reason.NOT_LISTED,
    Reason.VISITORS_BARRED,
    Reason.VISITOR_UNREGISTERED,
}
_PERSONAL = (CredentialKind.CARD, CredentialKind.ID_NUMBER)

StandingOf = Callable[[str], Standing | None]


class Judged(NamedTuple):
    """A decision, how it was made, how new the list was, and what was decided on those on board."""

    decision: Decision
    mode: Mode
    as_of: datetime | None
    on_board: tuple[Decision, ...] = ()


def judge(
    line: Line,
    seen: Measured,
    lists: Lists | None,
    exception: StandingOf,
    now: datetime,
    cached_for: timedelta,
    on_board: Sequence[Line] = (),
) -> Judged:
    """Decide by what the device knows; `exception` says the standing of a resident whom its copy names.

    `on_board` are the credentials of those in a vehicle whose plate the line is.
    """
    mode = Mode.CACHED if lists is not None and now - lists.as_of <= cached_for else Mode.OFFLINE
    policy = None if lists is None or lists.policies is None else holding(lists.policies, now)
    curfew = lists is not None and policy is not None and in_curfew(now, policy.curfew, lists.zone)
    rules = Rules(policy, curfew)

    def decided(line: Line, seen: Measured) -> Decision:
        if lists is None:
            return _decided(Proof(line.kind, problem=_unknown(line)), None, seen, rules)
        proof, standing = _read(line, lists, now), None
        if proof.resident_id is not None:
            by_copy = exception(proof.resident_id) or GREEN
            standing = by_list(by_copy, proof, now - lists.as_of, cached_for)
        return _decided(proof, standing, seen, rules)

    people = tuple(decided(one, Measured(seen.direction)) for one in on_board)  # temperature and mask are the driver's
    decision = decided(line, seen)
    if line.kind is CredentialKind.PLATE and (people or lists is not None):
        decision = of_vehicle(decision, people, policy is not None and watched(line.value, policy))
    return Judged(decision, mode, lists.as_of if lists else None, people)


def _decided(proof: Proof, standing: Standing | None, seen: Measured, rules: Rules) -> Decision:
    decision = decide(proof, standing, seen, rules)
    if _UNLESS_PERMITTED.isdisjoint(decision.reasons):
        return decision
    perhaps = msgspec.structs.replace(proof, permit_id="", problem=proof.problem or Reason.OFFLINE_UNKNOWN)
    return decide(perhaps, standing, seen, rules)


def _unknown(line: Line) -> Reason | None:
    """Return why the device cannot judge a credential without any list."""
    if line.problem:
        return Reason.CREDENTIAL_UNREADABLE
    if _mistyped(line):
        return Reason.ID_NUMBER_WRONG
    if line.kind is CredentialKind.CODE:
        return Reason.STANDINGS_UNAVAILABLE
    return Reason.OFFLINE_UNKNOWN if line.kind in _PERSONAL else None


def _mistyped(line: Line) -> bool:
    return line.kind is CredentialKind.ID_NUMBER and not id_numbers.is_checked(line.value)


def _read(line: Line, lists: Lists, now: datetime) -> Proof:
    if line.problem or line.kind is not CredentialKind.CODE:
        return Proof(line.kind, problem=_unknown(line))
    try:
        code = lists.verifier.verify(line.value, now)
    except CodeRefused as error:
        refused = Reason.CODE_EXPIRED if error.reason is BadCode.EXPIRED else Reason.CODE_FORGED
        return Proof(line.kind, error.resident_id, refused)
    # As at the service: the list knows better than a code that is older, or that was printed once.
    newer = not code.printed and code.issued_at > lists.as_of
    problem = Reason.CODE_REVOKED if code.code_id in lists.revoked else None
    colour = code.colour if newer else Colour.GREEN
    return Proof(line.kind, code.resident_id, problem, colour, fresh=not code.printed)
