"""How many go through a gate, minute by minute: counted when it is asked, so that there is no second book to keep."""

from collections import Counter
from datetime import datetime

from services.checkpoint.store.pages import stages
from shared.base import area
from shared.events.checkpoint import Verdict
from shared.store.mongo import Database, Document

_KINDS = ("in", "out", *(verdict.value for verdict in Verdict))


class Flow:
    """The named queries over the flow at gates."""

    def __init__(self, database: Database) -> None:
        self._passages = database["passages"]

    async def at_gate(self, gate_id: str, within: str, since: datetime, until: datetime) -> list[Document]:
        """Return the minutes in which somebody was at the gate: who went in and out, and what was decided.

        One index holds gate and time, and the passages of the window are all that is read.
        """
        steps = stages({"gate_id": gate_id, "at": {"$gte": since, "$lt": until}}, [area.query(within)])
        minute = {"$dateTrunc": {"date": "$at", "unit": "minute"}}
        key = {"at": minute, "direction": "$direction", "verdict": "$verdict"}
        steps.append({"$group": {"_id": key, "count": {"$sum": 1}}})
        minutes: dict[datetime, Counter[str]] = {}
        async for row in self._passages.aggregate(steps):
            found = minutes.setdefault(row["_id"]["at"], Counter(dict.fromkeys(_KINDS, 0)))
            found[row["_id"]["verdict"]] += row["count"]
            if row["_id"]["verdict"] == Verdict.ALLOW:
                found[row["_id"]["direction"]] += row["count"]
        return [{"gate_id": gate_id, "at": at} | minutes[at] for at in sorted(minutes)]
