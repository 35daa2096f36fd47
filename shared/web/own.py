"""No official decides on the own person, the own household or a person whom they keep: one rule for every service.

A member of staff is linked to the own resident file by the token's claim `resident_id`, by the subject itself where it
is the resident's id, and by the `staff_id` that registration holds in the file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.base.errors import Conflict
from shared.base.normal_form import word
from shared.base.persons import same_person
from shared.web.access import Principal

TEXT = "This decision is about yourself, your household or a person whom you keep: ask a colleague to take it"


class Lives(Protocol):
    """A resident and the household."""

    @property
    def resident_id(self) -> str:
        """The id of the resident."""
        ...

    @property
    def household_id(self) -> str:
        """The id of the household."""
        ...


class Files(Protocol):
    """Resident files, as a service has them."""

    async def own(self, resident_ids: Collection[str], staff_id: str) -> Sequence[Lives]:
        """Return the files with these ids, and those that are linked to the member of staff (in normal form)."""
        ...


@dataclass(frozen=True)
class Own:
    """What is the caller's own: the resident files of the caller, and the households behind their doors."""

    subject: str
    residents: frozenset[str]
    households: frozenset[str]

    def concerns(self, resident_id: str | None, household_id: str | None, *keepers: str | None) -> bool:
        """Whether a decision about the resident, the household or a person with these keepers is about the caller."""
        if resident_id in self.residents or household_id in self.households:
            return True
        return any(same_person(self.subject, keeper) for keeper in keepers)

    def require_stranger(self, resident_id: str | None, household_id: str | None, *keepers: str | None) -> None:
        """Raise `Conflict` where the decision concerns the caller."""
        if self.concerns(resident_id, household_id, *keepers):
            raise Conflict("access.own_decision", TEXT)


async def own_of(files: Files, caller: Principal) -> Own:
    """Return what is the caller's own, by claim, subject and registered link."""
    ids = {one for one in (caller.subject, caller.resident_id) if one}
    living = await files.own(ids, word(caller.subject))
    households = frozenset(one.household_id for one in living)
    return Own(caller.subject, frozenset(ids | {one.resident_id for one in living}), households)
