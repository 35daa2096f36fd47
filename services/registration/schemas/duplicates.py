"""Bodies about files that may be of one person."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from services.registration.domain.duplicate_pairs import State
from services.registration.schemas import Body, Id, Reason, View


class PairBody(Body):
    """Two files that may be of one person, put on the worklist by hand."""

    first_id: Id
    second_id: Id


class MergeBody(Body):
    """Which of the two files stays, and why both are of one person."""

    survivor_id: Id
    reason: Reason


class PairReasonBody(Body):
    """Why two files are of different people, or are separated again."""

    reason: Reason


class LaterBody(Body):
    """Until when a pair is off the worklist, and why."""

    until: datetime
    reason: Reason


class CheckBody(Body):
    """What is known of a person who is about to be registered."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    id_number: Annotated[str, Field(max_length=40)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    birth_date: date | None = None


class PairItem(View):
    """Two files that may be of one person: why, in codes and in words, and what was decided."""

    pair_id: str
    first_id: str
    second_id: str
    area_path: str
    score: int
    reasons: list[str]
    explanation: str
    explanation_zh: str
    proposed_at: datetime
    state: State
    survivor_id: str | None
    decided_by: str | None
    decided_at: datetime | None
    confirmed_by: str | None
    later_until: datetime | None
    reason: str


class Difference(View):
    """One thing that two files state, side by side."""

    field: str
    title: str
    first: str
    second: str
    same: bool


class PairView(PairItem):
    """A pair with both files side by side."""

    differences: list[Difference]


class Candidate(View):
    """A file that may be of the same person, and why."""

    resident_id: str
    area_path: str
    name: str
    score: int
    reasons: list[str]
    explanation: str
    explanation_zh: str


class CandidatesView(View):
    """The files of the caller's area that may be of a person, the likeliest first."""

    items: list[Candidate]


class WeightView(View):
    """What one reason weighs."""

    reason: str
    title: str
    weight: int


class DuplicateRulesView(View):
    """What each reason weighs from a day on, and from how many points on a pair is proposed."""

    since: date
    title: str
    source: str
    propose_from: int
    weights: list[WeightView]
