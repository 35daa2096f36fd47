"""How long each kind of data about persons is kept, in one dated table with its source; example policies, never law.

The stores remove what is over (a TTL index, or recurring work); `tests/shared/test_retention.py` compares them with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_NO_DAYS = "个人信息保护法第十九条，2021-11-01：为实现目的所必要的最短时间（天数为示例）"
_AUDIT = "信息安全技术 个人信息安全规范（GB/T 35273-2020），2020-03-06：查阅与变更留痕（三年为示例）"


@dataclass(frozen=True)
class Retention:
    """How many days the documents of a collection are kept, counted from the time in `counted_from`, since a day."""

    service: str
    collection: str
    counted_from: str
    days: int
    since: date
    source: str


def _row(service: str, collection: str, counted_from: str, days: int, source: str = _NO_DAYS) -> Retention:
    since = date(2021, 11, 1) if source is _NO_DAYS else date(2020, 3, 6)
    return Retention(service, collection, counted_from, days, since, source)


TABLE: Sequence[Retention] = (
    _row("registration", "resident_changes", "kept_at", 3 * 365, _AUDIT),
    _row("registration", "examinations", "kept_at", 180),
    _row("registration", "examination_notices", "kept_at", 30),
    _row("registration", "imports", "kept_at", 180),
    _row("registration", "import_problems", "kept_at", 180),
    _row("registration", "import_traces", "kept_at", 180),
    _row("registration", "import_kept", "kept_at", 180),
    _row("registration", "import_undos", "kept_at", 180),
    _row("registration", "import_parts", "kept_at", 7),
    _row("registration", "import_claims", "kept_at", 7),
    _row("registration", "card_requests", "kept_at", 400),
    _row("registration", "colour_order_counts", "kept_at", 30),
    _row("checkpoint", "passages", "at", 30),
    _row("checkpoint", "reused", "at", 30),
    _row("checkpoint", "permits", "ends_at", 30),
    _row("checkpoint", "presence", "written_at", 90),
    _row("checkpoint", "alerts", "at", 365),
    _row("checkpoint", "overrides", "at", 365),
    _row("checkpoint", "checkpoint_trail", "at", 3 * 365, _AUDIT),
    _row("checkpoint", "enrolments", "expires_at", 90),
    _row("notification", "messages", "created_at", 180),
    _row("notification", "copies", "created_at", 180),
    *(
        _row(service, "readings", "at", 3 * 365, _AUDIT)
        for service in ("registration", "checkpoint", "isolation", "supply", "notification")
    ),
)


def kept_days(service: str, collection: str, day: date) -> int | None:
    """Return for how many days a service keeps the documents of a collection, by the policy of a day."""
    rows = [one for one in TABLE if (one.service, one.collection) == (service, collection) and one.since <= day]
    return max(rows, key=lambda one: one.since).days if rows else None
