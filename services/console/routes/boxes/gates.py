"""Gates: alerts, silence, overrides."""

from collections.abc import Sequence

from services.console.client import gates, rules, views
from services.console.routes.boxes import BOX_S, MOST, Count, number_of
from services.console.routes.callers import Staffed
from services.console.showing.texts import N_


async def at_gates(visit: Staffed) -> Sequence[Count]:
    """Count the alerts to review, the grave ones among them, and the silent gates."""
    alerts = await visit.api.get("checkpoint", "/v1/alerts/counts", gates.AlertCounts, BOX_S)
    kind = views.Page[gates.Gate]
    silent = await visit.api.get("checkpoint", "/v1/gates", kind, BOX_S, state="silent", limit=MOST)
    grave = ((N_("of which left isolation"), "breach"), (N_("of which fevers at gates"), "fever"))
    return [
        Count(N_("alerts wait for a review"), str(alerts.open), "/alerts", bool(alerts.open)),
        *(
            Count(text, str(alerts.by_rule[rule]), f"/alerts?rule={rule}", is_urgent=True)
            for text, rule in grave
            if alerts.by_rule.get(rule)
        ),
        Count(N_("silent gates"), number_of(silent), "/gates?state=silent", bool(silent.items)),
    ]


async def overrides(visit: Staffed) -> Sequence[Count]:
    """Count the overrides to review."""
    kind = views.Page[rules.Override]
    page = await visit.api.get("checkpoint", "/v1/overrides", kind, BOX_S, state="open", limit=MOST)
    late = [one for one in page.items if one.overdue]
    return [
        Count(N_("overrides at gates to review"), number_of(page), "/overrides", bool(page.items)),
        Count(N_("of which over a day old"), str(len(late)), "/overrides", bool(late)),
    ]
