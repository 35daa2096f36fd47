"""When a landlord must have registered a tenant, by date, with the source: example policies, no law in force (R1.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LANDLORDS_ANSWER = "示例：出租户主责任，租客入住二十四小时内登记，2020-02"
NINTH_PLAN = "示例：出租房来访人员十二小时内登记，参照防控方案（第九版），2022-06-28"
TWENTY_MEASURES = "示例：出租户主责任，租客入住二十四小时内登记，参照二十条，2022-11-11"


@dataclass(frozen=True)
class RentalPolicy:
    """What holds for landlords from a day of the city on: tenants are registered within `hours` of their arrival."""

    since: date
    source: str
    hours: int

    def due_at(self, arrived_at: datetime) -> datetime:
        """Return when a tenant must be registered."""
        return arrived_at + timedelta(hours=self.hours)


POLICIES: tuple[RentalPolicy, ...] = (
    RentalPolicy(date(2020, 2, 1), LANDLORDS_ANSWER, hours=24),
    RentalPolicy(date(2022, 6, 28), NINTH_PLAN, hours=12),
    RentalPolicy(date(2022, 11, 11), TWENTY_MEASURES, hours=24),
)


def policy_at(day: date, policies: Sequence[RentalPolicy] = POLICIES) -> RentalPolicy:
    """Return what holds on that day; before the first policy, the first one."""
    begun = [one for one in policies if one.since <= day]
    return max(begun, key=lambda one: one.since) if begun else min(policies, key=lambda one: one.since)
