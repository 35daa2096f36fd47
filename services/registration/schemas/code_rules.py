"""Bodies about rules of the health code."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.registration.domain.code_rules import DAYS, ColourRule, State
from services.registration.domain.colours import EvidenceKind
from services.registration.schemas import Body, Id, Reason, View
from shared.base import normal_form
from shared.events.registration import Colour
from shared.web.texts import typed
from shared.web.times import ZonedInstant

Text = Annotated[str, typed(normal_form.fold), StringConstraints(min_length=2, max_length=200)]


class ColourRuleBody(Body):
    """A line of the table: evidence of that kind gives the colour, for `days`; isolation until it ends."""

    kind: EvidenceKind
    colour: Colour
    days: Annotated[int, Field(ge=DAYS[0], le=DAYS[1])] | None = None

    def line(self) -> ColourRule:
        """Return the line."""
        return ColourRule(self.kind, self.colour, self.days)


class CodeRulesBody(Body):
    """Rules from `since` on, with their source. The client makes `rules_id` (UUIDv7): a repeat is harmless."""

    rules_id: Id
    since: ZonedInstant
    title: Text
    source: Text
    rules: Annotated[list[ColourRuleBody], Field(max_length=len(EvidenceKind))]


class WithdrawalBody(Body):
    """Why rules are withdrawn."""

    reason: Reason


class ColourRuleView(View):
    """A line of the table; a kind without a line gives no colour."""

    kind: EvidenceKind
    colour: Colour
    days: int | None


class CodeRulesView(View):
    """Rules of the health code; `holds` says whether they hold now, `since` is null for those that always held."""

    rules_id: str
    since: datetime | None
    title: str
    source: str
    rules: list[ColourRuleView]
    state: State
    holds: bool
    proposed_by: str
    proposed_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str


class ExampleView(View):
    """Rules that a city once had, as an example: `cases` are sentences of what they mean."""

    name: str
    since: date
    title: str
    source: str
    rules: list[ColourRuleView]
    cases: list[str]
