"""How people are reached, in the store: sealed."""

from collections.abc import Sequence

from shared.store.mongo import Database, Document
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork


class Contacts:
    """The named queries over contacts."""

    def __init__(self, database: Database) -> None:
        self._contacts = database["contacts"]

    async def get(self, person_id: str, work: UnitOfWork | None = None) -> Document | None:
        """Return how a person is reached, sealed."""
        return await self._contacts.find_one({"_id": person_id}, session=work and work.session)

    async def several(self, person_ids: Sequence[str], work: UnitOfWork) -> dict[str, Document]:
        """Return how these persons are reached, sealed, by person."""
        found = await find_each(self._contacts, person_ids, session=work.session)
        return {contact["_id"]: contact for contact in found}

    async def put(self, contact: Document, work: UnitOfWork) -> None:
        """Store how a person is reached."""
        await self._contacts.replace_one({"_id": contact["_id"]}, contact, upsert=True, session=work.session)

    async def insert(self, contacts: Sequence[Document], work: UnitOfWork) -> None:
        """Store how persons are reached of whom that was not known."""
        if contacts:
            await self._contacts.insert_many(contacts, session=work.session)
