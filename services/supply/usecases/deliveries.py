"""Deliveries: seen, handed over, failed, withdrawn (R4.5)."""

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Delivery, Failure, State
from services.supply.usecases import Deps, told, told_of_need
from services.supply.usecases.promises import give_back, issue
from shared.base.errors import NotFound
from shared.events import supply as events
from shared.events.supply import CancelReason
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

STAFF = frozenset({Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR, Role.VOLUNTEER})


async def own_household(deps: Deps, caller: Principal) -> str | None:
    """Return the household that the caller lives in, where the caller is a resident who is known here."""
    resident = await deps.residents.get(caller.subject)
    return None if resident is None or resident.left else resident.household_id


async def visible(deps: Deps, caller: Principal, delivery_id: str, work: UnitOfWork | None = None) -> Delivery:
    """Return the delivery. Raises `NotFound` outside the caller's area, or when it is another household's."""
    delivery = await deps.store.delivery(delivery_id, work)
    if delivery is not None:
        if caller.roles & STAFF and caller.sees(delivery.area_path):
            return delivery
        if await own_household(deps, caller) == delivery.household_id:
            return delivery
    raise NotFound("supply.no_such_delivery", "The delivery was not found in your area")


async def listed(
    deps: Deps, caller: Principal, household_id: str, state: str, kind: str, after: str, limit: int
) -> list[Delivery]:
    """Return a page of the deliveries in the caller's area; to a resident, of the own household's."""
    if caller.roles & STAFF:
        return await deps.store.deliveries_page(caller.area, household_id, state, kind, after, limit)
    own = await own_household(deps, caller)
    if own is None or household_id not in ("", own):
        return []
    return await deps.store.deliveries_page("/", own, state, kind, after, limit)


@retry_conflicts
async def hand_over(deps: Deps, caller: Principal, delivery_id: str, left_at: str | None) -> Delivery:
    """Note that the household has its goods; doing it again gives the same answer (R4.5)."""
    async with deps.turn, deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        if planned.state is State.HANDED_OVER:
            return planned
        delivery = domain.hand_over(planned, caller.subject, deps.clock.now(), left_at)
        await deps.store.put_delivery(delivery, work)
        await issue(deps, delivery, work)
        proof = {"handed_over_at": delivery.handed_over_at, "confirmed_by": caller.subject}
        work.emit(events.DeliveryHandedOver(**told(delivery), **proof, contactless=left_at is not None))
        if delivery.need_id:
            work.emit(events.NeedMet(**told_of_need(delivery)))
    return delivery


@retry_conflicts
async def fail(deps: Deps, caller: Principal, delivery_id: str, failure: Failure) -> Delivery:
    """Note that nobody took the goods; the same report again changes nothing."""
    async with deps.unit_of_work() as work:
        planned = await visible(deps, caller, delivery_id, work)
        if planned.state is State.PLANNED and planned.failures[-1:] == (failure,):
            return planned
        delivery = domain.fail(planned, failure, deps.today)
        await deps.store.put_delivery(delivery, work)
        work.emit(events.DeliveryFailed(**told(delivery), failure=failure.reason.value))
    return delivery


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, delivery_id: str, note: str) -> Delivery:
    """Withdraw a delivery by the office; a need that was behind it is refused. Again gives the same answer."""
    async with deps.turn, deps.unit_of_work() as work:
        delivery = await visible(deps, caller, delivery_id, work)
        if delivery.state is State.CANCELLED:
            return delivery
        cancelled = domain.cancel(delivery, caller.subject, note)
        await cancel(deps, delivery, cancelled, CancelReason.WITHDRAWN, work)
        if delivery.need_id:
            work.emit(events.NeedRefused(**told_of_need(delivery)))
    return cancelled


async def cancel(deps: Deps, before: Delivery, cancelled: Delivery, reason: CancelReason, work: UnitOfWork) -> None:
    """Store a delivery as cancelled, say so, and free what was promised to it."""
    await deps.store.put_delivery(cancelled, work)
    work.emit(events.DeliveryCancelled(**told(cancelled), reason=reason))
    await give_back(deps, before, work)
