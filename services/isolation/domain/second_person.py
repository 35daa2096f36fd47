"""Rules of the second person: a case on one person's word is confirmed by another within hours, or it ends (R3.1)."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.isolation.domain.cases import Asked, Case, require_open
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.events.isolation import CaseState


def confirm(case: Case, by: str) -> Case:
    """Let a case last that one person ordered or declared. Raises `Conflict` to that person, and where none waits."""
    if case.state is not CaseState.PLANNED:
        require_open(case)
    if same_person(by, case.proposed_by) or same_person(by, case.ordered_by):
        text = "The person on whose word the case rests does not confirm it: ask a colleague"
        raise Conflict("isolation.own_order", text)
    if not case.waits:
        raise Conflict("isolation.confirmed", "The case waits for no second person: it is confirmed, or needs none")
    return replace(case, confirmed_by=by)


def asks(case: Case, by: str, now: datetime, within: timedelta) -> bool:
    """Whether an officer's withdrawal waits for a second officer: none has asked within the time, or only this one."""
    asked = case.cancellation
    return asked is None or now >= asked.at + within or same_person(asked.by, by)


def ask_to_cancel(case: Case, by: str, now: datetime, within: timedelta) -> Case:
    """Return the case with the wish to withdraw it; the same officer again within the time changes nothing."""
    if case.state is not CaseState.PLANNED:
        require_open(case)
    if case.cancellation and same_person(case.cancellation.by, by) and now < case.cancellation.at + within:
        return case
    return replace(case, cancellation=Asked(by, now))
