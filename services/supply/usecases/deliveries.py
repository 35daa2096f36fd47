"""Deliveries: read, handed over, failed, withdrawn (R4.5)."""

from collections.abc import Mapping

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Delivery, Failure, need_of
from services.supply.usecases import Deps
from services.supply.usecases.promises import give_back, issue
from shared.base.errors import NotFound
from shared.events import supply as events
from shared.events.supply import CancelReason, DeliveryState
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.own import own_of

STAFF = frozenset({Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.VOLUNTEER})


async def _require_stranger(deps: Deps, caller: Principal, delivery: Delivery) -> None:
    """Raise `Conflict` to members of the household: they state needs, and others deliver, confirm and withdraw."""
    own = await own_of(deps.residents, caller)
    own.require_stranger(None, delivery.household_id)


async def own_household(deps: Deps, caller: Principal) -> str | None:
    """Return the household that the caller lives in, where the caller is a resident who is known here."""
    resident = await deps.residents.get(caller.subject)
    return None if resident is None or resident.left else resident.household_id


async def visible(deps: Deps, caller: Principal, delivery_id: str, work: UnitOfWork | None = None) -> Delivery:
    """Return the delivery. Raises `NotFound` outside the caller's area, or when it is another household's."""
    delivery = await deps.store.deliveries.get(delivery_id, work)
    if delivery is not None:
        if caller.may_see(delivery.area_path, STAFF):
            return delivery
        if await own_household(deps, caller) == delivery.household_id:
            return delivery
    raise NotFound("supply.no_such_delivery", "The delivery was not found in your area")


async def page(
    deps: Deps, caller: Principal, filters: Mapping[str, str], sort: str, after: str, limit: int
) -> tuple[list[Delivery], str | None]:
    """Return a page of the deliveries in the caller's area, to a resident of the own household's, and what follows.

    `filters` are by household, state and kind, "" for all.
    """
    if caller.roles & STAFF:
        return await deps.store.deliveries_page(caller.area, filters, sort, after, limit)
    own = await own_household(deps, caller)
    if own is None or filters["household_id"] not in ("", own):
        return [], None
    return await deps.store.deliveries_page("/", {**filters, "household_id": own}, sort, after, limit)


@retry_conflicts
async def hand_over(deps: Deps, caller: Principal, delivery_id: str, left_at: str | None) -> Delivery:
    """Note that the household has its goods; a repeat gives the same answer (R4.5)."""
    async with deps.turn, deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        if planned.state is DeliveryState.HANDED_OVER:
            return planned
        await _require_stranger(deps, caller, planned)
        delivery = domain.hand_over(planned, caller.subject, deps.clock.now(), left_at)
        await deps.store.deliveries.put(delivery, work)
        await issue(deps, delivery, work)
        work.emit(events.DeliveryHandedOver.of(delivery, contactless=left_at is not None))
        if need := need_of(delivery):
            work.emit(events.NeedMet.of(need))
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
        await cancel(deps, delivery, cancelled, CancelReason.WITHDRAWN, work)
        if need := need_of(cancelled):
            work.emit(events.NeedRefused.of(need))
    return cancelled


async def cancel(deps: Deps, before: Delivery, cancelled: Delivery, reason: CancelReason, work: UnitOfWork) -> None:
    """Store a delivery as cancelled, publish that, and free what was promised to it."""
    await deps.store.deliveries.put(cancelled, work)
    work.emit(events.DeliveryCancelled.of(cancelled, reason=reason))
    await give_back(deps, before, work)
