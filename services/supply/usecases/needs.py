"""Needs of households (R4.1)."""

from services.supply.domain import deliveries as domain
from services.supply.domain.deliveries import Delivery, Line, need_of
from services.supply.usecases import Deps
from services.supply.usecases.deliveries import STAFF, own_household
from services.supply.usecases.promises import promise
from shared.base.errors import Conflict, NotFound
from shared.base.ids import derived_id
from shared.events import supply as events
from shared.events.supply import DeliveryKind
from shared.replicas.residents import Resident
from shared.store.unit_of_work import retry_conflicts
from shared.web.access import Principal


@retry_conflicts
async def state(deps: Deps, caller: Principal, need_id: str, household_id: str | None, line: Line) -> Delivery:
    """State what a household needs and plan its delivery; the same `need_id` again gives the same answer (R4.1)."""
    members = await _members(deps, caller, household_id)
    home = members[0]
    async with deps.turn, deps.unit_of_work() as work:
        needs = await deps.store.deliveries_of(home.household_id, DeliveryKind.NEED, work)
        delivery_id = derived_id("need", need_id)
        if known := await deps.store.deliveries.get(delivery_id, work):
            if known.household_id != home.household_id or known.lines != (line,):
                raise Conflict("supply.need_taken", "That need_id is of another need: make a new one")
            return known
        domain.check_need(line, sum(need.state in domain.OPEN for need in needs))
        delivery = Delivery(
            delivery_id=delivery_id,
            kind=DeliveryKind.NEED,
            household_id=home.household_id,
            area_path=home.area_path,
            resident_ids=tuple(member.resident_id for member in members),
            keeper_id=next((member.keeper_id for member in members if member.keeper_id), None),
            due_on=deps.today,
            lines=(line,),
            asked_at=deps.clock.now(),
            need_id=need_id,
        )
        if need := need_of(delivery):
            work.emit(events.NeedStated.of(need))
        return await promise(deps, delivery, work)


async def _members(deps: Deps, caller: Principal, household_id: str | None) -> list[Resident]:
    """Return who lives in the household: the caller's own, or one in the area of the staff member who asks."""
    own = await own_household(deps, caller)
    wanted = household_id or own
    members = await deps.residents.of_household(wanted) if wanted else []
    if not members or not (wanted == own or caller.may_see(members[0].area_path, STAFF)):
        raise NotFound("supply.no_such_household", "The household was not found in your area")
    return members
