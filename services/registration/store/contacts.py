"""How people are reached, in the store: sealed."""

from collections.abc import Sequence

from services.registration.domain.contacts import Contact
from shared.store.documents import Documents, Mapper
from shared.store.mongo import Database
from shared.store.unit_of_work import UnitOfWork


class Contacts:
    """The named queries over contacts."""

    def __init__(self, database: Database) -> None:
        self._contacts = Documents(database["contacts"], Mapper(Contact, key="person_id"))

    async def get(self, person_id: str, work: UnitOfWork | None = None) -> Contact | None:
        """Return how a person is reached, sealed."""
        return await self._contacts.get(person_id, work)

    async def several(self, person_ids: Sequence[str], work: UnitOfWork) -> dict[str, Contact]:
        """Return how these persons are reached, sealed, by person."""
        return {contact.person_id: contact for contact in await self._contacts.each(person_ids, work)}

    async def put(self, contact: Contact, work: UnitOfWork) -> None:
        """Store how a person is reached."""
        await self._contacts.put(contact, work)

    async def insert(self, contacts: Sequence[Contact], work: UnitOfWork) -> None:
        """Store how new persons are reached."""
        await self._contacts.insert(contacts, work)
