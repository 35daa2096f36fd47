"""Cards: who holds which, and how one passes from a resident to another (R1.9)."""

from dataclasses import replace

from services.registration.domain import cards, persons
from services.registration.domain.cards import Card
from services.registration.domain.changes import Act, Why
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, changes
from services.registration.usecases.residents import visible
from shared.base.errors import Conflict, Invalid
from shared.base.impersonal import require_impersonal
from shared.base.sealing import keyed_hash
from shared.events.registration import CardsChanged
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal

# It states nothing of a holder: whether a person elsewhere has the card is not for the caller.
CARD_EXAMINED = (
    "This card is not given by itself: issue another one, or have the office above your area examine it and give it"
    " · 此卡不能直接发放：请换发新卡，或请上级核查后发放"
)


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
    why = changes.by_request(Act.CARD, caller, reason)
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        receiver = await visible(deps, caller, resident_id, work)
        holder_id = (await deps.store.cards.holders([key], work)).get(key, resident_id)
        card = await deps.store.cards.get(key, work) or Card(key, resident_id)
        if holder_id != resident_id:
            await take(deps, caller, holder_id, key, why, work)
            card = cards.pass_on(card, resident_id, caller.subject, deps.clock.now(), reason)
        await deps.store.cards.put(card, work)
        if key not in receiver.card_hashes:
            await _change(deps, receiver, (*receiver.card_hashes, key), why, work)
    return card


async def add(deps: Deps, caller: Principal, resident: Resident, number: str, work: UnitOfWork) -> None:
    """Give a resident one more card, which no other person holds, as a part of what the unit of work does.

    Raises `Invalid` for what is no card's number, `Conflict` for a card that another person holds.
    """
    try:
        key = card_hash(deps, persons.check_card(number))
    except ValueError as error:
        raise Invalid("registration.bad_card", f"{error}: correct it") from None
    holder_id = (await deps.store.cards.holders([key], work)).get(key, resident.resident_id)
    if holder_id != resident.resident_id:
        raise Conflict("registration.card_held", CARD_EXAMINED)
    if key not in resident.card_hashes:
        await deps.store.cards.put(Card(key, resident.resident_id), work)
        why = changes.by_request(Act.TRIAGE, caller)
        await _change(deps, resident, (*resident.card_hashes, key), why, work)


async def take(deps: Deps, caller: Principal, holder_id: str, key: str, why: Why, work: UnitOfWork) -> None:
    """Take a card from its holder. Raises `Conflict` where the holder lives outside the caller's area."""
    holder = next(iter(await deps.store.residents.as_stored([holder_id], work)), None)  # an alias keeps its cards
    if holder is None:
        return
    if not caller.sees(holder.area_path):
        raise Conflict("registration.card_held", CARD_EXAMINED)
    await _change(deps, holder, tuple(one for one in holder.card_hashes if one != key), why, work)


async def _change(deps: Deps, before: Resident, card_hashes: tuple[str, ...], why: Why, work: UnitOfWork) -> None:
    after = replace(before, card_hashes=card_hashes)
    await deps.store.residents.put(after, work)
    await changes.keep(deps, before, after, why, work)
    work.emit(CardsChanged.of(after))


async def held_by(deps: Deps, caller: Principal, resident_id: str) -> list[Card]:
    """Return the cards of a resident. Raises `NotFound` outside the caller's area."""
    resident = await visible(deps, caller, resident_id)
    held: list[Card] = []
    for one in await deps.store.residents.as_stored(resident.ids):
        stored = {card.card_hash: card for card in await deps.store.cards.of_resident(one.resident_id)}
        held += [stored.get(key) or Card(key, one.resident_id) for key in one.card_hashes]
    return held
