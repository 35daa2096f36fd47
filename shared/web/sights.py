"""What of an answer a role may see where a route is open to more roles: the table of least privilege.

`tests/access/table.py` has the same table as the one of who may call what.
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.web.access import Principal, Role


class Sight(StrEnum):
    """A part of an answer that not every caller of its route may see."""

    TEMPERATURES_AT_GATES = "temperatures_at_gates"
    ISOLATION_BEHIND_DELIVERIES = "isolation_behind_deliveries"  # which deliveries are kits, for whom, of which case
    PHONES_BESIDE_NAMES = "phones_beside_names"


SEEN_BY: Mapping[Sight, frozenset[Role]] = {
    Sight.TEMPERATURES_AT_GATES: frozenset({Role.DOCTOR}),
    Sight.ISOLATION_BEHIND_DELIVERIES: frozenset({Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR}),
    Sight.PHONES_BESIDE_NAMES: frozenset({Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR}),
}


def is_volunteer(caller: Principal) -> bool:
    """Whether the caller's rights to deliveries are a volunteer's alone: those that are assigned to the caller."""
    return Role.VOLUNTEER in caller.roles and not may_see(caller, Sight.ISOLATION_BEHIND_DELIVERIES)


def may_see(caller: Principal, sight: Sight) -> bool:
    """Whether one of the caller's roles may see that part of an answer."""
    return not caller.roles.isdisjoint(SEEN_BY[sight])
