"""How people are reached, in the store: sealed."""

from collections.abc import Sequence
from datetime import datetime

from services.registration.domain.contacts import Contact, ContactClaim, FormerContact
from shared.base.ids import new_id
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, IndexModel
from shared.store.person_keys import PersonKeys
from shared.store.personal_documents import Owned, PersonalDocuments
from shared.store.queries import in_order, page_by_id
from shared.store.unit_of_work import UnitOfWork

INDEXES = {
    "contacts_before": [IndexModel([("person_id", ASCENDING), ("_id", ASCENDING)])],
    "contact_claims": [IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)])],
}


class Contacts:
    """The named queries over contacts."""

    def __init__(self, database: Database, keys: PersonKeys) -> None:
        contacts, former = Mapper(Contact, key="person_id"), Mapper(FormerContact, key="change_id")
        self._contacts = PersonalDocuments(database["contacts"], contacts, Owned(("sealed",)), keys)
        owned = Owned(("sealed",), "person_id")
        self._former = PersonalDocuments(database["contacts_before"], former, owned, keys, revised=False)
        self.claims = Documents(database["contact_claims"], Mapper(ContactClaim, key="claim_id"))

    @property
    def present(self) -> PersonalDocuments[Contact]:
        """The contacts, for resealing."""
        return self._contacts

    @property
    def former(self) -> PersonalDocuments[FormerContact]:
        """The former contacts, for resealing."""
        return self._former

    async def get(self, person_id: str, work: UnitOfWork | None = None) -> Contact | None:
        """Return how a person is reached, sealed."""
        return await self._contacts.get(person_id, work)

    async def several(self, person_ids: Sequence[str], work: UnitOfWork) -> dict[str, Contact]:
        """Return how these persons are reached, sealed, by person."""
        return {contact.person_id: contact for contact in await self._contacts.each(person_ids, work)}

    async def of_persons(self, person_ids: Sequence[str]) -> dict[str, Contact]:
        """Return how these persons are reached now, sealed, by person."""
        return {contact.person_id: contact for contact in await self._contacts.each(person_ids)}

    async def page(self, after: str, limit: int) -> list[Contact]:
        """Return up to `limit` contacts in the order of the persons, those that follow the person `after`."""
        rows = self._contacts.collection.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)
        return await self._contacts.read_each(await rows.to_list(limit))

    async def put(self, contact: Contact, work: UnitOfWork) -> None:
        """Store how a person is reached."""
        await self._contacts.put(contact, work)

    async def keep_before(self, contact: Contact, replaced_by: str, at: datetime, work: UnitOfWork) -> None:
        """Keep a contact as it was before an official changed it, sealed."""
        former = FormerContact(new_id(), **vars(contact), replaced_by=replaced_by, at=at)
        await self._former.insert([former], work)

    async def insert(self, contacts: Sequence[Contact], work: UnitOfWork) -> None:
        """Store how new persons are reached."""
        await self._contacts.insert(contacts, work)

    async def history_page(self, person_id: str, after: str, limit: int) -> list[FormerContact]:
        """Return up to `limit` former contacts of a person, in order, those whose id follows `after`."""
        rows = await in_order(
            self._former.collection, "/", {"person_id": person_id, "_id": {"$gt": after}}, ["_id"], limit
        )
        return await self._former.read_each(rows)

    async def claims_page(self, within: str, after: str, limit: int) -> list[ContactClaim]:
        """Return up to `limit` claims of offices within the area that wait, those whose id follows `after`."""
        waiting = {"confirmed_by": None}
        rows = await page_by_id(self.claims.collection, within, after, limit, also=waiting)
        return self.claims.mapper.read_each(rows)

    async def drop_claim(self, claim_id: str, work: UnitOfWork) -> None:
        """Forget a claim."""
        await self.claims.collection.delete_one({"_id": claim_id}, session=work.session)
