"""Gauges for operators: residents inside by district, devices by state, overrides that wait (R2.7, R2.4)."""

from services.checkpoint import metrics
from services.checkpoint.domain.presence import by_district
from services.checkpoint.domain.reviews import REVIEW_WITHIN
from services.checkpoint.usecases import Deps
from shared.parts import Gauges


async def _read_inside(deps: Deps) -> None:
    districts = by_district(await deps.store.presence.inside("/"))
    metrics.INSIDE.clear()
    for district, count in districts.items():
        metrics.INSIDE.labels(district).set(count)


async def _read_devices(deps: Deps) -> None:
    counts = await deps.store.devices.count(deps.clock.now() - deps.device_rules.silent_after)
    for state, count in counts.items():
        metrics.DEVICES.labels(state.value).set(count)


async def _read_overrides(deps: Deps) -> None:
    day_ago = deps.clock.now() - REVIEW_WITHIN
    metrics.OVERRIDES_OPEN.labels("true").set(await deps.store.overrides.count_open(None, day_ago))
    metrics.OVERRIDES_OPEN.labels("false").set(await deps.store.overrides.count_open(day_ago, None))


GAUGES = (Gauges(_read_inside), Gauges(_read_devices), Gauges(_read_overrides))
