"""Colours by hand: proposed by one officer, approved by another, carried out by parts, lifted likewise (R1.9)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.registration import metrics
from services.registration.domain import orders
from services.registration.domain.colours import Evidence, EvidenceKind
from services.registration.domain.orders import ColourOrder, Part, State
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, standings
from shared.base.area import within
from shared.base.errors import Conflict, NotFound
from shared.base.persons import same_person
from shared.events.registration import Colour
from shared.events.registration_acts import SingleOrdersExceeded
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

EXPIRES, APPLIES, LIFTS = "order.expires", "order.applies", "order.lifts"


@retry_conflicts
async def propose(
    deps: Deps,
    caller: Principal,
    order_id: str,
    colour: Colour,
    reason: str,
    until: datetime,
    resident_ids: Iterable[str],
) -> ColourOrder:
    """Propose an order; what takes no second person holds at once. The same `order_id` again gives the same answer."""
    ids = tuple(dict.fromkeys(resident_ids))
    order = ColourOrder(order_id, caller.area, colour, reason, until, len(ids), caller.subject, _now(deps))
    async with deps.unit_of_work() as work:
        if known := await deps.store.orders.get(order_id, work):
            stored = [one for part in await deps.store.orders.parts(order_id, work) for one in part.resident_ids]
            return _check_same(known, order, stored == list(ids))
        orders.check(order)
        residents = await _in_area(deps, order, ids, work)
        if not residents:
            raise NotFound("registration.no_such_resident", "None of these residents was found in your area")
        await _require_stranger(deps, caller, residents.values())
        await deps.store.orders.insert_parts(orders.parts(order_id, ids, frozenset(ids) - residents.keys()), work)
        takes_two = await _takes_two(deps, order, work) or await _repeats(deps, order, ids[0], work)
        return await _begin(deps, order, takes_two, work)


@retry_conflicts
async def propose_lift(deps: Deps, caller: Principal, lifted: str, order_id: str, reason: str) -> ColourOrder:
    """Propose to end an order before its time; it takes as many people as that one did."""
    async with deps.unit_of_work() as work:
        target = await visible(deps, caller, lifted, work)
        stated = (reason, target.until, target.size, caller.subject, _now(deps))
        order = ColourOrder(order_id, target.area_path, target.colour, *stated, lifts=lifted)
        if known := await deps.store.orders.get(order_id, work):
            return _check_same(known, order, True)
        orders.require_in_force(target, _now(deps))
        await _require_stranger(deps, caller, await _residents(deps, target, work))
        return await _begin(deps, order, not target.on_one_word, work)


def _check_same(known: ColourOrder, order: ColourOrder, for_the_same: bool) -> ColourOrder:
    if not for_the_same or not orders.same(known, order):
        raise Conflict("registration.order_taken", "That order_id stands for another order: make a new one")
    return known


async def _begin(deps: Deps, order: ColourOrder, takes_two: bool, work: UnitOfWork) -> ColourOrder:
    """Let an order wait for a second person, or hold at once; a colour on one word falls back unless it is approved."""
    if takes_two:
        await deps.store.orders.put(order, work)
        await deps.deadlines.schedule(work, EXPIRES, order.order_id, order.expires_at)
        return order
    order = orders.put_in_force(order)
    await _carry_out(deps, order, work)
    if order.on_one_word:
        falls_back = min(order.proposed_at + deps.second_person_within, order.until)
        await deps.deadlines.schedule(work, EXPIRES, order.order_id, falls_back)
    return order


async def _takes_two(deps: Deps, order: ColourOrder, work: UnitOfWork) -> bool:
    """Whether it waits for a second person; beyond an officer's orders of a day each one does."""
    if order.colour is Colour.RED or order.size > 1:
        return True
    day = order.proposed_at.astimezone(deps.zone).date()
    given = await deps.store.orders.count_single(order.proposed_by, day, work)
    if given == deps.single_orders_a_day:
        metrics.SINGLE_ORDERS_LAST.inc()
    if given <= deps.single_orders_a_day:
        return False
    metrics.SINGLE_ORDERS_BEYOND.inc()
    about = {"subject_id": order.order_id, "officer": order.proposed_by}
    work.emit(SingleOrdersExceeded.of(order, **about, day=day, orders=given))
    return True


async def _repeats(deps: Deps, order: ColourOrder, resident_id: str, work: UnitOfWork) -> bool:
    """Whether the officer turned the same code alone before, and no second person approved it: so this order waits."""
    word = Evidence(order.order_id, resident_id, EvidenceKind.MANUAL, order.proposed_at, stated_by=order.proposed_by)
    return await standings.repeats(deps, word, work)


@retry_conflicts
async def approve(deps: Deps, caller: Principal, order_id: str) -> ColourOrder:
    """Put a proposed order in force, as the second person; approving again gives the same answer."""
    async with deps.unit_of_work() as work:
        order = await visible(deps, caller, order_id, work)
        if order.decided_by == caller.subject and order.state in (State.APPROVED, State.LIFTED):
            return order
        await _require_stranger(deps, caller, await _residents(deps, order, work))
        holds = order.on_one_word
        order = orders.approve(order, caller.subject, _now(deps))
        await deps.deadlines.cancel(work, order_id, EXPIRES)
        if holds:
            await _confirm(deps, order, work)
        else:
            await _carry_out(deps, order, work)
    return order


async def _confirm(deps: Deps, order: ColourOrder, work: UnitOfWork) -> None:
    await deps.store.orders.put(order, work)
    for part in await deps.store.orders.parts(order.order_id, work):
        for resident_id in part.resident_ids:
            await standings.confirm_order(deps, resident_id, order, work)


