"""Zones of epidemic control, as registration publishes them: lockdown (封控), control (管控), prevention (防范) areas.

Every event carries the whole public state with the rules that hold, so a gate decides by the newest one alone.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum

ZONES = "registration.zones.v1"


class ZoneKind(OpenEnum):
    """The kinds of zones, the strictest first; of several that hold at a place the strictest counts."""

    LOCKDOWN = "lockdown"
    CONTROL = "control"
    PREVENTION = "prevention"


class ZoneState(OpenEnum):
    """Where a zone stands."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ORDERED = "ordered"
    IN_FORCE = "in_force"
    LIFT_ASKED = "lift_asked"
    LIFTED = "lifted"


class ZoneExits(OpenEnum):
    """Who may leave: no resident, so many of a household in so many days, or all."""

    NONE = "none"
    QUOTA = "quota"
    FREE = "free"


class ZoneEntries(OpenEnum):
    """Who may come in: those who live there, once checked by hand; those who live there; or all."""

    CHECKED = "checked"
    RESIDENTS = "residents"
    FREE = "free"


class ZoneDeliveries(OpenEnum):
    """How goods come in: to the door by staff, to the gate, or as ever."""

    TO_DOOR = "to_door"
    TO_GATE = "to_gate"
    FREE = "free"


class PassClass(OpenEnum):
    """How needful what a permit is for: by it zones tell whose permits count."""

    ESSENTIAL = "essential"
    NEEDED = "needed"
    OTHER = "other"


class ZoneRules(BaseModel):
    """What holds in a zone from `since` on, by `source`, until later rules of it begin.

    `passes` are the classes of permits that let a person through all the same. Of a household `quota_persons` may leave
    in `quota_days` days of the city; `reveals_outings` lets the keeper read, masked, who of the household has been out.
    Every resident is tested every `test_every_days` days (0: none); the zone is lifted `lift_after_days` days after its
    beginning at the soonest.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    since: datetime
    source: str
    exits: ZoneExits
    entries: ZoneEntries
    passes: tuple[PassClass, ...] = ()
    quota_persons: int = 0
    quota_days: int = 0
    reveals_outings: bool = False
    deliveries: ZoneDeliveries = ZoneDeliveries.FREE
    test_every_days: int = 0
    lift_after_days: int = 0


class ZoneEvent(Event, topic=ZONES, key="zone_id", compacted=True, base=True):
    """The public state of a zone: the places of `paths` from `since` on, and before `until` once it is lifted.

    `area_path` is the smallest area that holds all of them; `source` the document of the order.
    """

    zone_id: str
    kind: ZoneKind
    state: ZoneState
    area_path: str
    paths: tuple[str, ...]
    households: int
    since: datetime
    until: datetime | None = None
    review_on: date
    source: str
    rules: tuple[ZoneRules, ...]


class ZoneOrdered(ZoneEvent):
    """A zone was ordered; it holds from `since` on."""


class ZoneBegan(ZoneEvent):
    """A zone is in force."""


class ZoneChanged(ZoneEvent):
    """What stands in a zone's public state changed: its lifting was asked or refused, or its rules."""


class ZoneLifted(ZoneEvent):
    """A zone was lifted: from `until` on it holds no more."""
