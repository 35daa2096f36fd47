"""What leaving takes, by how far and by date, with the source: example policies, never law in force (R1.8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.base.errors import Invalid
from shared.events.registration_exits import ExitReach

CLOSED_COMPOUNDS = "示例：小区封闭管理凭出门证外出，2020-02"
LEAVING_2020 = "示例：离开本市须报批，凭健康码绿码通行，2020-03"
NINTH_PLAN = "示例：离市人员持 48 小时核酸阴性证明，参照防控方案（第九版），2022-06-28"
TWENTY_MEASURES = "示例：跨省流动持 48 小时核酸阴性证明，参照二十条，2022-11-11"
TEN_MEASURES = "示例：跨地区流动不再查验核酸阴性证明和健康码，参照新十条，2022-12-07"


class ExitNeed(StrEnum):
    """What an approval depends on, for each traveller."""

    GREEN_CODE = "green_code"
    NO_ISOLATION = "no_isolation"
    RECENT_TEST = "recent_test"


@dataclass(frozen=True)
class ExitPolicy:
    """What leaving so far takes from a day of the city on.

    `test_hours`: a test is not older at the departure. `longest_days` is how long a permission may last, `ahead_days`
    how far ahead it may begin, `most_exits` how often a traveller may leave by it (0: any number). Without
    `two_people`, an official of the area permits it in one act.
    """

    reach: ExitReach
    since: date
    source: str
    needs: tuple[ExitNeed, ...]
    test_hours: int
    longest_days: int
    ahead_days: int
    most_exits: int
    two_people: bool


_CALM = (ExitNeed.NO_ISOLATION,)
_GREEN = (ExitNeed.GREEN_CODE, ExitNeed.NO_ISOLATION)
_TESTED = (*_GREEN, ExitNeed.RECENT_TEST)
_COMPOUND, _CITY, _PROVINCE = ExitReach.COMPOUND, ExitReach.CITY, ExitReach.PROVINCE

POLICIES: tuple[ExitPolicy, ...] = (
    ExitPolicy(_COMPOUND, date(2020, 2, 1), CLOSED_COMPOUNDS, _CALM, 0, 30, 30, 0, two_people=False),
    ExitPolicy(_CITY, date(2020, 3, 1), LEAVING_2020, _GREEN, 0, 14, 14, 2, two_people=True),
    ExitPolicy(_PROVINCE, date(2020, 3, 1), LEAVING_2020, _GREEN, 0, 14, 14, 1, two_people=True),
    ExitPolicy(_CITY, date(2022, 6, 28), NINTH_PLAN, _TESTED, 48, 14, 14, 2, two_people=True),
    ExitPolicy(_PROVINCE, date(2022, 6, 28), NINTH_PLAN, _TESTED, 48, 14, 14, 1, two_people=True),
    ExitPolicy(_CITY, date(2022, 11, 11), TWENTY_MEASURES, _GREEN, 0, 30, 30, 4, two_people=True),
    ExitPolicy(_PROVINCE, date(2022, 11, 11), TWENTY_MEASURES, _TESTED, 48, 30, 30, 2, two_people=True),
    ExitPolicy(_CITY, date(2022, 12, 7), TEN_MEASURES, _CALM, 0, 30, 30, 0, two_people=True),
    ExitPolicy(_PROVINCE, date(2022, 12, 7), TEN_MEASURES, _CALM, 0, 30, 30, 0, two_people=True),
)


def policy_at(reach: ExitReach, day: date, policies: Sequence[ExitPolicy] = POLICIES) -> ExitPolicy:
    """Return what leaving so far takes on that day. Raises `Invalid` where no policy has begun."""
    begun = [one for one in policies if one.reach == reach and one.since <= day]
    if not begun:
        text = f"No policy on leaving the {reach} holds on {day}: ask the city to state one"
        raise Invalid("registration.exit_no_policy", text, reach=str(reach), day=day.isoformat())
    return max(begun, key=lambda one: one.since)