@retry_conflicts
async def reject(deps: Deps, caller: Principal, order_id: str, decision: str) -> ColourOrder:
    """Refuse a proposed order, or withdraw one's own; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        order = await visible(deps, caller, order_id, work)
        if order.decided_by == caller.subject and order.state is State.REJECTED:
            return order
        if not same_person(caller.subject, order.proposed_by):  # who proposed it withdraws it
            await _require_stranger(deps, caller, await _residents(deps, order, work))
        order = orders.reject(order, caller.subject, decision, _now(deps))
        await deps.deadlines.cancel(work, order_id, EXPIRES)
        await deps.store.orders.put(order, work)
    return order


@retry_conflicts
async def expire(deps: Deps, deadline: Deadline) -> None:
    """Let an order expire that was not decided in time; the colour of one that held has fallen back by then."""
    async with deps.unit_of_work(deadline) as work:
        order = await deps.store.orders.get(deadline.subject, work)
        if order and (order.state is State.PROPOSED or order.on_one_word):
            await deps.store.orders.put(orders.expire(order), work)


async def _carry_out(deps: Deps, order: ColourOrder, work: UnitOfWork) -> None:
    """Store an order that holds, and turn or lift its residents: one part at once, several each in its own time."""
    await deps.store.orders.put(order, work)
    kind, target = (LIFTS, await _lifted(deps, order, work)) if order.lifts else (APPLIES, order)
    parts = await deps.store.orders.parts(target.order_id, work)
    if len(parts) == 1:
        await _carry_out_part(deps, kind, target, parts[0], work)
        return
    now = deps.clock.now()
    await deps.deadlines.schedule_all(
        work, [(kind, target.order_id, now, str(part.number), {"number": part.number}) for part in parts]
    )


async def _lifted(deps: Deps, order: ColourOrder, work: UnitOfWork) -> ColourOrder:
    target = await deps.store.orders.get(order.lifts or "", work)
    if target is None:
        raise NotFound("registration.no_such_order", "The order to lift was not found")
    orders.require_in_force(target, _now(deps))
    target = orders.lift(target, order.order_id)
    await deps.store.orders.put(target, work)
    return target


@retry_conflicts
async def carry_out_part(deps: Deps, deadline: Deadline) -> None:
    """Turn or lift the residents of one part of an order."""
    async with deps.unit_of_work(deadline) as work:
        order = await deps.store.orders.get(deadline.subject, work)
        part = await deps.store.orders.part(deadline.subject, deadline.payload["number"], work)
        if order and part:
            await _carry_out_part(deps, deadline.kind, order, part, work)


async def _carry_out_part(deps: Deps, kind: str, order: ColourOrder, part: Part, work: UnitOfWork) -> None:
    if kind == LIFTS:
        await _lift(deps, order, part, work)
    elif order.state is State.APPROVED:  # lifted meanwhile, it turns no code
        await _apply(deps, order, part, work)


async def _apply(deps: Deps, order: ColourOrder, part: Part, work: UnitOfWork) -> None:
    now = _now(deps)
    residents = await _in_area(deps, order, part.resident_ids, work)
    stated_by = order.proposed_by if order.on_one_word else None
    by_hand = (EvidenceKind.MANUAL, now, order.until, order.colour, order.proposed_by, stated_by)
    for resident_id, resident in residents.items():
        await standings.add(deps, resident.area_path, Evidence(order.order_id, resident_id, *by_hand), work)
    not_found = tuple(one for one in part.resident_ids if one not in residents)
    await deps.store.orders.put_part(replace(part, not_found=not_found, applied_at=now), work)


async def _lift(deps: Deps, order: ColourOrder, part: Part, work: UnitOfWork) -> None:
    for resident_id in part.resident_ids if part.applied_at else ():
        await standings.end(deps, resident_id, order.order_id, order.area_path, work)
    await deps.store.orders.put_part(replace(part, lifted_at=_now(deps)), work)


async def _in_area(
    deps: Deps, order: ColourOrder, resident_ids: Iterable[str], work: UnitOfWork
) -> dict[str, Resident]:
    """Return the files of those of the residents who live in the order's area, by id."""
    residents = await deps.store.residents.followed(resident_ids, work)
    return {key: one for key, one in residents.items() if not one.left and within(one.area_path, order.area_path)}


async def _residents(deps: Deps, order: ColourOrder, work: UnitOfWork) -> Iterable[Resident]:
    """Return the files of the residents whom an order is about, or the order that it lifts."""
    parts = await deps.store.orders.parts(order.lifts or order.order_id, work)
    return await deps.store.residents.several([one for part in parts for one in part.resident_ids], work)


async def _require_stranger(deps: Deps, caller: Principal, residents: Iterable[Resident]) -> None:
    own = await own_of(deps.store.residents, caller)
    for one in residents:
        own.require_stranger(one.resident_id, one.household_id, one.keeper_id)


async def show(deps: Deps, caller: Principal, order_id: str) -> tuple[ColourOrder, list[Part]]:
    """Return an order and its parts to officers of its area. Raises `NotFound` for others."""
    order = await visible(deps, caller, order_id)
    return order, await deps.store.orders.parts(order.lifts or order_id)


async def visible(deps: Deps, caller: Principal, order_id: str, work: UnitOfWork | None = None) -> ColourOrder:
    """Return an order to officers of its area. Raises `NotFound` for others."""
    order = await deps.store.orders.get(order_id, work)
    if order is None or not caller.sees(order.area_path):
        raise NotFound("registration.no_such_order", "The order was not found in your area")
    return order


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)
