"""Which cases a list is to have, and how many of each kind an area has."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.isolation.domain.cases import Case
from shared.base.persons import same_person
from shared.events.isolation import CaseState


@dataclass(frozen=True)
class CaseFilter:
    """What the cases of a list have in common; an empty field asks for nothing.

    `mine` is the person who is keeper or doctor, `second` the person who may be the second one for what waits. A
    `state` counts whether the list is of open cases or of all.
    """

    only_open: bool = True
    state: CaseState | None = None
    keeper_id: str = ""
    ends_from: date | None = None
    ends_until: date | None = None
    mine: str = ""
    second: str = ""

    def takes(self, case: Case) -> bool:
        """Whether the list has the case."""
        return (
            (self.state is not None or not (self.only_open and case.has_ended))
            and self.state in (None, case.state)
            and self.keeper_id in ("", case.keeper_id)
            and (self.ends_from is None or case.ends_on >= self.ends_from)
            and (self.ends_until is None or case.ends_on <= self.ends_until)
            and self.mine in ("", case.keeper_id, case.doctor_id)
            and (not self.second or waits_for(case, self.second))
        )


def waits_for(case: Case, subject: str) -> bool:
    """Whether this person may be the second one for any of what rests on one person's word in the case."""
    if case.has_ended:
        return False
    first = same_person(subject, case.proposed_by) or same_person(subject, case.ordered_by)
    asked = [one.by for one in case.extensions_asked] + ([case.referral.by] if case.referral else [])
    return (case.waits and not first) or any(not same_person(subject, by) for by in asked)


@dataclass(frozen=True)
class CaseCounts:
    """How many cases of an area have not ended, in each state, and how many of them concern one person.

    `mine` are those of which the person is keeper or doctor, `second` those for which the person may be the second one.
    """

    open: int
    by_state: dict[str, int]
    mine: int
    second: int


def counts_of(groups: Iterable[tuple[str, str | None, str | None, int]], second: int, subject: str) -> CaseCounts:
    """Return the counts, from numbers of open cases by state, keeper and doctor."""
    by_state: dict[str, int] = {}
    mine = 0
    for state, keeper_id, doctor_id, number in groups:
        by_state[state] = by_state.get(state, 0) + number
        mine += number if subject in (keeper_id, doctor_id) else 0
    return CaseCounts(sum(by_state.values()), by_state, mine, second)
