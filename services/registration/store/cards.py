"""Cards in the store: who holds each of them."""

from collections.abc import Iterable, Mapping, Sequence

from services.registration.domain.cards import Card
from shared.outbox.bring_along import BROUGHT
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, DuplicateKeyError, IndexModel, write_conflict
from shared.store.unit_of_work import UnitOfWork

CARDS = "cards"
INDEXES = {CARDS: [IndexModel([("resident_id", ASCENDING), ("_id", ASCENDING)])]}


class Cards:
    """The named queries over cards; the cards of an earlier version's residents get their documents first."""

    def __init__(self, database: Database) -> None:
        self._cards = Documents(database[CARDS], Mapper(Card, key="card_hash"))
        self._residents, self._brought = database["residents"], database[BROUGHT]
        self._filled = False

    async def holders(self, hashes: Iterable[str], work: UnitOfWork) -> Mapping[str, str]:
        """Return the id of the resident who holds each card, by hash; cards without a holder are left out."""
        await self._fill()
        return {card.card_hash: card.resident_id for card in await self._cards.each(set(hashes), work)}

    async def _fill(self) -> None:
        """Store, once in the life of the store, who holds the cards that an earlier version gave out."""
        if not self._filled and not await self._brought.find_one({"_id": CARDS}):
            async for row in self._residents.find({}, {"card_hashes": 1}).sort("_id", ASCENDING):
                for card_hash in row.get("card_hashes", ()):
                    document = {"$setOnInsert": {"resident_id": row["_id"], "passings": []}}
                    await self._cards.collection.update_one({"_id": card_hash}, document, upsert=True)
            await self._brought.update_one({"_id": CARDS}, {"$set": {"whole": True}}, upsert=True)
        self._filled = True

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
