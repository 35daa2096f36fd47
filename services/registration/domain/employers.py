"""Employers (单位): what an office states of one, the clerks who act for it, and whether it works (R1.10)."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.base.private import PRIVATE, SEALED
from shared.events.registration_employers import EmployerKind, EmployerState

AT_WORK = frozenset({EmployerState.WORKING, EmployerState.RESUMED})


@dataclass(frozen=True)
class EmployerFacts:
    """What an office states of an employer; `clerk_ids` are the accounts of the persons who act for it."""

    name: str
    code: str
    kind: EmployerKind
    area_path: str
    clerk_ids: tuple[str, ...] = ()


class EmployerAct(StrEnum):
    """By which act an employer changed."""

    REGISTERED = "registered"
    CHANGED = "changed"
    CLOSED = "closed"
    RESUMED = "resumed"


@dataclass(frozen=True)
class EmployerStep:
    """Who changed an employer, by which act, when, from which day on, why; and what it was before."""

    act: EmployerAct
    by: str
    at: datetime
    since: date
    reason: str = field(metadata=SEALED)
    before: EmployerFacts | None = None


@dataclass(frozen=True)
class Employer:
    """An employer at its place; `steps` are all changes of it, the oldest first."""

    employer_id: str
    name: str
    code: str
    kind: EmployerKind
    area_path: str
    state_since: date
    clerk_ids: tuple[str, ...] = ()
    state: EmployerState = EmployerState.WORKING
    steps: tuple[EmployerStep, ...] = field(default=(), metadata=PRIVATE)

    @property
    def facts(self) -> EmployerFacts:
        """What an office has stated of it."""
        return EmployerFacts(self.name, self.code, self.kind, self.area_path, self.clerk_ids)

    @property
    def is_at_work(self) -> bool:
        """Whether its staff come to work."""
        return self.state in AT_WORK

    def is_clerk(self, subject: str) -> bool:
        """Whether the person acts for it."""
        return any(same_person(subject, one) for one in self.clerk_ids)


def register(employer_id: str, facts: EmployerFacts, step: EmployerStep) -> Employer:
    """Return a new employer, which works."""
    return Employer(employer_id, **vars(facts), state_since=step.since, steps=(step,))


def restate(old: Employer, facts: EmployerFacts, step: EmployerStep) -> Employer:
    """Return the employer as it is now stated; the same facts leave it as it is."""
    if _comparable(old.facts) == _comparable(facts):
        return old
    return replace(old, **vars(facts), steps=(*old.steps, replace(step, before=old.facts)))


def turn(old: Employer, state: EmployerState, step: EmployerStep) -> Employer:
    """Return the employer closed, or at work again; again, it stays as it is. Raises `Conflict`.

    What was never closed does not resume, and a change is not dated before an earlier one.
    """
    if old.state is state or (state is EmployerState.RESUMED and old.state is EmployerState.WORKING):
        return old
    if step.since < old.state_since:
        text = f"The employer has changed on {old.state_since} already: state that day or a later one"
        chinese = f"该单位在 {old.state_since} 已有变更：请填写该日或之后的日期"
        raise Conflict("registration.employer_order", text, detail_zh=chinese)
    return replace(old, state=state, state_since=step.since, steps=(*old.steps, step))


def _comparable(facts: EmployerFacts) -> tuple[str, str, EmployerKind, str, Collection[str]]:
    return facts.name, facts.code, facts.kind, facts.area_path, set(facts.clerk_ids)
