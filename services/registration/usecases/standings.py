"""Colours: evidence comes from events, the rule gives the colour, every change has its trace (R1.9).

All evidence enters the store here, through the gate: what rests on one person's word counts for hours.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from services.registration.domain import colours, gate
from services.registration.domain.code_rules import USUAL
from services.registration.domain.colours import Change, Evidence, EvidenceKind, Standing
from services.registration.domain.journeys import Journey
from services.registration.domain.orders import ColourOrder
from services.registration.usecases import Deps, exit_keeping
from services.registration.usecases.residents import visible
from shared.base.area import ancestors
from shared.base.errors import Conflict
from shared.base.persons import same_person
from shared.events import checkpoint, isolation
from shared.events.registration import Colour, JourneyChanged, PlaceLevel, StandingChanged
from shared.store.deadlines import Deadline
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

REVIEW = "standing.review"
NOTHING_WAITS = (
    "No fever and no journey of this resident waits for a second person: a case is confirmed in isolation, an order"
    " is approved"
)
_CONFIRMED_HERE = frozenset({EvidenceKind.FEVER, EvidenceKind.RISK_TRAVEL})


@retry_conflicts
async def follow_case(deps: Deps, event: isolation.CaseEvent) -> None:
    """Isolation turns the code red from when the case begins until it ends; a case that has ended never counts again.

    Any event of a case carries its state, so the newest one alone gives the same colour as all of them.
    """
    if event.is_planned:
        return
    async with deps.unit_of_work(event) as work:
        if event.has_ended:
            await _end_case(deps, event, work)
            return
        stated_by, confirmed_by = gate.of_case(event)
        known = await deps.store.standings.one(event.case_id, work)
        if known is None:
            begun, kind = _not_after_now(deps, event.time), EvidenceKind.ISOLATION
            evidence = Evidence(event.case_id, event.resident_id, kind, begun, stated_by=stated_by)
            await add(deps, event.area_path, replace(evidence, confirmed_by=confirmed_by), work)
        elif known.waits and confirmed_by:
            await _put(deps, event.area_path, replace(known, until=None, confirmed_by=confirmed_by), work)


async def _watch(deps: Deps, kind: EvidenceKind, work: UnitOfWork) -> timedelta:
    """Return for how long evidence of that kind counts by the rules that hold now."""
    return (await deps.store.code_rules.in_force(deps.clock.now(), work)).days_of(kind)


async def _end_case(deps: Deps, event: isolation.CaseEvent, work: UnitOfWork) -> None:
    now, kind = deps.clock.now(), EvidenceKind.ISOLATION
    await deps.store.standings.end_evidence(event.resident_id, event.case_id, kind, now, work)
    await _review(deps, event.resident_id, event.area_path, work)


@retry_conflicts
async def follow_alert(deps: Deps, event: checkpoint.AlertRaised) -> None:
    """A fever at a gate turns the code yellow for the time of the watch; other alerts change no colour."""
    if event.rule is not checkpoint.AlertRule.FEVER or event.resident_id is None:
        return
    async with deps.unit_of_work(event) as work:
        resident = await deps.store.residents.get(event.resident_id, work)
        if resident and await deps.store.standings.one(event.alert_id, work) is None:
            path, until = event.home_path or event.area_path, event.at + await _watch(deps, EvidenceKind.FEVER, work)
            community = await _community(deps, resident.area_path, work)
            stated_by = gate.of_fever_at_gate(event, resident.area_path, community)
            begun, who = _not_after_now(deps, event.at), event.resident_id
            evidence = Evidence(event.alert_id, who, EvidenceKind.FEVER, begun, until, stated_by=stated_by)
            await add(deps, path, evidence, work)


async def _community(deps: Deps, path: str, work: UnitOfWork) -> str | None:
    """Return the path of the community in which a door lies; None where the city knows none."""
    for above in ancestors(path):
        place = await deps.store.places.at(above, work)
        if place and place.level is PlaceLevel.COMMUNITY:
            return above
    return None


@retry_conflicts
async def record_fever(deps: Deps, event: isolation.FeverReported) -> None:
    """A fever reported in isolation counts beyond the case, for the time of the watch."""
    async with deps.unit_of_work(event) as work:
        begun, until = _not_after_now(deps, event.time), event.time + await _watch(deps, EvidenceKind.FEVER, work)
        stated_by = gate.of_report(event)
        evidence = Evidence(event.id, event.resident_id, EvidenceKind.FEVER, begun, until, stated_by=stated_by)
        await add(deps, event.area_path, evidence, work)


def _not_after_now(deps: Deps, at: datetime) -> datetime:
    """Return the time, but not after now: another machine's clock that runs ahead must not put a colour off."""
    return min(at, deps.clock.now())


