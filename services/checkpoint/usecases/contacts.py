"""Contacts: who was at the same gates as a resident, as far as can be answered at once (R2.8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.checkpoint.domain.contacts import Encounter
from services.checkpoint.usecases import Deps

# More passages than these are not read for one answer, so that it stays fast; the next one goes on where it ended.
MOST_PASSAGES, MOST_READ = 100, 2_500


@dataclass(frozen=True)
class Meetings:
    """The encounters from `since` on: later than was asked for where there were too many for one answer."""

    encounters: tuple[Encounter, ...]
    since: datetime
    cut: bool


async def met(
    deps: Deps, resident_id: str, within: str, since: datetime, until: datetime, window: timedelta
) -> Meetings:
    """Return who was at the resident's gates within the path, within `window` before and after, the newest first."""
    passages = await deps.store.passages.latest(resident_id, within, since, until, MOST_PASSAGES)
    encounters: list[Encounter] = []
    left = MOST_READ
    for passage in passages:
        others = await deps.store.passages.near(passage.gate_id, passage.at, window, left)
        whole = len(others) < left
        if whole or not encounters:  # the first is answered as far as it goes, or asking again would lead nowhere
            encounters.append(Encounter(passage, others))
        if not whole:
            break
        left -= len(others)
    else:
        if len(passages) < MOST_PASSAGES:
            return Meetings(tuple(encounters), since, False)
    return Meetings(tuple(encounters), encounters[-1].passage.at, True)
