"""Sealers of tests that need no key of a service."""

from shared.base.sealing import Sealer
from shared.store.mongo import Database, Document
from shared.store.person_keys import PersonKeys, unwrap

SEALER = Sealer(bytes(range(32)))


async def unwrapped(database: Database, sealer: Sealer, collection: str, row: Document, path: str = "sealed") -> str:
    """Return a seal of a stored document that a person's key wraps; `person` is the document's, by its fields."""
    person = str(row.get("resident_id") or row.get("person_id") or row["_id"])
    keys = await PersonKeys(database, sealer).of([person])
    text = row
    for name in path.split("."):
        text = text[name]
    return unwrap(keys.get(person), str(text), f"{collection}.{path}", row["_id"])
