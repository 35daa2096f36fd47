"""Break-glass: a member of staff reads outside the own area, for a reason and some hours; auditors see it at once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.base.errors import Conflict, DomainError, Invalid
from shared.base.private import SEALED
from shared.events.registration import PlaceLevel

# Larger areas are never opened: who needs a whole city has another role.
CLOSED_LEVELS = frozenset({PlaceLevel.CITY, PlaceLevel.DISTRICT})


@dataclass(frozen=True)
class BreakGlass:
    """The area `area_path` is open to the subject, for reading alone, until `expires_at` or `closed_at`."""

    glass_id: str
    subject: str
    own_area: str
    area_path: str
    reason: str = field(metadata=SEALED)
    opened_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None
    closed_by: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it counts at that time."""
        return self.closed_at is None and now < self.expires_at


def check_area(level: PlaceLevel, path: str, sees_it: bool) -> None:
    """Raise `Conflict` for an area that is open anyway, `DomainError` for one that is too large."""
    if sees_it:
        text = f"{path} lies within your own area: read it without break-glass"
        raise Conflict("registration.break_glass_needless", text, detail_zh="该区域在您的辖区内，无需紧急访问")
    if level in CLOSED_LEVELS:
        text = f"{path} is a whole {level}: open the street or the community that you need"
        chinese = f"{path} 范围过大：请只打开所需的街道或社区"
        raise DomainError("registration.break_glass_too_wide", text, detail_zh=chinese)


def check_length(length: timedelta, longest: timedelta) -> None:
    """Raise `Invalid` where an area would be open for longer than the policy permits."""
    if length > longest:
        minutes = int(longest.total_seconds() // 60)
        text = f"An area is open for at most {minutes} minutes: state fewer, and open it again if you must"
        chinese = f"最长 {minutes} 分钟：请缩短时间，必要时再次申请"
        raise Invalid("registration.break_glass_too_long", text, detail_zh=chinese)


def close(glass: BreakGlass, by: str, now: datetime) -> BreakGlass:
    """Return it as closed; again, or after its end, it stays as it is."""
    return replace(glass, closed_at=now, closed_by=by) if glass.is_open(now) else glass
