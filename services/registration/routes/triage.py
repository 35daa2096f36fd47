"""Triage desks over HTTP: one call registers a person face to face (R1.11)."""

from services.registration.domain.journeys import Declaration
from services.registration.domain.triage import (
    Desk,
    StatedDoor,
    StatedPerson,
    StatedTriage,
    Triage,
    count,
)
from services.registration.routes.callers import FileReader, Office, Staff, Uses, listed_area
from services.registration.schemas.triage import (
    DeskBody,
    DeskDayView,
    DeskView,
    TriageBody,
    TriageJourneyBody,
    TriagePersonBody,
    TriageView,
)
from services.registration.usecases import Deps, desks, triage
from shared.base.errors import NotFound
from shared.web.access import Principal
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page
from shared.web.times import Day

TRIAGE, PURPOSE = "triage", "registration at a desk"

router = api_router("triage desks", about="Triage desks (分诊台): a person is registered face to face by one call.")


@router.put("/desks/{desk_id}")
async def state_desk(desk_id: Id, body: DeskBody, deps: Uses, caller: Office) -> DeskView:
    """State a desk at a place and who is on duty there; only they register people at it (R1.11)."""
    staff = tuple(dict.fromkeys(body.staff))
    desk = Desk(desk_id, body.area_path, body.name, staff, body.closed)
    return DeskView.of(await desks.state(deps, caller, desk))


@router.get("/desks")
async def list_desks(deps: Uses, caller: FileReader, listing: Listed, within: MaybePath = "") -> Page[DeskView]:
    """List the desks within an area path, by default the caller's own, a page at a time."""
    stored, following = await deps.store.triages.desks(listed_area(caller, within), listing.after, listing.limit)
    return listing.page(map(DeskView.of, stored), following)


@router.get("/desks/{desk_id}")
async def show_desk(desk_id: Id, deps: Uses, caller: FileReader) -> DeskView:
    """Show a desk and who is on duty there."""
    return DeskView.of(await desks.visible(deps, caller, desk_id))


@router.get("/desks/{desk_id}/day")
async def count_desk_day(desk_id: Id, deps: Uses, caller: FileReader, day: Day | None = None) -> DeskDayView:
    """Count who was registered at a desk on a day, by default today."""
    desk = await desks.visible(deps, caller, desk_id)
    of = day or deps.today
    return DeskDayView.of(count(await deps.store.triages.of_day(desk.desk_id, of)), desk_id=desk.desk_id, day=of)


@router.post("/desks/{desk_id}/triages", status_code=201)
async def register_at_desk(
    desk_id: Id, body: TriageBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> TriageView:
    """Register a person face to face: file, journey, temperature, symptoms and card, or nothing of it (R1.11).

    A fever or symptoms reach isolation at once, which opens a case and sends the person to a fever clinic.
    """
    stated = StatedTriage(
        triage_id=body.triage_id,
        desk_id=desk_id,
        person=_person(body.person),
        journey=_journey(body.journey) if body.journey else None,
        temperature_c=body.temperature_c,
        symptoms=tuple(sorted(set(body.symptoms))),
        issue_card=body.issue_card,
        blank_card=body.blank_card,
    )
    recorded = await triage.register(deps, caller, stated)
    await disclosures.record(caller, TRIAGE, recorded.triage_id, recorded.area_path, purpose.usual(PURPOSE))
    return _view(deps, caller, recorded)


@router.get("/desks/{desk_id}/triages")
async def list_triages(
    desk_id: Id,
    deps: Uses,
    caller: Staff,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    day: Day | None = None,
) -> Page[TriageView]:
    """List who was registered at a desk on a day, by default today, a page at a time; without names."""
    desk = await desks.visible(deps, caller, desk_id)
    rows = await deps.store.triages.of_day(desk.desk_id, day or deps.today, listing.after, listing.limit)
    await disclosures.record_list(caller, TRIAGE, desk.area_path, purpose.usual(PURPOSE))
    following = rows[-1].triage_id if len(rows) == listing.limit else None
    return listing.page((_view(deps, caller, one) for one in rows), following)


@router.get("/triages/{triage_id}")
async def show_triage(
    triage_id: Id, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> TriageView:
    """Show what was recorded of a person at a desk; the card's number to who gave it, on that day."""
    recorded = await deps.store.triages.get(triage_id)
    if recorded is None or not (caller.sees(recorded.desk_path) or caller.sees(recorded.area_path)):
        raise NotFound("registration.no_such_triage", "The registration was not found in your area")
    await disclosures.record(caller, TRIAGE, recorded.triage_id, recorded.area_path, purpose.usual(PURPOSE))
    return _view(deps, caller, recorded)


def _person(body: TriagePersonBody) -> StatedPerson:
    door = StatedDoor(**body.door.model_dump()) if body.door else None
    facts = body.model_dump(exclude={"door", "resident_id"})
    return StatedPerson(resident_id=body.resident_id or "", door=door, **facts)


def _journey(body: TriageJourneyBody) -> Declaration:
    return Declaration(journey_id="", resident_id="", **body.model_dump())


def _view(deps: Deps, caller: Principal, recorded: Triage) -> TriageView:
    card = triage.card_of(deps, caller, recorded)
    return TriageView.of(recorded, card=card, card_given=recorded.card)
