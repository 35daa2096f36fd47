"""Who sees what not every caller of a route sees."""

from shared.web.sights import Sight
from tests.access.table import DOCTORS, STAFF, Roles

# What of an answer not every caller of its route sees.
SIGHTS: dict[Sight, Roles] = {
    Sight.TEMPERATURES_AT_GATES: DOCTORS,
    Sight.ISOLATION_BEHIND_DELIVERIES: STAFF,
    Sight.PHONES_BESIDE_NAMES: STAFF,
}
