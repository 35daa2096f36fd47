"""What registration answers about the approval of returns."""

from datetime import date, datetime

from pydantic import BaseModel


class Form(BaseModel):
    """The form of a return."""

    unit: str
    reason: str
    number: str


class Certificate(BaseModel):
    """The certificate of a return."""

    kind: str
    number: str
    issued_on: date
    valid_until: date


class HeldCode(BaseModel):
    """The person's health code when it was stated."""

    code_id: str
    colour: str


class Signature(BaseModel):
    """Who signed for a side, and when."""

    side: str
    by: str
    at: datetime


class Return(BaseModel):
    """The approval of a return: what is stated, who signed, what it lacks, what became of it."""

    return_id: str
    journey_id: str
    resident_id: str
    area_path: str
    departs_on: date
    arrives_on: date
    state: str
    missing: list[str]
    form: Form | None
    certificate: Certificate | None
    code: HeldCode | None
    signatures: list[Signature]
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    approved_at: datetime | None
    refused_by: str | None
    refused_at: datetime | None
    refusal: str
    arrived_at: datetime | None
    arrival_reported_by: str | None

    @property
    def open_sides(self) -> list[str]:
        """The sides that have not signed."""
        signed = {one.side for one in self.signatures}
        return [side for side in ("destination", "departure") if side not in signed]

    @property
    def lacks_documents(self) -> bool:
        """Whether the form, the certificate or the code is missing."""
        return not {"form", "certificate", "code"}.isdisjoint(self.missing)
