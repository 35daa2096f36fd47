"""Acts on a resident's file by hand: papers, addresses, relation, consent, and departure, return, death (R1.3).

A person who departed or died opens no gate: codes are revoked, cards are held no longer, and the event says `left`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from services.registration.domain import particulars as domain
from services.registration.domain.changes import Act
from services.registration.domain.particulars import Address, Consent, Particulars, Presence, State
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, changes, codes
from services.registration.usecases.particulars import open_particulars, with_particulars
from services.registration.usecases.residents import visible
from shared.base import normal_form
from shared.base.errors import Conflict, Invalid
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of

Edit = Callable[[Particulars], Particulars]
T = TypeVar("T")


async def set_papers(deps: Deps, caller: Principal, resident_id: str, papers: Sequence[tuple[str, str]]) -> Resident:
    """State the papers of a resident beside the ID number, each a kind and a number; they replace the earlier ones."""
    checked = tuple(_checked(domain.check_paper, kind, number) for kind, number in papers)
    if len({one.number for one in checked}) < len(checked):
        raise _bad("one number stands twice")
    return await _edit(deps, caller, resident_id, Act.PAPERS, lambda one: replace(one, papers=checked))


async def set_addresses(deps: Deps, caller: Principal, resident_id: str, addresses: Sequence[Address]) -> Resident:
    """State the addresses of a resident beside the one that is lived in; they replace the earlier ones."""
    plain = tuple(replace(one, text=normal_form.fold(one.text)) for one in addresses)
    return await _edit(deps, caller, resident_id, Act.ADDRESSES, lambda one: replace(one, addresses=plain))


async def set_relation(deps: Deps, caller: Principal, resident_id: str, relation: str) -> Resident:
    """State the relation of a resident to the head of the household."""
    code = domain.relation_of(relation)
    return await _edit(deps, caller, resident_id, Act.RELATION, lambda one: replace(one, relation=code))


async def set_consent(deps: Deps, caller: Principal, resident_id: str, consent: Consent) -> Resident:
    """State the consent of a resident, or its withdrawal."""
    _checked(domain.check_consent, consent, deps.today)
    return await _edit(deps, caller, resident_id, Act.CONSENT, lambda one: replace(one, consent=consent))


async def set_state(
    deps: Deps, caller: Principal, resident_id: str, presence: Presence, since: date, note: str
) -> Resident:
    """State that a resident departed, returned or died on a day. The same again changes nothing."""
    after = State(presence.value, since, normal_form.fold(note))

    def edit(known: Particulars) -> Particulars:
        if known.state == after:
            return known
        if known.state.presence == after.presence:
            raise Conflict("registration.same_state", "The file has that state already: undo it to correct its day")
        _checked(domain.check_state, known.state, after, deps.today)
        return replace(known, state=after)

    return await _edit(deps, caller, resident_id, Act.STATE, edit)


@retry_conflicts
async def _edit(deps: Deps, caller: Principal, resident_id: str, act: Act, edit: Edit) -> Resident:
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        (await own_of(deps.store.residents, caller)).require_stranger(resident_id, resident.household_id)
        known = open_particulars(deps, resident)
        particulars = edit(known)
        if particulars == known:
            return resident
        changed = with_particulars(deps, resident, particulars)
        if particulars.state != known.state:
            changed = replace(changed, left=particulars.state.presence != Presence.HERE)
        if changed.left and not resident.left:
            changed = await _take_away(deps, caller, changed, work)
        await deps.store.residents.put(changed, work)
        await changes.keep(deps, resident, changed, changes.by_request(act, caller), work)
        if changed.left != resident.left:
            work.emit(changes.event_of(resident, changed).of(changed))
    return changed


async def _take_away(deps: Deps, caller: Principal, resident: Resident, work: UnitOfWork) -> Resident:
    """Take from a person who is here no longer what opens a gate."""
    await codes.revoke_all(deps, caller.subject, resident, work)
    await deps.store.cards.free(resident.card_hashes, resident.resident_id, work)
    return replace(resident, card_hashes=())


def _checked(check: Callable[..., T], *facts: object) -> T:
    try:
        return check(*facts)
    except ValueError as error:
        raise _bad(str(error)) from None


def _bad(problem: str) -> Invalid:
    return Invalid("registration.bad_particulars", f"It cannot be stored: {problem}", problem=problem)
