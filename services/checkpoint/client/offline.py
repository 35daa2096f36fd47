"""The verdict of a device that is cut off: the service's own rules, over the copy of its lists (R2.4)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from services.checkpoint.client.copy import Lists
from services.checkpoint.client.exits import Exits
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
from services.checkpoint.domain.zones import of_device
from shared.base import id_numbers
from shared.events.checkpoint import CredentialKind, Direction, Mode, Verdict
from shared.events.registration import Colour
from shared.health_code import BadCode, CodeRefused

CACHED_FOR = LIST_GOOD_FOR  # as at the service
# For each of these reasons a permit may let a person through, and the device knows no permits.
_UNLESS_PERMITTED = {
    Reason.EXIT_NEEDS_PERMIT,
    Reason.PASS_MISSING,
    Reason.CURFEW,
    Reason.NOT_LISTED,
    Reason.VISITORS_BARRED,
    Reason.VISITOR_UNREGISTERED,
}
_PERSONAL = (CredentialKind.CARD, CredentialKind.ID_NUMBER)

StandingOf = Callable[[str], Standing | None]


class Judged(NamedTuple):
    """A decision, how it was made, how new the list was, and what was decided on those on board.

    `let_out` are the residents who go out now, where the exits of households are counted.
    """

    decision: Decision
    mode: Mode
    as_of: datetime | None
    on_board: tuple[Decision, ...] = ()
    let_out: tuple[str, ...] = ()


def judge(
    line: Line,
    seen: Measured,
    lists: Lists | None,
    exception: StandingOf,
    now: datetime,
    cached_for: timedelta,
    on_board: Sequence[Line] = (),
    exits: Exits | None = None,
) -> Judged:
    """Decide by what the device knows; `exception` says the standing of a resident whom its copy names.

    `on_board` are the credentials of those in a vehicle whose plate the line is; `exits` are those whom the device let
    out before.
    """
    mode = Mode.CACHED if lists is not None and now - lists.as_of <= cached_for else Mode.OFFLINE
    policy = None if lists is None or lists.policies is None else holding(lists.policies, now)
    curfew = lists is not None and policy is not None and in_curfew(now, policy.curfew, lists.zone)
    rules = Rules(policy, curfew, of_device(lists.zones, policy, now) if lists else None)
    let_out: list[str] = []

    def decided(line: Line, seen: Measured) -> Decision:
        if lists is None:
            return _decided(Proof(line.kind, problem=_unknown(line)), None, seen, rules)
        proof, standing = _read(line, lists, now), None
        if proof.resident_id is None:
            return _decided(proof, standing, seen, rules)
        by_copy = exception(proof.resident_id) or GREEN
        standing = by_list(by_copy, proof, now - lists.as_of, cached_for)
        decision = _decided(proof, standing, seen, _of_resident(rules, proof.resident_id, exits, now, lists))
        if _counts(rules, seen) and decision.verdict is Verdict.ALLOW:
            let_out.append(proof.resident_id)
        return decision

    people = tuple(decided(one, Measured(seen.direction)) for one in on_board)  # temperature and mask are the driver's
    decision = decided(line, seen)
    if line.kind is CredentialKind.PLATE and (people or lists is not None):
        decision = of_vehicle(decision, people, policy is not None and watched(line.value, policy))
    return Judged(decision, mode, lists.as_of if lists else None, people, tuple(let_out))


def _counts(rules: Rules, seen: Measured) -> bool:
    return rules.zone is not None and rules.zone.counts_exits and seen.direction is Direction.OUT


def _of_resident(rules: Rules, resident_id: str, exits: Exits | None, now: datetime, lists: Lists) -> Rules:
    """Return the rules with whether the resident's own exits are used up, as far as the device knows."""
    zone = rules.zone
    if zone is None or exits is None or not zone.counts_exits:
        return rules
    used_up = exits.count(resident_id, zone.days, now, lists.zone) >= zone.persons
    return msgspec.structs.replace(rules, zone=msgspec.structs.replace(zone, used_up=used_up)) if used_up else rules


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
