"""The weekly delivery (一周一送) to each household in special care (R4.2).

A household's deliveries are a chain of deadlines, one a week; its `Care` names the Monday that is next. Every unit of
work that depends on it writes it, so that two at the same moment meet a conflict.
"""

from collections.abc import Sequence
from datetime import date

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Care, Delivery
from services.supply.usecases import Deps
from services.supply.usecases.deliveries import cancel
from services.supply.usecases.promises import promise
from shared.base.ids import derived_id
from shared.events.registration import ResidentEvent
from shared.events.supply import CancelReason, DeliveryKind
from shared.replicas.residents import Resident
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts

WEEKLY_DUE = "supply.weekly"


async def follow(deps: Deps, changed: Sequence[ResidentEvent]) -> None:
    """Let the weekly deliveries follow what changed; doing it again changes nothing."""
    residents = sorted({event.resident_id for event in changed})
    households = {event.household_id for event in changed}
    concerned = {event.household_id for event in changed if event.categories}
    concerned |= await deps.store.households_in_care(sorted(households))
    concerned |= await deps.store.households_expecting(DeliveryKind.WEEKLY_CARE, residents)  # those moved from, too
    for household_id in sorted(concerned):
        await _review(deps, household_id)


@retry_conflicts
async def _review(deps: Deps, household_id: str) -> None:
    async with deps.turn, deps.unit_of_work() as work:
        care = await deps.store.care.get(household_id, work)
        planned_for = care.next_week if care else None
        if not await _in_care(deps, household_id):
            await _cancel(deps, household_id, work)
        elif planned_for is None:
            planned_for = await _plan_next(deps, household_id, work)
        await deps.store.care.put(Care(household_id, planned_for), work)


async def _in_care(deps: Deps, household_id: str) -> list[Resident]:
    # Read after the unit of work has begun to read: a change that this misses meets it with a conflict.
    members = await deps.residents.of_household(household_id)
    return sorted((member for member in members if member.categories), key=lambda member: member.resident_id)


async def _plan_next(deps: Deps, household_id: str, work: UnitOfWork) -> date:
    monday = domain.next_week(deps.clock.now(), deps.zone)
    at = domain.weekly_at(monday, deps.zone)
    await deps.deadlines.schedule(work, WEEKLY_DUE, household_id, at, key=monday.isoformat())
    return monday


async def _cancel(deps: Deps, household_id: str, work: UnitOfWork) -> None:
    for delivery in await deps.store.deliveries_of(household_id, DeliveryKind.WEEKLY_CARE, work):
        if delivery.state in domain.OPEN:
            await cancel(deps, delivery, domain.cancel(delivery), CancelReason.CARE_ENDED, work)


@retry_conflicts
async def due(deps: Deps, deadline: Deadline) -> None:
    """Plan the household's delivery of the present week and the deadline of the next, if it is in special care still.

    One that comes late, after an outage of weeks, is for the present week alone: no household gets three at once.
    """
    async with deps.turn, deps.unit_of_work(deadline) as work:
        await deps.store.care.get(deadline.subject, work)
        members = await _in_care(deps, deadline.subject)
        following = None
        if members:
            delivery = _delivery(deps, members)
            if await deps.store.deliveries.get(delivery.delivery_id, work) is None:
                await promise(deps, delivery, work)
            following = await _plan_next(deps, deadline.subject, work)
        await deps.store.care.put(Care(deadline.subject, following), work)


def _delivery(deps: Deps, members: Sequence[Resident]) -> Delivery:
    home = members[0]
    now = deps.clock.now()
    week = domain.week_of(now, deps.zone).isoformat()
    return Delivery(
        delivery_id=derived_id("weekly_care", home.household_id, week),
        kind=DeliveryKind.WEEKLY_CARE,
        household_id=home.household_id,
        area_path=home.area_path,
        resident_ids=tuple(member.resident_id for member in members),
        keeper_id=next((member.keeper_id for member in members if member.keeper_id), None),
        due_on=deps.today,
        lines=domain.WEEKLY,
        asked_at=now,
    )
