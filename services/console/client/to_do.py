"""What waits for a person, as each service counts it: one answer a service."""

from pydantic import BaseModel

from services.console.client.counts import CaseCounts


class Waiting(BaseModel):
    """How much waits, and how much of it is late."""

    open: int
    late: int


class OfRegistration(BaseModel):
    """Colour orders, appeals, journeys, imports and rows to examine; None for what the person may not decide."""

    orders: int | None
    own_orders: int | None
    appeals: Waiting
    journeys_to_confirm: int | None
    journeys_planned: int
    imports_running: int
    bad_imports: int
    examinations: int | None


class OfCheckpoint(BaseModel):
    """Alerts and overrides to review, and silent gates."""

    alerts: int
    alerts_by_rule: dict[str, int]
    overrides: int
    overrides_late: int
    silent_gates: int


class OfIsolation(BaseModel):
    """Cases that have not ended, and reports of today that are missing."""

    cases: CaseCounts
    missing_reports: int
