"""The office of a person accepts or refuses a row that another official has sent about the person."""

from dataclasses import replace

from services.registration.domain import examinations
from services.registration.domain.changes import Act, Why
from services.registration.domain.examinations import Examination, State
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, applying, cards
from services.registration.usecases.changes import by_request
from services.registration.usecases.examining import open_row
from services.registration.usecases.imports import Entry
from shared.base.errors import NotFound
from shared.base.persons import same_person
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


async def accept(deps: Deps, caller: Principal, examination_id: str, reason: str) -> Examination:
    """Carry out the row, as the office of the person; again gives the same answer.

    Raises `NotFound` outside the person's area; `Conflict` to the official who sent it, about the own household, and
    where it is decided.
    """
    return await _decide(deps, caller, examination_id, State.ACCEPTED, reason)


async def refuse(deps: Deps, caller: Principal, examination_id: str, reason: str) -> Examination:
    """Refuse the row; the official who sent it does not learn of it. Raises what `accept` does."""
    return await _decide(deps, caller, examination_id, State.REFUSED, reason)


async def show(deps: Deps, caller: Principal, examination_id: str, work: UnitOfWork | None = None) -> Examination:
    """Return a row to the office of the person. Raises `NotFound` for others."""
    return (await _visible(deps, caller, examination_id, work))[0]


async def _visible(
    deps: Deps, caller: Principal, examination_id: str, work: UnitOfWork | None
) -> tuple[Examination, Resident]:
    asked = await deps.store.examinations.get(examination_id, work)
    about = await deps.store.residents.get(asked.resident_id, work) if asked else None
    decided = asked is not None and asked.state is not State.OPEN and caller.sees(asked.home_path)
    if asked is None or about is None or not (decided or caller.sees(about.area_path)):
        raise NotFound("registration.no_such_examination", "The row was not found in your area")
    return asked, about


@retry_conflicts
async def _decide(deps: Deps, caller: Principal, examination_id: str, state: State, reason: str) -> Examination:
    async with deps.unit_of_work() as work:
        asked, about = await _visible(deps, caller, examination_id, work)
        if asked.state is state and same_person(asked.decided_by, caller.subject):
            return asked
        (await own_of(deps.store.residents, caller)).require_stranger(about.resident_id, about.household_id)
        decided = examinations.decide(asked, state, caller.subject, deps.clock.now(), reason)
        await deps.store.examinations.put(decided, work)
        if state is State.ACCEPTED:
            why = replace(by_request(Act.EXAMINATION, caller, reason), examination_id=examination_id)
            await _carry_out(deps, caller, asked, why, work)
    return decided


async def _carry_out(deps: Deps, caller: Principal, asked: Examination, why: Why, work: UnitOfWork) -> None:
    entry = open_row(deps, asked)
    await _free_card(deps, caller, entry, why, work)
    sender = Principal(asked.asked_by, frozenset(), asked.area_path, None)
    await applying.accept(deps, sender, why, entry, work)


async def _free_card(deps: Deps, caller: Principal, entry: Entry, why: Why, work: UnitOfWork) -> None:
    """Take the card of the row from the person who holds it. Raises `Conflict` where that is another office's."""
    key = entry.card_hash
    holder_id = (await deps.store.cards.holders([key], work)).get(key) if key else None
    known = (await deps.store.residents.by_hashes([entry.id_number_hash], work)).get(entry.id_number_hash)
    if key and holder_id and not (known and known.resident_id == holder_id):
        await cards.take(deps, caller, holder_id, key, why, work)
        await deps.store.cards.free([key], holder_id, work)
