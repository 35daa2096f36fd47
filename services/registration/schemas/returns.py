"""Bodies about the approval of returns."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from services.registration.domain.returns import CertificateKind, Side
from services.registration.schemas import Body, Code, Id, Reason, View
from shared.events.registration import Colour
from shared.events.registration_returns import ReturnState
from shared.web.times import Day

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class ReturnBody(Body):
    """The journey whose return is to be approved. The client makes `return_id` (UUIDv7): a repeat is harmless."""

    return_id: Id
    journey_id: Id


class FormBody(Body):
    """The form (表): its number, the unit that answers for the person, and why the person returns."""

    unit: Text
    reason: Text
    number: Number = ""


class CertificateBody(Body):
    """The certificate (证): what it shows, its number and the days on which it counts."""

    kind: CertificateKind
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    issued_on: Day
    valid_until: Day

    @model_validator(mode="after")
    def check_days(self) -> "CertificateBody":
        """Raise `ValueError` for one that ends before it begins."""
        if self.valid_until < self.issued_on:
            raise ValueError("valid_until lies before issued_on: correct the days (有效期早于签发日期)")
        return self


class PartsBody(Body):
    """Parts of a return: those that are stated replace what was stated before."""

    form: FormBody | None = None
    certificate: CertificateBody | None = None
    code_id: Code | None = None


class ConsentView(View):
    """Who of the employer agreed, and when."""

    by: str
    at: datetime


class SignatureBody(Body):
    """For which side the caller signs."""

    side: Side


class ReturnRefusalBody(Body):
    """Why a return is refused."""

    reason: Reason


class FormView(View):
    """The form of a return."""

    unit: str
    reason: str
    number: str


class CertificateView(View):
    """The certificate of a return."""

    kind: CertificateKind
    number: str
    issued_on: date
    valid_until: date


class HeldCodeView(View):
    """The health code of the person, and its colour when it was stated."""

    code_id: str
    colour: Colour


class SignatureView(View):
    """Who signed for a side, and when."""

    side: Side
    by: str
    at: datetime


class ReturnView(View):
    """The approval of a return (一人一表一证一码): what is stated, who signed, what it lacks, what became of it."""

    return_id: str
    journey_id: str
    resident_id: str
    area_path: str
    departs_on: date
    arrives_on: date
    state: ReturnState
    missing: Annotated[
        tuple[str, ...], Field(description="What it lacks: form, certificate, code, consent, signatures")
    ]
    form: FormView | None
    certificate: CertificateView | None
    code: HeldCodeView | None
    employer_id: str | None
    consent: ConsentView | None
    signatures: list[SignatureView]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    approved_at: datetime | None
    refused_by: str | None
    refused_at: datetime | None
    refusal: str
    arrived_at: datetime | None
    arrival_reported_by: str | None
