"""Isolation kits: one a household in isolation, for all its cases together; they follow people who move (R4.2)."""

from dataclasses import replace

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import CaseKit, Delivery
from services.supply.usecases import Deps
from services.supply.usecases.deliveries import cancel
from services.supply.usecases.promises import give_back, promise, transfer
from shared.base.ids import derived_id
from shared.events.isolation import CaseEvent, CaseKind
from shared.events.supply import CancelReason, DeliveryCancelled, DeliveryKind
from shared.store.unit_of_work import UnitOfWork, retry_conflicts


async def follow(deps: Deps, event: CaseEvent) -> None:
    """Let the kits follow the state of a case, by any of its events; a repeat or an older event is harmless."""
    if event.has_ended:
        await _end_case(deps, event)
    elif not event.is_planned:
        await _prepare(deps, event)


@retry_conflicts
async def _prepare(deps: Deps, event: CaseEvent) -> None:
    """Plan a kit for a household in isolation at home; a further case of it joins the kit that is there.

    Cases of other kinds, also of kinds that a later version added, get none: a site keeps its own goods.
    """
    if event.kind is not CaseKind.HOME:
        return
    async with deps.turn, deps.unit_of_work(event) as work:
        known = await deps.store.cases.get(event.case_id, work)
        if known is None:
            kit = await _find_kit(deps, event, None, work)
            await deps.store.cases.put(CaseKit(event.case_id, kit.delivery_id, newest=event.id), work)
        elif not known.ended and event.id > known.newest:
            await _redirect(deps, known, event, work)


async def _find_kit(deps: Deps, event: CaseEvent, before: Delivery | None, work: UnitOfWork) -> Delivery:
    """Let the case join the kit of the household where the person lives, else plan one.

    It takes over what is promised to the kit `before`, and its turn.
    """
    household_id, _ = event.home
    kits = await deps.store.deliveries_of(household_id, DeliveryKind.ISOLATION_KIT, work)
    there = next((kit for kit in reversed(kits) if domain.serves_next_case(kit, deps.clock.now())), None)
    if there:
        kit = domain.join(there, event.case_id, event.resident_id)
        await deps.store.deliveries.put(kit, work)
        if before is not None:
            await give_back(deps, before, work)
        return kit
    kit = _kit(deps, event, len(kits))
    if before is None:
        return await promise(deps, kit, work)
    rest, kit = await transfer(deps, before, replace(kit, asked_at=before.asked_at), work)
    kit = await promise(deps, kit, work)
    await give_back(deps, rest, work)
    return kit


async def _redirect(deps: Deps, known: CaseKit, event: CaseEvent, work: UnitOfWork) -> None:
    """Let a kit that was not handed over go to the door where the person lives now; one that was stays there."""
    newer = replace(known, newest=event.id)
    kit = await deps.store.deliveries.get(known.delivery_id, work) if known.delivery_id else None
    household_id, area_path = event.home
    if kit is None or kit.state not in domain.OPEN or kit.household_id == household_id:
        await deps.store.cases.put(newer, work)
        return
    left = domain.leave(kit, event.case_id, event.resident_id)
    if domain.no_longer_needed(left):
        cancelled = domain.cancel(left, note=f"redirected to {area_path}")
        await deps.store.deliveries.put(cancelled, work)
        work.emit(DeliveryCancelled.of(cancelled, reason=CancelReason.WITHDRAWN))
        new = await _find_kit(deps, event, left, work)
    else:
        await deps.store.deliveries.put(left, work)
        new = await _find_kit(deps, event, None, work)
    await deps.store.cases.put(replace(newer, delivery_id=new.delivery_id), work)


def _kit(deps: Deps, event: CaseEvent, before: int) -> Delivery:
    household_id, area_path = event.home
    return Delivery(
        # The same for two cases that open at the same moment: one of them meets a conflict and joins.
        delivery_id=derived_id("isolation_kit", household_id, str(before)),
        kind=DeliveryKind.ISOLATION_KIT,
        household_id=household_id,
        area_path=area_path,
        resident_ids=(event.resident_id,),
        # The keeper of the old door does not carry to the new one: notification asks the keeper of the place.
        keeper_id=None if event.handover else event.keeper_id,
        due_on=max(event.starts_on, deps.today),
        lines=domain.KIT,
        asked_at=deps.clock.now(),
        case_ids=(event.case_id,),
        open_case_ids=(event.case_id,),
    )


@retry_conflicts
async def _end_case(deps: Deps, event: CaseEvent) -> None:
    """Free a kit that was not handed over with the last case of its household."""
    async with deps.turn, deps.unit_of_work(event) as work:
        known = await deps.store.cases.get(event.case_id, work)
        delivery_id = known.delivery_id if known else None
        # Stored also for a case that never opened here: an older event of it may still come.
        await deps.store.cases.put(CaseKit(event.case_id, delivery_id, ended=True), work)
        kit = await deps.store.deliveries.get(delivery_id, work) if delivery_id else None
        if kit is not None:
            await _end(deps, domain.end_case(kit, event.case_id), work)


async def _end(deps: Deps, kit: Delivery, work: UnitOfWork) -> None:
    if domain.no_longer_needed(kit):
        await cancel(deps, kit, domain.cancel(kit), CancelReason.ISOLATION_ENDED, work)
    else:
        await deps.store.deliveries.put(kit, work)
