"""The decision at a gate: pure rules over a credential's proof, what is known of the person, and the gate's policy."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from services.checkpoint.domain import zones
from services.checkpoint.domain.policy import USUAL
from services.checkpoint.domain.reasons import Reason
from services.checkpoint.domain.zones import Zoned
from shared.base.temperature import exceeds
from shared.events.checkpoint import AdmissionRule, CredentialKind, Direction, ExitRule, Policy, Verdict, VisitorRule
from shared.events.registration import Colour

_DENY = {
    Reason.CODE_FORGED,
    Reason.ISOLATED_NO_EXIT,
    Reason.FEVER,
    Reason.EXIT_NEEDS_PERMIT,
    Reason.CURFEW,
    Reason.NOT_LISTED,
    Reason.VISITORS_BARRED,
    Reason.ZONE_NO_EXIT,
    Reason.ZONE_NO_ENTRY,
    Reason.HOUSEHOLD_QUOTA,
    Reason.PASS_MISSING,
    Reason.PASS_OF_ANOTHER,
    Reason.PASS_EARLY,
    Reason.PASS_EXPIRED,
    Reason.PASS_USED_UP,
    Reason.PASS_REVOKED,
    Reason.PASS_WRONG_PLATE,
    Reason.PASS_ELSEWHERE,
}
_SEVERITY = {Colour.GREEN: 0, Colour.YELLOW: 1, Colour.RED: 2}
# A list that is older no longer says who is green: then a code decides by what it says itself.
LIST_GOOD_FOR = timedelta(hours=24)
_STRICTNESS = {Verdict.ALLOW: 0, Verdict.RECHECK: 1, Verdict.DENY: 2}


class Proof(msgspec.Struct, frozen=True):
    """What the credential proved: whose it is, or why it proved nothing.

    An expired code has both. `colour` is what a code says that is newer than the list of exceptions. `permit_id` is of
    a permit that holds here and now, to go the way that the person goes. `fresh` is a good code that was not printed:
    it says itself what held some minutes ago. `pass_id` is of a pass that was shown instead of a code;
    `pass_problem` is why no pass lets the person out.
    """

    kind: CredentialKind
    resident_id: str | None = None
    problem: Reason | None = None
    colour: Colour = Colour.GREEN
    permit_id: str | None = None
    fresh: bool = False
    pass_id: str = ""
    pass_problem: Reason | None = None


class Standing(msgspec.Struct, frozen=True):
    """What is known of a resident who is an exception; all others are green."""

    colour: Colour
    isolated: bool


GREEN = Standing(Colour.GREEN, False)


class Measured(msgspec.Struct, frozen=True):
    """What the gate measured: which way, degrees Celsius where measured, a mask or none where looked at."""

    direction: Direction
    temperature_c: float | None = None
    mask: bool | None = None


class Rules(msgspec.Struct, frozen=True):
    """What holds at the gate when a person is scanned; `policy` is None while it is not loaded.

    `zone` is what a zone or a quota means for the person; None where there is neither.
    """

    policy: Policy | None = USUAL
    curfew: bool = False
    zone: Zoned | None = None


class Decision(msgspec.Struct, frozen=True):
    """The verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


_ALLOWED = Decision(Verdict.ALLOW, ())
_USUAL_RULES = Rules()


def decide(proof: Proof, standing: Standing | None, seen: Measured, rules: Rules = _USUAL_RULES) -> Decision:
    """Decide on a scan (R2.3). `standing` is None while nothing is known and the list of exceptions is not loaded.

    A temperature is a fever over the policy's threshold, by default 37.3 degrees Celsius, and at it where the policy
    says so. Every reason is given, the strictest decides.
    """
    reasons: list[Reason] = [proof.problem] if proof.problem else []
    policy = rules.policy
    if policy is None:
        reasons.append(Reason.POLICY_UNAVAILABLE)
        policy = USUAL
    if proof.resident_id is not None:
        _judge_resident(reasons, standing, proof.colour, seen.direction)
    elif proof.kind is CredentialKind.VISITOR and seen.temperature_c is None:
        reasons.append(Reason.TEMPERATURE_MISSING)
    if policy is not USUAL and proof.permit_id is None:
        _judge_passage(reasons, proof, seen.direction, policy, rules.curfew)
    if rules.zone is not None and proof.permit_id is None:
        held_up = zones.judge(rules.zone, proof.kind, proof.resident_id is not None, seen.direction)
        reasons += [held_up] if held_up else []
    measured = seen.temperature_c
    if measured is not None and exceeds(measured, policy.fever_over_c, policy.fever_at_limit):
        reasons.append(Reason.FEVER)
    if seen.mask is False and policy.mask_required:
        reasons.append(Reason.MASK_MISSING)
    return Decision(_verdict(reasons, seen.direction), tuple(reasons)) if reasons else _ALLOWED


