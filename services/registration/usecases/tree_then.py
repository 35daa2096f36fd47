"""The place tree as it was on a day: places that have not moved since, and those that have, at their former paths."""

from collections.abc import Sequence
from datetime import date

from services.registration.domain.place_moves import FormerPlace
from services.registration.domain.places import Place
from services.registration.usecases import Deps

_LAST = "|~"  # behind every id


async def page(
    deps: Deps, path: str, day: date, after: str, limit: int
) -> tuple[Sequence[Place | FormerPlace], str | None]:
    """Return up to `limit` places at and below a path on a day, in the order of their paths, and what follows them."""
    behind = f"{after}{_LAST}" if after else ""
    still, _ = await deps.store.places.page_on(path, day, behind, limit)
    former, _ = await deps.store.place_moves.former_page(path, day, behind, limit)
    both: list[Place | FormerPlace] = sorted([*still, *former], key=lambda one: one.path)
    return both[:limit], both[limit - 1].path if len(both) >= limit else None
