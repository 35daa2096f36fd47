"""Exit permissions (外出许可), as registration publishes them: who may leave, how far, when and how often (R1.8)."""

from datetime import datetime

from shared.envelope.event import Event
from shared.envelope.open_enum import OpenEnum
from shared.events.registration_zones import PassClass

EXITS = "registration.exits.v1"


class ExitReach(OpenEnum):
    """How far a permission reaches: out of the closed compound, the city or the province."""

    COMPOUND = "compound"
    CITY = "city"
    PROVINCE = "province"


class ExitState(OpenEnum):
    """Where an exit permission stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ExitEvent(Event, topic=EXITS, key="exit_id", compacted=True, base=True):
    """The public state of an exit permission; gates decide by it from memory.

    `travellers` are the resident and those of the household who travel along. With `gates`, ids of checkpoints, it
    holds there alone. `exits` is how often each traveller may leave (0: any number); `plate_hash` is the keyed hash of
    the vehicle's plate. `serves` says how needful it is.
    """

    exit_id: str
    resident_id: str
    household_id: str
    area_path: str
    travellers: tuple[str, ...]
    reach: ExitReach
    state: ExitState
    since: datetime
    until: datetime
    exits: int = 0
    gates: tuple[str, ...] = ()
    plate_hash: str | None = None
    serves: PassClass = PassClass.OTHER

    @property
    def ended(self) -> bool:
        """Whether it will never let a person through again."""
        return self.state not in (ExitState.REQUESTED, ExitState.APPROVED)


class ExitRequested(ExitEvent):
    """A permission to leave was asked for."""


class ExitApproved(ExitEvent):
    """An official approved it: the pass (健康通行码) is good from `since` to `until`."""


class ExitRefused(ExitEvent):
    """An official refused it, with a reason in words that the person reads."""


class ExitWithdrawn(ExitEvent):
    """It was taken back by who asked for it."""


class ExitRevoked(ExitEvent):
    """It counts no longer: an official revoked it, or a traveller is green no more."""


class ExitExpired(ExitEvent):
    """Its time is over; a request was not decided before it."""
