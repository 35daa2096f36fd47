"""What holds in zones and what lifting one takes, by date and with the source: example policies, never law in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from shared.base.errors import Invalid
from shared.events.registration import PlaceLevel
from shared.events.registration_zones import PassClass, ZoneDeliveries, ZoneEntries, ZoneExits, ZoneKind, ZoneRules

NINTH_PLAN = "新型冠状病毒肺炎防控方案（第九版），2022-06-28"
TWENTY_MEASURES = "关于进一步优化新冠肺炎疫情防控措施（二十条），2022-11-11"
CHAIN = (PlaceLevel.STREET, PlaceLevel.DISTRICT, PlaceLevel.CITY)


@dataclass(frozen=True)
class ZonePolicy:
    """What holds in zones of a kind from a day of the city on.

    An order for `two_from` households or more takes a second person. `checklist` are the items that are ticked before
    the lifting is asked for; the lifting is asked for and approved by officials of the levels in `chain`.
    """

    kind: ZoneKind
    since: date
    source: str
    exits: ZoneExits
    entries: ZoneEntries
    passes: tuple[PassClass, ...]
    deliveries: ZoneDeliveries
    test_every_days: int
    lift_after_days: int
    checklist: tuple[str, ...]
    two_from: int
    quota_persons: int = 0
    quota_days: int = 0
    reveals_outings: bool = False
    chain: tuple[PlaceLevel, ...] = CHAIN


_TESTED = ("no_new_case", "test_rounds_done", "last_contact_negative", "disinfected", "supplies_settled")
_CALM = ("no_new_case", "test_rounds_done")
# By class: essential permits are for a doctor, work, deliveries, officials and those on a gate's list.
_LOCKDOWN_PASSES = (PassClass.ESSENTIAL,)
_CONTROL_PASSES = (PassClass.ESSENTIAL, PassClass.NEEDED)
_PREVENTION_PASSES = (PassClass.ESSENTIAL, PassClass.NEEDED, PassClass.OTHER)

POLICIES: tuple[ZonePolicy, ...] = (
    ZonePolicy(
        ZoneKind.LOCKDOWN,
        date(2022, 6, 28),
        NINTH_PLAN,
        ZoneExits.NONE,
        ZoneEntries.CHECKED,
        _LOCKDOWN_PASSES,
        ZoneDeliveries.TO_DOOR,
        test_every_days=1,
        lift_after_days=7,
        checklist=_TESTED,
        two_from=1,
    ),
    ZonePolicy(
        ZoneKind.LOCKDOWN,
        date(2022, 11, 11),
        TWENTY_MEASURES,
        ZoneExits.NONE,
        ZoneEntries.CHECKED,
        _LOCKDOWN_PASSES,
        ZoneDeliveries.TO_DOOR,
        test_every_days=1,
        lift_after_days=5,
        checklist=_TESTED,
        two_from=1,
    ),
    ZonePolicy(
        ZoneKind.CONTROL,
        date(2022, 6, 28),
        NINTH_PLAN,
        ZoneExits.QUOTA,
        ZoneEntries.RESIDENTS,
        _CONTROL_PASSES,
        ZoneDeliveries.TO_GATE,
        test_every_days=2,
        lift_after_days=7,
        checklist=_TESTED,
        two_from=1,
        quota_persons=1,
        quota_days=2,
        reveals_outings=True,
    ),
    ZonePolicy(
        ZoneKind.PREVENTION,
        date(2022, 6, 28),
        NINTH_PLAN,
        ZoneExits.FREE,
        ZoneEntries.FREE,
        _PREVENTION_PASSES,
        ZoneDeliveries.FREE,
        test_every_days=3,
        lift_after_days=3,
        checklist=_CALM,
        two_from=1_000,
    ),
)


def policy_at(kind: ZoneKind, day: date, policies: Sequence[ZonePolicy] = POLICIES) -> ZonePolicy:
    """Return what holds in zones of the kind on that day. Raises `Invalid` where no policy has begun."""
    begun = [one for one in policies if one.kind == kind and one.since <= day]
    if not begun:
        raise Invalid("registration.zone_no_policy", f"No policy on zones of the kind {kind} holds on {day}")
    return max(begun, key=lambda one: one.since)


def rules_from(
    kind: ZoneKind,
    day: date,
    zone: tzinfo,
    quota: tuple[int, int] | None = None,
    policies: Sequence[ZonePolicy] = POLICIES,
) -> tuple[ZoneRules, ...]:
    """Return the rules that hold in a zone from that day on, those of later policies too, each from its beginning.

    `quota`, persons of a household in so many days, takes the place of the policy's where residents leave by quota.
    """
    first = policy_at(kind, day, policies)
    later = sorted((one for one in policies if one.kind == kind and one.since > first.since), key=lambda one: one.since)
    return tuple(_rules(one, zone, quota) for one in (first, *later))


def _rules(policy: ZonePolicy, zone: tzinfo, quota: tuple[int, int] | None) -> ZoneRules:
    persons, days = policy.quota_persons, policy.quota_days
    if quota and policy.exits == ZoneExits.QUOTA:
        persons, days = quota
    return ZoneRules(
        since=datetime.combine(policy.since, time.min, zone),
        source=policy.source,
        exits=policy.exits,
        entries=policy.entries,
        passes=policy.passes,
        quota_persons=persons,
        quota_days=days,
        reveals_outings=policy.reveals_outings,
        deliveries=policy.deliveries,
        test_every_days=policy.test_every_days,
        lift_after_days=policy.lift_after_days,
    )
