"""A person is registered at a desk by one call: file, journey, temperature, symptoms and card, or nothing (R1.11)."""

from dataclasses import dataclass, replace

from services.registration.domain import persons, places
from services.registration.domain import triage as rules
from services.registration.domain.changes import Act
from services.registration.domain.imports import Outcome as RowOutcome
from services.registration.domain.journeys import Journey
from services.registration.domain.residents import Resident
from services.registration.domain.triage import CardGiven, Desk, Outcome, StatedDoor, StatedPerson, StatedTriage, Triage
from services.registration.usecases import STAFF, Deps, cards, changes, desks, journeys, searching
from services.registration.usecases.applying import Step
from services.registration.usecases.imports import STATED_DEAD, Entry
from services.registration.usecases.names import ID_NUMBER, open_name
from services.registration.usecases.residents import visible
from services.registration.usecases.searching import Wanted
from shared.base.errors import Conflict, Forbidden, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.persons import same_person
from shared.base.sealing import keyed_hash
from shared.events.registration import PlaceLevel
from shared.events.registration_desks import TriageRecorded
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@dataclass(frozen=True)
class _Filed:
    """Whose file it became, and the journey that was declared with it; no resident where another office examines."""

    outcome: Outcome
    resident: Resident | None = None
    journey: Journey | None = None
    card: CardGiven = CardGiven.NONE


@retry_conflicts
async def register(deps: Deps, caller: Principal, stated: StatedTriage) -> Triage:
    """Register a person at a desk; the same `triage_id` again gives the same answer.

    Raises `Forbidden` for who is not on duty there. Where the row of a roster would be examined by another office, so
    is this one, and the answer does not state for which reason.
    """
    rules.check_temperature(stated.temperature_c)
    mark = keyed_hash(deps.id_hash_key, "triage", repr(stated))
    async with deps.unit_of_work() as work:
        desk = await desks.visible(deps, caller, stated.desk_id, work)
        if not desk.is_on_duty(caller.subject):
            text = "You are not on duty at this desk: have the office name you there"
            raise Forbidden("registration.not_on_duty", text)
        if known := await deps.store.triages.get(stated.triage_id, work):
            if known.stated != mark:
                raise Conflict("registration.triage_taken", "That triage_id stands for another one: make a new one")
            return known
        entry, before = await _entry(deps, caller, stated, work)
        filed = await _file(deps, caller, stated, entry, before, work)
        triage = _triage(deps, caller, desk, stated, filed, mark)
        await deps.store.triages.put(triage, work)
        work.emit(TriageRecorded.of(triage))
    return triage


def _triage(deps: Deps, caller: Principal, desk: Desk, stated: StatedTriage, filed: _Filed, mark: str) -> Triage:
    resident, journey, policy = filed.resident, filed.journey, rules.fever_policy(deps.today)
    return Triage(
        triage_id=stated.triage_id,
        desk_id=desk.desk_id,
        desk_path=desk.area_path,
        area_path=resident.area_path if resident else desk.area_path,
        outcome=filed.outcome,
        reported_by=caller.subject,
        at=deps.clock.now().replace(microsecond=0),
        day=deps.today,
        stated=mark,
        resident_id=resident.resident_id if resident else None,
        household_id=resident.household_id if resident else None,
        journey_id=journey.journey_id if journey else None,
        risk=journey.risk if journey else None,
        temperature_c=stated.temperature_c,
        symptoms=stated.symptoms,
        fever=rules.is_fever(stated.temperature_c, policy),
        fever_source=policy.source,
        card=filed.card,
    )


async def _file(
    deps: Deps, caller: Principal, stated: StatedTriage, entry: Entry, before: Resident | None, work: UnitOfWork
) -> _Filed:
    """Open or change the file, give the card and declare the journey."""
    step = await Step.read(deps, caller, changes.by_request(Act.TRIAGE, caller), [entry], work)
    outcome = await step.carry_out(entry)
    if outcome is RowOutcome.REJECTED and not step.examined:
        raise _refusal(step.problems[0].problem)
    await step.store()
    if step.examined:
        return _Filed(Outcome.EXAMINED)
    resident = (await deps.store.residents.by_hashes([entry.id_number_hash], work)).get(entry.id_number_hash)
    if resident is None:
        raise NotFound("registration.no_such_resident", "The resident was not found in your area")
    card = await _give_card(deps, caller, stated, resident, work)
    journey = None
    if stated.journey:
        journey_id = derived_id("triage.journey", stated.triage_id)
        declared = replace(stated.journey, journey_id=journey_id, resident_id=resident.resident_id)
        journey = await journeys.declare_in(deps, caller, declared, work)
    return _Filed(Outcome.KNOWN if before else Outcome.NEW, resident, journey, card)


def _refusal(problem: str) -> Conflict:
    if problem == STATED_DEAD:
        text = "The file states that the person has died: undo that in the file's history, then register again"
        return Conflict("registration.triage_dead", text)
    return Conflict("registration.triage_card_held", "Another person holds this card: take another blank one")


