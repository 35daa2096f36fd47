"""Appeals against a colour: who may decide one, and until when (R1.9)."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from services.registration.domain.orders import ColourOrder
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.base.private import PRIVATE, SEALED
from shared.events.registration import Colour, Outcome


class State(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Appeal:
    """An appeal against the colour that a resident has by a rule and its evidence; its text is `sealed`.

    `decision` is the decider's reason; `ended`: what the colour rested on counts no longer.
    """

    appeal_id: str
    resident_id: str
    area_path: str
    sealed: str = field(metadata=PRIVATE)
    colour: Colour
    rule: str
    evidence: str
    made_by: str
    made_at: datetime
    due_at: datetime
    state: State = State.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision: str = field(default="", metadata=SEALED)
    ended: bool = False

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been decided by now."""
        return self.state is State.OPEN and now >= self.due_at


def check_colour(colour: Colour) -> None:
    """Raise `Conflict` when there is no colour to appeal against."""
    if colour is Colour.GREEN:
        raise Conflict("registration.nothing_to_appeal", "The code is green: there is no colour to appeal against")


def check_decider(appeal: Appeal, order: ColourOrder | None, by: str) -> None:
    """Raise `Conflict` to those who made the appeal or answer for the order that it is about."""
    if same_person(by, appeal.resident_id) or same_person(by, appeal.made_by):
        raise Conflict("registration.own_appeal", "The person who made an appeal does not decide it: ask a colleague")
    if order is not None and (same_person(by, order.proposed_by) or same_person(by, order.decided_by)):
        text = "An officer who proposed or approved an order does not decide an appeal against it: ask a colleague"
        raise Conflict("registration.own_order", text)


def decide(appeal: Appeal, outcome: Outcome, by: str, decision: str, now: datetime) -> Appeal:
    """Uphold or reject an appeal. Raises `Conflict` when that was done before."""
    if appeal.state is not State.OPEN:
        raise Conflict("registration.appeal_decided", f"The appeal is {appeal.state} already: a new one can be made")
    return replace(appeal, state=State(outcome.value), decided_by=by, decided_at=now, decision=decision)
