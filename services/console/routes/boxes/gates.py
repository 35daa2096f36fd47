"""Gates: alerts, silence, overrides."""

from collections.abc import Sequence

from services.console.routes.boxes import Count, Desk
from services.console.showing.texts import N_


async def at_gates(desk: Desk) -> Sequence[Count]:
    """Count the alerts to review, the grave ones among them, and the silent gates."""
    waiting = await desk.checkpoint()
    grave = ((N_("of which left isolation"), "breach"), (N_("of which fevers at gates"), "fever"))
    return [
        Count(N_("alerts wait for a review"), str(waiting.alerts), "/alerts", waiting.alerts > 0),
        *(
            Count(text, str(waiting.alerts_by_rule[rule]), f"/alerts?rule={rule}", is_urgent=True)
            for text, rule in grave
            if waiting.alerts_by_rule.get(rule)
        ),
        Count(N_("silent gates"), str(waiting.silent_gates), "/gates?state=silent", waiting.silent_gates > 0),
    ]


async def overrides(desk: Desk) -> Sequence[Count]:
    """Count the overrides to review."""
    waiting = await desk.checkpoint()
    return [
        Count(N_("overrides at gates to review"), str(waiting.overrides), "/overrides", waiting.overrides > 0),
        Count(N_("of which over a day old"), str(waiting.overrides_late), "/overrides", waiting.overrides_late > 0),
    ]
