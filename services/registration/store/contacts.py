"""How people are reached, in the store: sealed."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.domain.contacts import Contact
from shared.base.ids import new_id
from shared.store.documents import Documents, Mapper
from shared.store.mongo import Database
from shared.store.unit_of_work import UnitOfWork


class Contacts:
    """The named queries over contacts."""

    def __init__(self, database: Database) -> None:
        self._before = database["contacts_before"]
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

    async def keep_before(self, contact: Contact, replaced_by: str, at: datetime, work: UnitOfWork) -> None:
        """Keep a contact as it was before an official changed it, sealed."""
        before = self._contacts.mapper.document(contact)
        row = before | {"_id": new_id(), "person_id": contact.person_id, "replaced_by": replaced_by, "at": at}
        await self._before.insert_one(row, session=work.session)

    async def insert(self, contacts: Sequence[Contact], work: UnitOfWork) -> None:
        """Store how new persons are reached."""
        await self._contacts.insert(contacts, work)
