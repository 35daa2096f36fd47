"""The decision at a gate: pure rules over a scan, what is known of the person, and a policy."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.checkpoint.domain.reasons import FEVER_OVER_C, Reason
from shared.events.checkpoint import CredentialKind, Direction, Verdict
from shared.events.registration import Colour

_DENY = {Reason.CODE_FORGED, Reason.ISOLATED_NO_EXIT, Reason.FEVER}
_SEVERITY = (Colour.GREEN, Colour.YELLOW, Colour.RED)


@dataclass(frozen=True)
class Shown:
    """What the credential proved: whose it is, or why it proved nothing.

    An expired code has both. `colour` is what a code says that is newer than the list of exceptions.
    """

    kind: CredentialKind
    resident_id: str | None = None
    problem: Reason | None = None
    colour: Colour = Colour.GREEN


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a resident who is an exception; whoever is none is green."""

    colour: Colour
    isolated: bool


GREEN = Standing(Colour.GREEN, False)


@dataclass(frozen=True)
class Decision:
    """The verdict with its reasons."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


def decide(
    shown: Shown, standing: Standing | None, direction: Direction, temperature_c: float | None, mask: bool | None
) -> Decision:
    """Decide on a scan (R2.3). `standing` is None while nothing is known and the list of exceptions is not loaded.

    A temperature is a fever over 37.3 degrees Celsius, not at it.
    """
    reasons: list[Reason] = [shown.problem] if shown.problem else []
    if shown.resident_id is not None:
        reasons += _for_resident(standing, shown.colour, direction)
    elif shown.kind is CredentialKind.PLATE:
        reasons.append(Reason.PERSON_NOT_SHOWN)
    elif shown.kind is CredentialKind.VISITOR and temperature_c is None:
        reasons.append(Reason.TEMPERATURE_MISSING)
    if temperature_c is not None and temperature_c > FEVER_OVER_C:
        reasons.append(Reason.FEVER)
    if mask is False:
        reasons.append(Reason.MASK_MISSING)
    return Decision(_verdict(reasons, direction), tuple(reasons))


def _for_resident(standing: Standing | None, code: Colour, direction: Direction) -> list[Reason]:
    reasons = [Reason.STANDINGS_UNAVAILABLE] if standing is None else []
    known = standing or GREEN
    colour = max(known.colour, code, key=_SEVERITY.index)  # a code makes it stricter, never milder
    if known.isolated:
        reasons.append(Reason.ISOLATED_NO_EXIT if direction is Direction.OUT else Reason.ISOLATED_ESCORT)
    elif colour is not Colour.GREEN:
        reasons.append(Reason.CODE_RED if colour is Colour.RED else Reason.CODE_YELLOW)
    return reasons


def _verdict(reasons: Iterable[Reason], direction: Direction) -> Verdict:
    found = set(reasons)
    if found & _DENY or (Reason.CODE_RED in found and direction is Direction.OUT):
        return Verdict.DENY
    return Verdict.RECHECK if found else Verdict.ALLOW
