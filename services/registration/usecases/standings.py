"""Colours: evidence comes from events, the rule gives the colour, every change has its trace (R1.6, R1.9)."""

from dataclasses import asdict
from typing import Any

from services.registration import domain
from services.registration.domain import Evidence, EvidenceKind, Journey, Standing
from services.registration.usecases import Deps
from services.registration.usecases.residents import visible
from shared.access import Principal
from shared.deadlines import Deadline
from shared.errors import Conflict, Invalid
from shared.events import checkpoint, isolation
from shared.events.registration import JourneyDeclared, StandingChanged
from shared.health_code import HealthCode
from shared.mongo import Document
from shared.unit_of_work import UnitOfWork, retry_conflicts

REVIEW = "standing.review"


@retry_conflicts
async def declare_journey(deps: Deps, caller: Principal, stated: Journey) -> Document:
    """Record a journey home and the risk of its origin; the same `journey_id` again gives the same answer."""
    now = deps.clock.now()
    today = now.astimezone(deps.zone).date()
    try:
        domain.check_journey(stated.departs_on, stated.arrives_on, today)
    except ValueError as error:
        raise Invalid("registration.journey_dates", f"{error}: correct the dates") from None
    listed = await deps.store.risk_list(today)
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, stated.resident_id, work)
        if known := await deps.store.journey(stated.journey_id, work):
            if known["resident_id"] != stated.resident_id:
                raise Conflict("registration.journey_taken", "That journey_id is another's: make a new one")
            return known
        journey = asdict(stated) | {
            "departs_on": stated.departs_on.isoformat(),
            "arrives_on": stated.arrives_on.isoformat(),
            "_id": stated.journey_id,
            "household_id": resident["household_id"],
            "area_path": resident["area_path"],
            "risk": domain.risk_of(stated.origin_region, listed[1] if listed else []).value,
            "risk_list_date": listed[0].isoformat() if listed else None,
            "declared_by": caller.subject,
            "declared_at": now,
        }
        await deps.store.insert_journey(journey, work)
        event = JourneyDeclared.model_validate(journey)
        work.emit(event)
        evidence = domain.travel_evidence(stated.journey_id, event.risk, stated.departs_on, now, deps.zone)
        if evidence:
            await _add(deps, resident, evidence, None, work)
    return journey


@retry_conflicts
async def case_opened(deps: Deps, event: isolation.CaseOpened) -> None:
    """Isolation turns the code red until the case ends."""
    async with deps.unit_of_work(event) as work:
        evidence = Evidence(event.id, EvidenceKind.ISOLATION, event.time)
        await _add(deps, _subject(event), evidence, event.case_id, work)


@retry_conflicts
async def case_ended(deps: Deps, event: isolation.CaseReleased | isolation.CaseCancelled) -> None:
    """A released or cancelled case no longer counts."""
    async with deps.unit_of_work(event) as work:
        await deps.store.end_case_evidence(event.case_id, deps.clock.now(), work)
        await _review(deps, _subject(event), work)


@retry_conflicts
async def fever_seen(deps: Deps, event: checkpoint.AlertRaised) -> None:
    """A fever at a gate turns the code yellow for the time of the watch."""
    if event.rule is not checkpoint.AlertRule.FEVER or event.resident_id is None:
        return
    async with deps.unit_of_work(event) as work:
        resident = await deps.store.resident(event.resident_id, work)
        if resident:
            evidence = Evidence(event.id, EvidenceKind.FEVER, event.at, event.at + domain.FEVER_WATCH)
            await _add(deps, resident, evidence, None, work)


@retry_conflicts
async def fever_reported(deps: Deps, event: isolation.FeverReported) -> None:
    """A fever reported in isolation counts beyond the case, for the time of the watch."""
    async with deps.unit_of_work(event) as work:
        evidence = Evidence(event.id, EvidenceKind.FEVER, event.time, event.time + domain.FEVER_WATCH)
        await _add(deps, _subject(event), evidence, None, work)


@retry_conflicts
async def review(deps: Deps, deadline: Deadline) -> None:
    """Compute the colour again when evidence has run out."""
    async with deps.unit_of_work(deadline) as work:
        resident = await deps.store.resident(deadline.subject, work)
        if resident:
            await _review(deps, resident, work)


async def _add(deps: Deps, resident: Document, evidence: Evidence, case_id: str | None, work: UnitOfWork) -> None:
    resident_id = resident["_id"]
    await deps.store.add_evidence(resident_id, evidence, case_id, work)
    if evidence.until:
        await deps.deadlines.schedule(work, REVIEW, resident_id, evidence.until, key=evidence.id)
    await _review(deps, resident, work)


async def _review(deps: Deps, resident: Document, work: UnitOfWork) -> None:
    resident_id = resident["_id"]
    new = domain.standing(await deps.store.evidence(resident_id, work), deps.clock.now())
    if not domain.differs(await deps.store.standing(resident_id, work), new):
        return
    await deps.store.put_standing(resident_id, new, work)
    work.emit(
        StandingChanged(
            resident_id=resident_id,
            area_path=resident["area_path"],
            colour=new.colour,
            isolated=new.isolated,
            rule=new.rule,
            evidence=new.evidence,
            since=new.since,
            until=new.until,
        )
    )


def _subject(event: Any) -> Document:
    return {"_id": event.resident_id, "area_path": event.area_path}


async def standing(deps: Deps, caller: Principal, resident_id: str) -> Standing:
    """Return a resident's colour and why."""
    await visible(deps, caller, resident_id)
    return await deps.store.standing(resident_id) or domain.standing((), deps.clock.now())


async def issue_code(deps: Deps, caller: Principal, resident_id: str) -> tuple[str, HealthCode]:
    """Return the resident's health code, signed now; its expiry is whole seconds."""
    current = await standing(deps, caller, resident_id)
    now = deps.clock.now().replace(microsecond=0)
    code = HealthCode(resident_id, current.colour, now, now + deps.code_lifetime)
    return deps.signer.sign(code), code