@retry_conflicts
async def review(deps: Deps, deadline: Deadline) -> None:
    """Compute the colour again when evidence has run out."""
    async with deps.unit_of_work(deadline) as work:
        if resident := await deps.store.residents.get(deadline.subject, work):
            await _review(deps, deadline.subject, resident.area_path, work)


@retry_conflicts
async def review_one(deps: Deps, resident_id: str) -> None:
    """Compute a resident's colour again, as by new rules."""
    async with deps.unit_of_work() as work:
        if resident := await deps.store.residents.get(resident_id, work):
            await _review(deps, resident_id, resident.area_path, work)


async def add(deps: Deps, area_path: str, evidence: Evidence, work: UnitOfWork) -> None:
    """Store evidence and the colour that follows; where it begins later or runs out, it is computed again then."""
    evidence = await _admit(deps, evidence, work)
    await deps.store.standings.add_evidence(evidence, work)
    await _schedule(deps, evidence, work)
    await _review(deps, evidence.resident_id, area_path, work)


async def _admit(deps: Deps, evidence: Evidence, work: UnitOfWork) -> Evidence:
    earlier = await _evidence(deps, evidence.resident_id, work) if evidence.waits else ()
    return gate.admit(evidence, deps.second_person_within, earlier)


async def _put(deps: Deps, area_path: str, evidence: Evidence, work: UnitOfWork) -> None:
    """Store evidence that changed, and the colour that follows."""
    await deps.deadlines.cancel(work, evidence.resident_id, REVIEW, evidence.source_id)
    await deps.store.standings.put_evidence(evidence, work)
    await _schedule(deps, evidence, work)
    await _review(deps, evidence.resident_id, area_path, work)


@retry_conflicts
async def confirm(deps: Deps, caller: Principal, resident_id: str) -> Standing:
    """Confirm, as the second person, what one person stated of a fever or a journey; again, it changes nothing.

    A case is confirmed in isolation, an order by its approval. Raises `Conflict` where nothing waits.
    """
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        own = await own_of(deps.store.residents, caller)
        own.require_stranger(resident_id, resident.household_id, resident.keeper_id)
        stated = [one for one in await _evidence(deps, resident_id, work) if one.stated_by]
        waiting = [one for one in stated if one.waits and one.kind in _CONFIRMED_HERE and not one.is_over(now)]
        if not waiting and not any(same_person(one.confirmed_by, caller.subject) for one in stated):
            raise Conflict("registration.nothing_waits", NOTHING_WAITS)
        for evidence in waiting:
            await _put(deps, resident.area_path, gate.confirm(evidence, caller.subject, now), work)
            if journey := await deps.store.journeys.get(evidence.source_id, work):
                confirmed = replace(journey, confirmed_by=caller.subject)
                await deps.store.journeys.put(confirmed, work)
                work.emit(JourneyChanged.of(confirmed))
        return await current(deps, resident_id, work)


async def confirm_one(deps: Deps, journey: Journey, by: str, work: UnitOfWork) -> None:
    """Let the colour rest on a journey that a second person confirmed as long as it was meant to."""
    for evidence in await _evidence(deps, journey.resident_id, work):
        if evidence.source_id == journey.journey_id and evidence.waits:
            await _put(deps, journey.area_path, gate.confirm(evidence, by, deps.clock.now()), work)


async def repeats(deps: Deps, evidence: Evidence, work: UnitOfWork) -> bool:
    """Whether evidence would be the same person's word again, which no second person has confirmed."""
    earlier = await _evidence(deps, evidence.resident_id, work)
    return any(gate.repeats(evidence, one) for one in earlier)


async def confirm_order(deps: Deps, resident_id: str, order: ColourOrder, work: UnitOfWork) -> None:
    """Let the evidence of an order that one officer gave, and another has approved, count until the order's end."""
    for evidence in await _evidence(deps, resident_id, work):
        if evidence.source_id == order.order_id and evidence.waits and order.decided_by:
            confirmed = gate.confirm(evidence, order.decided_by, deps.clock.now())
            await _put(deps, order.area_path, confirmed, work)


async def _schedule(deps: Deps, evidence: Evidence, work: UnitOfWork) -> None:
    reviews = [evidence.since, evidence.until] if evidence.since > deps.clock.now() else [evidence.until]
    for at in reviews:
        if at is not None:
            await deps.deadlines.schedule(work, REVIEW, evidence.resident_id, at, key=evidence.source_id)


