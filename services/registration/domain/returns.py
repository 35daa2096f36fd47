"""Approval of a return: one person, one form, one certificate, one code (一人一表一证一码), two signatures (R1.7)."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from services.registration.domain.journeys import Journey
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.base.private import SEALED
from shared.events.registration import Colour
from shared.events.registration_returns import ReturnState

GRACE = timedelta(days=2)  # house policy: so long after the day of arrival an approval still counts
OPEN = frozenset({ReturnState.OPEN, ReturnState.APPROVED})


class Side(StrEnum):
    """Which side signs: that of the destination, or that of the departure."""

    DESTINATION = "destination"
    DEPARTURE = "departure"


class Needed(StrEnum):
    """What a return may lack."""

    FORM = "form"
    CERTIFICATE = "certificate"
    CODE = "code"
    EMPLOYER_CONSENT = "employer_consent"
    DESTINATION_SIGNATURE = "destination_signature"
    DEPARTURE_SIGNATURE = "departure_signature"


_BEFORE_SIGNATURES = frozenset({Needed.FORM, Needed.CERTIFICATE, Needed.CODE, Needed.EMPLOYER_CONSENT})


class CertificateKind(StrEnum):
    """What a certificate shows."""

    NUCLEIC_ACID = "nucleic_acid"
    HEALTH = "health"
    END_OF_ISOLATION = "end_of_isolation"


@dataclass(frozen=True)
class Form:
    """The form (表): its number, the unit that answers for the person, and why the person returns."""

    unit: str = field(metadata=SEALED)
    reason: str = field(metadata=SEALED)
    number: str = ""


@dataclass(frozen=True)
class Certificate:
    """The certificate (证): what it shows, its number, and the days on which it counts."""

    kind: CertificateKind
    number: str = field(metadata=SEALED)
    issued_on: date
    valid_until: date


@dataclass(frozen=True)
class HeldCode:
    """The health code (码) of the person, and its colour when it was stated."""

    code_id: str
    colour: Colour


@dataclass(frozen=True)
class Signature:
    """Who signed for a side, and when."""

    side: Side
    by: str
    at: datetime


@dataclass(frozen=True)
class Consent:
    """Who of the employer agreed to the return before the journey, and when (本单位同意返岗)."""

    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Return:
    """The approval of one journey home. It is approved with the second signature, and expires after the arrival.

    Where the person works for an employer with clerks, `employer_id` names it, and its consent is needed first.
    """

    return_id: str
    journey_id: str
    resident_id: str
    household_id: str
    area_path: str
    departs_on: date
    arrives_on: date
    asked_by: str
    asked_at: datetime
    form: Form | None = None
    certificate: Certificate | None = None
    code: HeldCode | None = None
    employer_id: str | None = None
    consent: Consent | None = None
    signatures: tuple[Signature, ...] = ()
    state: ReturnState = ReturnState.OPEN
    approved_at: datetime | None = None
    refused_by: str | None = None
    refused_at: datetime | None = None
    refusal: str = field(default="", metadata=SEALED)
    arrived_at: datetime | None = None
    arrival_reported_by: str | None = None

    @property
    def missing(self) -> tuple[Needed, ...]:
        """What it still lacks, in the order in which it is asked for."""
        expired = self.certificate is not None and self.certificate.valid_until < self.departs_on
        return tuple(
            needed
            for needed, lacks in (
                (Needed.FORM, self.form is None),
                (Needed.CERTIFICATE, self.certificate is None or expired),
                (Needed.CODE, self.code is None),
                (Needed.EMPLOYER_CONSENT, self.employer_id is not None and self.consent is None),
                (Needed.DESTINATION_SIGNATURE, self.signed(Side.DESTINATION) is None),
                (Needed.DEPARTURE_SIGNATURE, self.signed(Side.DEPARTURE) is None),
            )
            if lacks
        )

    @property
    def lacks_documents(self) -> bool:
        """Whether the form, the certificate, the code or the employer's consent is missing."""
        return not _BEFORE_SIGNATURES.isdisjoint(self.missing)

    @property
    def consented_by(self) -> str | None:
        """Who of the employer agreed."""
        return self.consent.by if self.consent else None

    @property
    def was_approved(self) -> bool:
        """Whether both sides had signed before the person arrived."""
        return self.approved_at is not None

    @property
    def destination_signed_by(self) -> str | None:
        """Who signed for the destination."""
        return self.signed(Side.DESTINATION)

    @property
    def departure_signed_by(self) -> str | None:
        """Who signed for the departure."""
        return self.signed(Side.DEPARTURE)

    def signed(self, side: Side) -> str | None:
        """Return who signed for a side."""
        return next((one.by for one in self.signatures if one.side is side), None)