def card_of(deps: Deps, caller: Principal, triage: Triage) -> str:
    """Return the number of the card that the desk made, to who gave it and on that day; else an empty text."""
    if triage.card is CardGiven.MADE and triage.day == deps.today and same_person(triage.reported_by, caller.subject):
        return _made_card(deps, triage.triage_id)
    return ""


def _made_card(deps: Deps, triage_id: str) -> str:
    return rules.card_number(keyed_hash(deps.id_hash_key, "triage.card", triage_id))


async def _give_card(
    deps: Deps, caller: Principal, stated: StatedTriage, resident: Resident, work: UnitOfWork
) -> CardGiven:
    if not stated.issue_card:
        return CardGiven.NONE
    number = stated.blank_card or _made_card(deps, stated.triage_id)
    await cards.add(deps, caller, resident, number, work)
    return CardGiven.BLANK if stated.blank_card else CardGiven.MADE


async def _entry(
    deps: Deps, caller: Principal, stated: StatedTriage, work: UnitOfWork
) -> tuple[Entry, Resident | None]:
    """Return the call as a row of a roster, and the person's file so far where this office has one."""
    person = stated.person
    known = await _find(deps, caller, person, work)
    id_number = person.id_number
    if known:
        own = await own_of(deps.store.residents, caller)
        own.require_stranger(known.resident_id, known.household_id)
        id_number = deps.sealer.open(known.sealed.id_number, ID_NUMBER, known.resident_id)
    path, name = await _door_and_name(deps, caller, person, known, work)
    try:
        id_number = persons.check_id_number(id_number, deps.today)
        name = persons.check_name(name)
        phone = persons.check_phone(person.contact_phone) if person.contact_phone else None
    except ValueError as error:
        raise Invalid("registration.triage_person", f"{error}: correct it") from None
    entry = Entry(
        row=1,
        household_id=derived_id("household", path),
        area_path=path,
        name=name,
        id_number=id_number,
        id_number_hash=keyed_hash(deps.id_hash_key, "id_number", id_number),
        card_hash=None,
        categories=None,
        phone=phone,
    )
    return entry, known


async def _door_and_name(
    deps: Deps, caller: Principal, person: StatedPerson, known: Resident | None, work: UnitOfWork
) -> tuple[str, str]:
    """Return the door's path and the name: as stated, else those of the file."""
    if known is None and (person.door is None or not person.name):
        text = "Your office has no file of this number: state the name and the door to open one"
        raise Invalid("registration.triage_new_file", text)
    stored = open_name(deps, known) if known else person.name
    if person.name and person.name != stored:
        text = "The file of this number has another name: compare the number with the document"
        raise Conflict("registration.triage_other_name", text)
    if person.door is None:
        return known.area_path if known else "", stored
    return await _path(deps, caller, person.door, work), stored


async def _path(deps: Deps, caller: Principal, door: StatedDoor, work: UnitOfWork) -> str:
    compound = await deps.store.places.at(door.compound, work)
    if compound is None or compound.level is not PlaceLevel.COMPOUND or not caller.sees(compound.path):
        raise NotFound("registration.no_such_place", f"There is no compound {door.compound} in your area")
    try:
        parts = [places.part_of_door(part) for part in (door.building, door.unit) if part]
        room = places.check_door(door.room)
    except ValueError as error:
        raise Invalid("registration.triage_door", f"The door {error}") from None
    return "/".join((compound.path, *filter(None, parts), room))


async def _find(deps: Deps, caller: Principal, person: StatedPerson, work: UnitOfWork) -> Resident | None:
    """Return the person's file in the caller's area. Raises `NotFound`, or `Conflict` where several have the phone."""
    if person.resident_id:
        return await visible(deps, caller, person.resident_id, work)
    if person.id_number:
        key = keyed_hash(deps.id_hash_key, "id_number", person.id_number)
        resident = (await deps.store.residents.by_hashes([key], work)).get(key)
        return resident if resident and caller.may_see(resident.area_path, STAFF) else None
    if person.card:
        return await _holder(deps, caller, person.card, work)
    path = caller.area
    matches, _ = await searching.page(deps, path, Wanted(phone=person.phone), "door", "", 2)
    if not matches:
        raise NotFound("registration.triage_unknown", "No file of your area has it: state the ID number")
    if len(matches) > 1:
        text = "Several people of your area have this phone: state the ID number"
        raise Conflict("registration.triage_several", text)
    return matches[0]


async def _holder(deps: Deps, caller: Principal, number: str, work: UnitOfWork) -> Resident:
    key = cards.card_hash(deps, number)
    holder_id = (await deps.store.cards.holders([key], work)).get(key)
    holder = await deps.store.residents.get(holder_id, work) if holder_id else None
    if holder is None or not caller.may_see(holder.area_path, STAFF):
        raise NotFound("registration.triage_unknown", "No file of your area has it: state the ID number")
    return holder