def strictness(standing: Standing | None) -> tuple[bool, int]:
    """Return by what standings are compared: isolation first, then the colour; not known is as green."""
    return (standing.isolated, _SEVERITY[standing.colour]) if standing else (False, 0)


def also(decision: Decision, reason: Reason) -> Decision:
    """Return the decision with one more reason, for which a person is at least checked by hand."""
    verdict = max(decision.verdict, Verdict.RECHECK, key=_STRICTNESS.__getitem__)
    return Decision(verdict, (*decision.reasons, reason))


def withhold(full: Decision, answered: Decision) -> Decision:
    """Return what is recorded of a person whose state the gate must not learn: the verdict as answered, all reasons."""
    others = tuple(reason for reason in full.reasons if reason not in answered.reasons)
    return Decision(answered.verdict, answered.reasons + others)


def by_list(
    standing: Standing | None, proof: Proof, age: timedelta, good_for: timedelta = LIST_GOOD_FOR
) -> Standing | None:
    """Return the standing by a list of that age: by an old list, only a fresh code makes green."""
    return None if standing == GREEN and age > good_for and not proof.fresh else standing


def _judge_resident(reasons: list[Reason], standing: Standing | None, code: Colour, direction: Direction) -> None:
    if standing is None:
        reasons.append(Reason.STANDINGS_UNAVAILABLE)
        standing = GREEN
    # A code makes it stricter, never milder.
    colour = code if _SEVERITY[code] > _SEVERITY[standing.colour] else standing.colour
    if standing.isolated:
        reasons.append(Reason.ISOLATED_NO_EXIT if direction is Direction.OUT else Reason.ISOLATED_ESCORT)
    elif colour is not Colour.GREEN:
        reasons.append(Reason.CODE_RED if colour is Colour.RED else Reason.CODE_YELLOW)


def _judge_passage(reasons: list[Reason], proof: Proof, direction: Direction, policy: Policy, curfew: bool) -> None:
    """Add what keeps a person without a permit from going this way."""
    if direction is Direction.OUT:
        if proof.kind in (CredentialKind.VISITOR, CredentialKind.PLATE):  # a visitor goes home; those on board decide
            return
        if policy.exits is ExitRule.PERMIT:
            reasons.append(Reason.EXIT_NEEDS_PERMIT)
        if policy.leads_out:
            reasons.append(proof.pass_problem or Reason.PASS_MISSING)
        if curfew:
            reasons.append(Reason.CURFEW)
    elif policy.admission is AdmissionRule.LISTED:
        reasons.append(Reason.NOT_LISTED)
    elif proof.kind is CredentialKind.VISITOR and policy.visitors is VisitorRule.NONE:
        reasons.append(Reason.VISITORS_BARRED)
    elif proof.kind is CredentialKind.VISITOR and policy.visitors is VisitorRule.REGISTERED:
        reasons.append(Reason.VISITOR_UNREGISTERED)


def of_vehicle(vehicle: Decision, on_board: Sequence[Decision], watched: bool) -> Decision:
    """Return what holds for a vehicle: the strictest of its own verdict and those on board, with every reason (R2.6).

    A plate proves no person: where no credential of those on board came, they are to show theirs.
    """
    decisions = [vehicle, *on_board]
    reasons = dict.fromkeys(reason for decision in decisions for reason in decision.reasons)
    verdicts = [decision.verdict for decision in decisions]
    for applies, reason in ((not on_board, Reason.PERSON_NOT_SHOWN), (watched, Reason.PLATE_WATCHED)):
        if applies:
            reasons[reason] = None
            verdicts.append(Verdict.RECHECK)
    return Decision(max(verdicts, key=_STRICTNESS.__getitem__), tuple(reasons))


def _verdict(reasons: Iterable[Reason], direction: Direction) -> Verdict:
    given = set(reasons)
    if given & _DENY or (Reason.CODE_RED in given and direction is Direction.OUT):
        return Verdict.DENY
    return Verdict.RECHECK if given else Verdict.ALLOW
