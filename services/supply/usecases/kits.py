"""Isolation kits: one a household in isolation, for all its cases together (R4.2)."""

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Delivery
from services.supply.usecases import Deps
from services.supply.usecases.deliveries import cancel
from services.supply.usecases.promises import promise
from shared.base.ids import derived_id
from shared.events.isolation import CaseCancelled, CaseKind, CaseOpened, CaseReleased
from shared.events.supply import CancelReason, DeliveryKind
from shared.store.unit_of_work import UnitOfWork, retry_conflicts


@retry_conflicts
async def prepare(deps: Deps, event: CaseOpened) -> None:
    """Plan a kit for a household in isolation at home; a further case of it joins the kit that is there.

    A site keeps its own goods, and a case that is known to have ended needs nothing.
    """
    if event.kind is not CaseKind.HOME:
        return
    async with deps.turn, deps.unit_of_work(event) as work:
        if await deps.store.case(event.case_id, work):
            return
        kits = await deps.store.deliveries_of(event.household_id, DeliveryKind.ISOLATION_KIT, work)
        there = next((kit for kit in reversed(kits) if domain.serves_next_case(kit, deps.clock.now())), None)
        if there:
            kit = domain.join(there, event.case_id, event.resident_id)
            await deps.store.put_delivery(kit, work)
        else:
            kit = await promise(deps, _kit(deps, event, len(kits)), work)
        await deps.store.put_case(event.case_id, kit.delivery_id, False, work)


def _kit(deps: Deps, event: CaseOpened, before: int) -> Delivery:
    return Delivery(
        # The same for two cases that open at the same moment: one of them meets a conflict and joins.
        delivery_id=derived_id("isolation_kit", event.household_id, str(before)),
        kind=DeliveryKind.ISOLATION_KIT,
        household_id=event.household_id,
        area_path=event.area_path,
        resident_ids=(event.resident_id,),
        keeper_id=event.keeper_id,
        due_on=max(event.starts_on, deps.today),
        lines=domain.KIT,
        asked_at=deps.clock.now(),
        case_ids=(event.case_id,),
        open_case_ids=(event.case_id,),
    )


@retry_conflicts
async def case_ended(deps: Deps, event: CaseReleased | CaseCancelled) -> None:
    """With the last case of the household ends the need for a kit that was not handed over."""
    async with deps.turn, deps.unit_of_work(event) as work:
        known = await deps.store.case(event.case_id, work)
        delivery_id = known["delivery_id"] if known else None
        # Noted also for a case that never opened here: its opening may still come.
        await deps.store.put_case(event.case_id, delivery_id, True, work)
        kit = await deps.store.delivery(delivery_id, work) if delivery_id else None
        if kit is not None:
            await _end(deps, domain.end_case(kit, event.case_id), work)


async def _end(deps: Deps, kit: Delivery, work: UnitOfWork) -> None:
    if domain.no_longer_needed(kit):
        await cancel(deps, kit, domain.cancel(kit), CancelReason.ISOLATION_ENDED, work)
    else:
        await deps.store.put_delivery(kit, work)
