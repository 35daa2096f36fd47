"""When a report of a returnee must be verified, and how many a person may make: by date, with the source (R1.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

NEIGHBOURS = "示例：群众举报返程人员，社区二十四小时内核实，2020-02"
NINTH_PLAN = "示例：重点地区返回人员十二小时内核实，参照防控方案（第九版），2022-06-28"
TWENTY_MEASURES = "示例：返回人员二十四小时内核实，参照二十条，2022-11-11"


@dataclass(frozen=True)
class ReportPolicy:
    """What holds from a day of the city on: verified within `hours`, at most `reports_a_day` of one person."""

    since: date
    source: str
    hours: int
    reports_a_day: int

    def due_at(self, reported_at: datetime) -> datetime:
        """Return when a report must be verified."""
        return reported_at + timedelta(hours=self.hours)


POLICIES: tuple[ReportPolicy, ...] = (
    ReportPolicy(date(2020, 2, 1), NEIGHBOURS, hours=24, reports_a_day=10),
    ReportPolicy(date(2022, 6, 28), NINTH_PLAN, hours=12, reports_a_day=10),
    ReportPolicy(date(2022, 11, 11), TWENTY_MEASURES, hours=24, reports_a_day=10),
)


def policy_at(day: date, policies: Sequence[ReportPolicy] = POLICIES) -> ReportPolicy:
    """Return what holds on that day; before the first policy, the first one."""
    begun = [one for one in policies if one.since <= day]
    return max(begun, key=lambda one: one.since) if begun else min(policies, key=lambda one: one.since)