def expires_at(arrives_on: date, zone: tzinfo) -> datetime:
    """Return when a return for that day of arrival expires."""
    return datetime.combine(arrives_on + timedelta(days=1), time.min, zone) + GRACE


def require_open(one: Return) -> None:
    """Raise `Conflict` unless a return can still be completed or decided."""
    if one.state is not ReturnState.OPEN:
        raise Conflict("registration.return_decided", f"The return is {one.state} already: ask for a new one")


def complete(one: Return, form: Form | None, certificate: Certificate | None, code: HeldCode | None) -> Return:
    """Return it with the parts that are stated. What was signed was another thing then: both sides sign again."""
    require_open(one)
    changed = replace(one, form=form or one.form, certificate=certificate or one.certificate, code=code or one.code)
    return one if changed == one else replace(changed, signatures=())


def sign(one: Return, side: Side, by: str, now: datetime, today: date) -> Return:
    """Sign for a side; with both signatures it is approved.

    Raises `Conflict` while a document is missing, after the departure, and for a second signature of one person.
    """
    require_open(one)
    if one.lacks_documents:
        missing = ", ".join(needed.value for needed in one.missing if not needed.value.endswith("signature"))
        text = f"The return lacks {missing}: state it before it is signed"
        raise Conflict("registration.return_incomplete", text, missing=missing)
    if today > one.departs_on:
        raise Conflict("registration.return_late", "The journey has begun: a return is approved before it")
    if one.signed(side) is not None:
        raise Conflict("registration.return_signed", "That side has signed already: the other one is missing")
    if any(same_person(by, earlier.by) for earlier in one.signatures):
        text = "The same person does not sign for both sides: ask a colleague of the other one"
        raise Conflict("registration.return_two_people", text)
    signed = replace(one, signatures=(*one.signatures, Signature(side, by, now)))
    return signed if signed.missing else replace(signed, state=ReturnState.APPROVED, approved_at=now)


def consent(one: Return, by: str, now: datetime) -> Return:
    """Let the employer have agreed; again, it changes nothing. Raises `Conflict` for a return that is decided."""
    if one.consent is not None:
        return one
    require_open(one)
    return replace(one, consent=Consent(by, now))


def without_employer(one: Return) -> Return:
    """Return it for a person who works for that employer no longer: no consent of it is needed."""
    return replace(one, employer_id=None, consent=None)


def refuse(one: Return, by: str, reason: str, now: datetime) -> Return:
    """Refuse it, also after it was approved, until the person arrives. Raises `Conflict`."""
    if one.state not in OPEN:
        require_open(one)
    return replace(one, state=ReturnState.REFUSED, refused_by=by, refused_at=now, refusal=reason)


def arrive(one: Return, by: str, now: datetime) -> Return:
    """Let the person have arrived, approved or not. Raises `Conflict` for one whose journey was taken back."""
    if one.state is ReturnState.CANCELLED:
        raise Conflict("registration.journey_cancelled", "The journey is cancelled: declare the new one")
    return replace(one, state=ReturnState.ARRIVED, arrived_at=now, arrival_reported_by=by)


def follow(one: Return, journey: Journey) -> Return:
    """Return it as its journey is now: cancelled with it; on other days the employer and both sides decide again."""
    if one.state not in OPEN:
        return one
    if journey.cancelled:
        return replace(one, state=ReturnState.CANCELLED)
    if (one.departs_on, one.arrives_on) == (journey.departs_on, journey.arrives_on):
        return one
    moved = replace(one, departs_on=journey.departs_on, arrives_on=journey.arrives_on)
    return replace(moved, consent=None, signatures=(), state=ReturnState.OPEN, approved_at=None)


def expire(one: Return) -> Return:
    """Let it count no longer."""
    return replace(one, state=ReturnState.EXPIRED)
