"""Deliveries: read, handed over, failed, withdrawn (R4.5)."""

from collections.abc import Iterable
from dataclasses import replace

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Delivery, Failure, need_of
from services.supply.store import Chosen, Counts
from services.supply.usecases import Deps
from services.supply.usecases.promises import give_back, issue
from shared.base.errors import NotFound
from shared.events import supply as events
from shared.events.supply import CancelReason, DeliveryState
from shared.store.act_log import Act, digest
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.own import own_of
from shared.web.sights import is_volunteer

ASSIGNED, FAILED, HANDED_OVER = "assigned", "failed", "handed_over"  # steps of a history, beside the reasons of an end
STAFF = frozenset({Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.VOLUNTEER})


async def _require_stranger(deps: Deps, caller: Principal, delivery: Delivery) -> None:
    """Raise `Conflict` to members of the household: they state needs, and others deliver, confirm and withdraw."""
    own = await own_of(deps.residents, caller)
    own.require_stranger(None, delivery.household_id)


async def own_household(deps: Deps, caller: Principal) -> str | None:
    """Return the household that the caller lives in, where the caller is a resident who is known here."""
    resident = await deps.residents.get(caller.subject)
    return None if resident is None or resident.left else resident.household_id


def may_bring(caller: Principal, delivery: Delivery) -> bool:
    """Whether a delivery of the area is the caller's business: a volunteer's are those assigned to the volunteer."""
    return not is_volunteer(caller) or delivery.is_assigned_to(caller.subject)


async def visible(deps: Deps, caller: Principal, delivery_id: str, work: UnitOfWork | None = None) -> Delivery:
    """Return the delivery. Raises `NotFound` outside the caller's area, or when it is another person's."""
    delivery = await deps.store.deliveries.get(delivery_id, work)
    if delivery is not None:
        if caller.may_see(delivery.area_path, STAFF) and may_bring(caller, delivery):
            return delivery
        if await own_household(deps, caller) == delivery.household_id:
            return delivery
    raise NotFound("supply.no_such_delivery", "The delivery was not found in your area")


async def page(
    deps: Deps, caller: Principal, within: str, chosen: Chosen, sort: str, after: str, limit: int
) -> tuple[list[Delivery], str | None]:
    """Return a page of the deliveries within a path, to a resident of the own household's, and what follows.

    A volunteer sees those that are assigned to the volunteer, whatever is chosen.
    """
    if caller.roles & STAFF:
        if is_volunteer(caller):
            if chosen.assigned_to not in ("", caller.subject):
                return [], None
            chosen = replace(chosen, assigned_to=caller.subject)
        return await deps.store.deliveries_page(within, chosen, sort, after, limit)
    own = await own_household(deps, caller)
    if own is None or chosen.household_id not in ("", own):
        return [], None
    return await deps.store.deliveries_page("/", replace(chosen, household_id=own), sort, after, limit)


async def count(deps: Deps, caller: Principal) -> Counts:
    """Return how many deliveries of the area are open; to a volunteer, of those that are assigned to the volunteer."""
    assigned_to = caller.subject if is_volunteer(caller) else ""
    return await deps.store.count_deliveries(caller.area, assigned_to, deps.today)


@retry_conflicts
async def hand_over(deps: Deps, caller: Principal, delivery_id: str, left_at: str | None) -> Delivery:
    """Note that the household has its goods; a repeat gives the same answer (R4.5)."""
    async with deps.turn, deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        if planned.state is DeliveryState.HANDED_OVER:
            return planned
        await _require_stranger(deps, caller, planned)
        now = deps.clock.now()
        delivery = domain.hand_over(planned, caller.subject, now, left_at)
        delivery = domain.record(delivery, HANDED_OVER, now, caller.subject)
        await deps.store.deliveries.put(delivery, work)
        await issue(deps, delivery, work)
        work.emit(events.DeliveryHandedOver.of(delivery, contactless=left_at is not None))
        if need := need_of(delivery):
            work.emit(events.NeedMet.of(need))
    return delivery


@retry_conflicts
async def assign(deps: Deps, caller: Principal, delivery_id: str, carrier_ids: Iterable[str]) -> Delivery:
    """Name the volunteers who bring a delivery; the same again changes nothing."""
    async with deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        delivery = domain.assign(planned, tuple(dict.fromkeys(carrier_ids)))
        if delivery != planned:
            delivery = domain.record(delivery, ASSIGNED, deps.clock.now(), caller.subject)
            await deps.store.deliveries.put(delivery, work)
            facts = digest({"carrier_ids": delivery.carrier_ids})
            work.log(Act("supply.CarriersAssigned", delivery_id, facts, area=delivery.area_path))
    return delivery


@retry_conflicts
async def fail(deps: Deps, caller: Principal, delivery_id: str, failure: Failure) -> Delivery:
    """Note that the goods were not taken; the same report again changes nothing."""
    async with deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        if planned.state is DeliveryState.PLANNED and planned.failures[-1:] == (failure,):
            return planned
        await _require_stranger(deps, caller, planned)
        delivery = domain.fail(planned, failure, deps.today)
        delivery = domain.record(delivery, FAILED, deps.clock.now(), caller.subject)
        await deps.store.deliveries.put(delivery, work)
        work.emit(events.DeliveryFailed.of(delivery, failure=failure.reason.value))
    return delivery


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, delivery_id: str, note: str) -> Delivery:
    """Withdraw a delivery by the office; a need that was behind it is refused. Again gives the same answer."""
    async with deps.turn, deps.unit_of_work() as work:
        delivery = await visible(deps, caller, delivery_id, work)
        if delivery.state is DeliveryState.CANCELLED:
            return delivery
        await _require_stranger(deps, caller, delivery)
        cancelled = domain.cancel(delivery, caller.subject, note)
        cancelled = await cancel(deps, delivery, cancelled, CancelReason.WITHDRAWN, work)
        if need := need_of(cancelled):
            work.emit(events.NeedRefused.of(need))
    return cancelled


async def cancel(deps: Deps, before: Delivery, cancelled: Delivery, reason: CancelReason, work: UnitOfWork) -> Delivery:
    """Store a delivery as cancelled, publish that, free what was promised to it, and return it."""
    cancelled = domain.record(cancelled, reason.value, deps.clock.now(), cancelled.cancelled_by or "")
    await deps.store.deliveries.put(cancelled, work)
    work.emit(events.DeliveryCancelled.of(cancelled, reason=reason))
    await give_back(deps, before, work)
    return cancelled
