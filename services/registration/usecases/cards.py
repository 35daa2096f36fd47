"""Cards: who holds which, and how one passes from a resident to another (R1.9)."""

from dataclasses import replace

from services.registration.domain import cards, persons
from services.registration.domain.cards import Card
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.residents import visible
from shared.base.errors import Conflict, Invalid
from shared.base.sealing import keyed_hash
from shared.events.registration import CardsChanged
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


def card_hash(deps: Deps, number: str) -> str:
    """Return the keyed hash of a card's number in its normal form."""
    return keyed_hash(deps.id_hash_key, "card", number)


@retry_conflicts
async def give(deps: Deps, caller: Principal, resident_id: str, number: str, reason: str) -> Card:
    """Give a card to a resident; the holder so far, who must live in the caller's area, holds it no longer.

    Raises `Invalid` for what is no card's number, `NotFound` for a resident outside the area, `Conflict` where the
    holder lives outside it.
    """
    try:
        key = card_hash(deps, persons.check_card(number))
    except ValueError as error:
        raise Invalid("registration.bad_card", f"{error}: correct it") from None
    async with deps.unit_of_work() as work:
        receiver = await visible(deps, caller, resident_id, work)
        holder_id = (await deps.store.cards.holders([key], work)).get(key, resident_id)
        card = await deps.store.cards.get(key, work) or Card(key, resident_id)
        if holder_id != resident_id:
            await _take(deps, caller, holder_id, key, work)
            card = cards.pass_on(card, resident_id, caller.subject, deps.clock.now(), reason)
        await deps.store.cards.put(card, work)
        if key not in receiver.card_hashes:
            await _change(deps, replace(receiver, card_hashes=(*receiver.card_hashes, key)), work)
    return card


async def _take(deps: Deps, caller: Principal, holder_id: str, key: str, work: UnitOfWork) -> None:
    holder = await deps.store.residents.get(holder_id, work)
    if holder is None:
        return
    if not caller.sees(holder.area_path):
        text = "A person outside your area holds this card: the office above both areas passes it on"
        raise Conflict("registration.card_held", text)
    await _change(deps, replace(holder, card_hashes=tuple(one for one in holder.card_hashes if one != key)), work)


async def _change(deps: Deps, resident: Resident, work: UnitOfWork) -> None:
    await deps.store.residents.put(resident, work)
    work.emit(CardsChanged.of(resident))


async def held_by(deps: Deps, caller: Principal, resident_id: str) -> list[Card]:
    """Return the cards of a resident. Raises `NotFound` outside the caller's area."""
    resident = await visible(deps, caller, resident_id)
    stored = {card.card_hash: card for card in await deps.store.cards.of_resident(resident_id)}
    return [stored.get(key) or Card(key, resident_id) for key in resident.card_hashes]
