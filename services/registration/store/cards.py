"""Cards in the store: who holds each of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.registration.domain.cards import Card
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, DuplicateKeyError, IndexModel, write_conflict
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork

INDEXES = {"cards": [IndexModel([("resident_id", ASCENDING), ("_id", ASCENDING)])]}


class Cards:
    """The named queries over cards. Residents of an earlier version hold cards that have no document here."""

    def __init__(self, database: Database) -> None:
        self._cards = Documents(database["cards"], Mapper(Card, key="card_hash"))
        self._residents = database["residents"]

    async def holders(self, hashes: Iterable[str], work: UnitOfWork) -> Mapping[str, frozenset[str]]:
        """Return the ids of the residents who hold these cards, by hash; cards without a holder are left out."""
        wanted = set(hashes)
        holders: dict[str, set[str]] = defaultdict(set)
        for card in await self._cards.each(wanted, work):
            holders[card.card_hash].add(card.resident_id)
        unknown = wanted - holders.keys()
        rows = await find_each(self._residents, unknown, ["card_hashes"], by="card_hashes", session=work.session)
        for row in rows:
            for card_hash in unknown.intersection(row["card_hashes"]):
                holders[card_hash].add(row["_id"])
        return {card_hash: frozenset(ids) for card_hash, ids in holders.items()}

    async def get(self, card_hash: str, work: UnitOfWork) -> Card | None:
        """Return a card that has a document."""
        return await self._cards.get(card_hash, work)

    async def of_resident(self, resident_id: str) -> list[Card]:
        """Return the cards of a resident."""
        rows = self._cards.collection.find({"resident_id": resident_id}).sort("_id", ASCENDING)
        return self._cards.mapper.read_each([row async for row in rows])

    async def insert(self, cards: Sequence[Card], work: UnitOfWork) -> None:
        """Store who holds these cards; another unit of work that stores one of them at the same moment is retried."""
        try:
            await self._cards.insert(cards, work)
        except DuplicateKeyError:
            raise write_conflict("another resident is given the card") from None

    async def put(self, card: Card, work: UnitOfWork) -> None:
        """Store a card."""
        await self._cards.put(card, work)

    async def free(self, hashes: Iterable[str], resident_id: str, work: UnitOfWork) -> None:
        """Remove cards that a resident no longer holds."""
        condition = {"_id": {"$in": list(hashes)}, "resident_id": resident_id}
        await self._cards.collection.delete_many(condition, session=work.session)
