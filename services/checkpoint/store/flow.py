"""How many people go through a gate, minute by minute: counted when it is asked, so no second book can differ."""

from collections import Counter
from datetime import datetime

from services.checkpoint.domain.flow import Minute
from services.checkpoint.store.passages import COUNTED
from shared.base import area
from shared.events.checkpoint import Direction, Verdict
from shared.store.mongo import Database
from shared.store.queries import stages


class Flow:
    """The named queries over the flow at gates."""

    def __init__(self, database: Database) -> None:
        self._passages = database["passages"]

    async def at_gate(self, gate_id: str, within: str, since: datetime, until: datetime) -> list[Minute]:
        """Return the minutes in which a scan was made at the gate, in order; scans within seconds are one crossing.

        An index holds gate and time; the passages of the window are all that is read.
        """
        steps = stages([{"gate_id": gate_id, "at": {"$gte": since, "$lt": until}}, COUNTED, area.query(within)])
        minute = {"$dateTrunc": {"date": "$at", "unit": "minute"}}
        key = {"at": minute, "direction": "$direction", "verdict": "$verdict", "reasons": "$reasons"}
        steps.append({"$group": {"_id": key, "count": {"$sum": 1}}})
        minutes: dict[datetime, Counter[str]] = {}
        reasons: dict[datetime, Counter[str]] = {}
        async for row in self._passages.aggregate(steps):
            counts = minutes.setdefault(row["_id"]["at"], Counter())
            counts[row["_id"]["verdict"]] += row["count"]
            if row["_id"]["verdict"] == Verdict.ALLOW:
                counts[row["_id"]["direction"]] += row["count"]
            else:
                why = reasons.setdefault(row["_id"]["at"], Counter())
                why.update({reason: row["count"] for reason in row["_id"].get("reasons") or ()})
        return [_minute(gate_id, at, minutes[at], reasons.get(at, Counter())) for at in sorted(minutes)]


def _minute(gate_id: str, at: datetime, counts: Counter[str], reasons: Counter[str]) -> Minute:
    return Minute(
        gate_id=gate_id,
        at=at,
        came_in=counts[Direction.IN],
        went_out=counts[Direction.OUT],
        allow=counts[Verdict.ALLOW],
        deny=counts[Verdict.DENY],
        recheck=counts[Verdict.RECHECK],
        reasons=dict(sorted(reasons.items())),
    )