async def follow_travel(deps: Deps, journey: Journey, before: Journey | None, work: UnitOfWork) -> None:
    """Let the colour follow a journey that was declared, changed or cancelled."""
    now, resident_id, source_id = deps.clock.now(), journey.resident_id, journey.journey_id
    by = (deps.days_before_arrival, deps.zone, await _watch(deps, EvidenceKind.RISK_TRAVEL, work))
    evidence = colours.travel_evidence(journey, now, *by)
    known = before and await deps.store.standings.one(source_id, work)
    if evidence is None and known is None:
        return
    await deps.deadlines.cancel(work, resident_id, REVIEW, source_id)
    if evidence is None:
        kind = EvidenceKind.RISK_TRAVEL
        await deps.store.standings.end_evidence(resident_id, source_id, kind, now, work)
    else:
        stated = replace(evidence, stated_by=journey.stated_by, confirmed_by=journey.confirmed_by)
        evidence = await _admit(deps, stated, work)
        await deps.store.standings.put_evidence(evidence, work)
        await _schedule(deps, evidence, work)
    await _review(deps, resident_id, journey.area_path, work)


async def end(deps: Deps, resident_id: str, source_id: str, area_path: str, work: UnitOfWork) -> bool:
    """Let evidence count no longer for one resident; False where it is a case, which isolation alone ends."""
    now = deps.clock.now()
    counting = [one for one in await _evidence(deps, resident_id, work) if one.counts(now)]
    evidence = next((one for one in counting if one.source_id == source_id), None)
    if evidence is None:
        return True
    if evidence.kind is EvidenceKind.ISOLATION:
        return False
    await deps.store.standings.end_evidence(evidence.resident_id, source_id, evidence.kind, now, work)
    await deps.deadlines.cancel(work, evidence.resident_id, REVIEW, source_id)
    await _review(deps, resident_id, area_path, work)
    return True


async def _evidence(deps: Deps, resident_id: str, work: UnitOfWork) -> list[Evidence]:
    """Return what the colour of a person may rest on, stored under any of the ids of the file."""
    resident = await deps.store.residents.get(resident_id, work)
    return await deps.store.standings.evidence(resident.ids if resident else (resident_id,), work)


async def review_in(deps: Deps, resident_id: str, work: UnitOfWork) -> None:
    """Compute the colour of a file and its aliases again, in the unit of work that merges or separates them."""
    if resident := await deps.store.residents.get(resident_id, work):
        await _review(deps, resident_id, resident.area_path, work)


async def _review(deps: Deps, resident_id: str, area_path: str, work: UnitOfWork) -> None:
    """Compute the colour of a person; every alias of the file has the same, for a gate may know it by that id alone."""
    now = deps.clock.now()
    rules = await deps.store.code_rules.in_force(now, work)
    resident = await deps.store.residents.get(resident_id, work)
    ids, path = (resident.ids, resident.area_path) if resident else ((resident_id,), area_path)
    evidence = await deps.store.standings.evidence(ids, work)
    for one in ids:
        old = await deps.store.standings.get(one, work)
        new = colours.standing(one, evidence, now, rules.colour_of)
        changed = colours.differs(old, new)
        # Written even where nothing changes: two pieces of evidence for one person at the same moment must meet.
        await deps.store.standings.put(new if changed else old or new, now if changed else None, work)
        if changed:
            work.emit(StandingChanged.of(new, area_path=path))
            if new.colour is not Colour.GREEN:
                await exit_keeping.end_of(deps, one, work)


async def standing(deps: Deps, caller: Principal, resident_id: str) -> Standing:
    """Return a resident's colour and why."""
    await visible(deps, caller, resident_id)
    return await current(deps, resident_id)


async def explain(deps: Deps, caller: Principal, resident_id: str) -> tuple[Standing, str | None]:
    """Return a resident's colour, and the reason of the order by hand where it rests on one."""
    now = await standing(deps, caller, resident_id)
    order = await deps.store.orders.get(now.evidence) if now.rule == EvidenceKind.MANUAL else None
    return now, order.reason if order else None


async def current(deps: Deps, resident_id: str, work: UnitOfWork | None = None) -> Standing:
    """Return the standing of a resident; without a history it is green."""
    stored = await deps.store.standings.get(resident_id, work)
    return stored or colours.standing(resident_id, (), deps.clock.now(), USUAL.colour_of)


async def history(deps: Deps, caller: Principal, resident_id: str) -> list[Change]:
    """Return every change of a resident's colour, in order."""
    await visible(deps, caller, resident_id)
    return await deps.store.standings.history(resident_id)
