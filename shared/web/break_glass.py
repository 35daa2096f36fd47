"""Break-glass: a reading that names what its caller opened is answered as if that area were the own one.

A reading is a GET request, or a POST to a route that declares itself one by `reads`: its body says what is read, where
an address must not hold that.
"""

import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar
from weakref import WeakSet

from shared.base.errors import Forbidden
from shared.web.principal import Glass, Principal

HEADER = "Lastmetre-Break-Glass"
MOST = 10_000

R = TypeVar("R", bound=Callable[..., object])
_READINGS: WeakSet[Callable[..., object]] = WeakSet()


def reads(route: R) -> R:
    """Declare a POST route that changes nothing but the record of readings."""
    _READINGS.add(route)
    return route


def is_reading(method: str, route: object) -> bool:
    """Whether a request reads, and does nothing else."""
    return method in ("GET", "HEAD") or (method == "POST" and route in _READINGS)


class _Opened(NamedTuple):
    subject: str
    area: str
    reason: str
    ends_at: float


class BreakGlasses:
    """What is open, by its id, as the topic of registration has it."""

    def __init__(self) -> None:
        self._opened: dict[str, _Opened] = {}

    def put(self, glass_id: str, subject: str, area: str, reason: str, ends_at: float) -> None:
        """Take what was opened, or closed early; of two states of one the one that ends earlier holds."""
        now = time.time()
        if len(self._opened) >= MOST:
            self._opened = {one: glass for one, glass in self._opened.items() if glass.ends_at > now}
        known = self._opened.get(glass_id)
        if known is None or ends_at < known.ends_at:
            self._opened[glass_id] = _Opened(subject, area, reason, ends_at)

    def through(self, caller: Principal, glass_id: str, *, reads: bool) -> Principal:
        """Return the caller as one of the opened area. Raises `Forbidden` where it is not open, or for an act."""
        if not reads:
            raise _reads_alone()
        opened = self._opened.get(glass_id)
        if opened is None or opened.subject != caller.subject or opened.ends_at <= time.time():
            text = (
                "This break-glass is not open to you, or no longer: wait some seconds after you opened it, "
                "or open the area again"
            )
            chinese = "该紧急访问未对您开放或已结束：刚申请的请等待数秒，否则请重新申请"
            raise Forbidden("access.break_glass_closed", text, detail_zh=chinese)
        return caller._replace(area=opened.area, glass=Glass(opened.reason, caller.area))


def require_own_area(caller: Principal) -> None:
    """Raise `Forbidden` to a caller by break-glass: for the GET routes that issue something, such as a health code."""
    if caller.glass is not None:
        raise _reads_alone()


def _reads_alone() -> Forbidden:
    text = f"Break-glass opens an area for reading alone: leave out {HEADER}, or ask the office of that area"
    return Forbidden("access.break_glass_reads", text, detail_zh="紧急访问仅限查看：办理请联系该区域工作人员")
