"""Deliveries and messages."""

from collections.abc import Sequence

from services.console.client import goods, receipts
from services.console.routes.boxes import BOX_S, Count, Desk
from services.console.routes.callers import STAFF
from services.console.showing.texts import N_


async def supply(desk: Desk) -> Sequence[Count]:
    """Count the deliveries that are due, late, without a volunteer or waiting for goods; a volunteer's own alone."""
    counts = await desk.visit.api.get("supply", "/v1/deliveries/counts", goods.DeliveryCounts, BOX_S)
    if not desk.visit.is_one_of(STAFF):
        return [
            Count(N_("deliveries for you to bring today"), str(counts.due), "/supply/run", bool(counts.due)),
            Count(N_("of which late"), str(counts.late), "/supply?state=late", bool(counts.late)),
        ]
    return [
        Count(N_("deliveries due today or late"), str(counts.due), "/supply?state=due"),
        Count(N_("of which late"), str(counts.late), "/supply?state=late", bool(counts.late)),
        Count(N_("of which without a volunteer"), str(counts.without_carrier), "/supply?state=due"),
        Count(N_("deliveries that wait for goods"), str(counts.waiting), "/supply?state=waiting", bool(counts.waiting)),
    ]


async def messages(desk: Desk) -> Sequence[Count]:
    """Count the copies of messages that have failed or are on their way."""
    counts = await desk.visit.api.get("notification", "/v1/messages/counts", receipts.MessageCounts, BOX_S)
    return [
        Count(
            N_("copies of messages failed within 7 days"),
            str(counts.failed),
            "/messages?state=failed",
            counts.failed > 0,
        ),
        Count(N_("are on their way"), str(counts.sending), "/messages?state=sending"),
    ]
