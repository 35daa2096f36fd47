"""Data keys of persons: what a store holds of a person is wrapped by a key of the person's own (ADR 45).

Once the key is destroyed, nothing that it wrapped opens again: not in this store, not in a copy of it. The keys lie in
a collection of their own, which is backed up apart and not for long; the service's sealing key seals each of them.
"""

import base64
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.base.errors import Unreadable
from shared.base.sealing import PERSON_FORM, Sealer
from shared.store.mongo import Database, Document, Session
from shared.store.queries import find_each
from shared.store.unit_of_work import UnitOfWork

PERSON_KEYS, CONTEXT = "person_keys", "person_key"
WRAPPED = "p1."
_KEY_BYTES, _NONCE_BYTES = 32, 12

Keys = Mapping[str, AESGCM]


class PersonKeys:
    """The data keys of a service's store, by person."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._keys = database[PERSON_KEYS]
        self._sealer = sealer
        # A unit of work that writes several documents of a person asks for the key once.
        self._in_hand: WeakKeyDictionary[UnitOfWork, dict[str, AESGCM]] = WeakKeyDictionary()

    @property
    def are_used(self) -> bool:
        """Whether this process wraps what it writes; processes of the version before could not read it."""
        return self._sealer.form >= PERSON_FORM

    async def of(self, persons: Iterable[str], session: Session | None = None) -> dict[str, AESGCM]:
        """Return the keys of these persons; those without one, and those whose key is destroyed, are left out."""
        rows = await find_each(self._keys, set(persons), session=session)
        return {row["_id"]: key for row in rows if (key := self._open(row))}

    async def ensure(self, persons: Iterable[str], work: UnitOfWork) -> Keys:
        """Return the keys of these persons, new ones where they have none; a destroyed key is not made again."""
        wanted, in_hand = set(persons), self._in_hand.setdefault(work, {})
        if missing := wanted - in_hand.keys():
            rows = await find_each(self._keys, missing, session=work.session)
            in_hand |= {row["_id"]: key for row in rows if (key := self._open(row))}
            new = {person: os.urandom(_KEY_BYTES) for person in missing - {row["_id"] for row in rows}}
            if new:
                await self._keys.insert_many([self._row(*one) for one in new.items()], session=work.session)
            in_hand |= {person: AESGCM(key) for person, key in new.items()}
        return {person: in_hand[person] for person in wanted & in_hand.keys()}

    async def destroy(self, person: str, at: datetime, work: UnitOfWork) -> bool:
        """Destroy the key of a person for good; whether there was one. Again changes nothing."""
        known = await self._keys.find_one({"_id": person}, session=work.session)
        self._in_hand.pop(work, None)
        if known and "key" not in known:
            return False
        change = {"$set": {"destroyed_at": at}, "$unset": {"key": ""}}
        await self._keys.update_one({"_id": person}, change, upsert=True, session=work.session)
        return known is not None

    def _row(self, person: str, key: bytes) -> Document:
        return {"_id": person, "key": self._sealer.seal(base64.b64encode(key).decode(), CONTEXT, person)}

    def _open(self, row: Document) -> AESGCM | None:
        if "key" not in row:
            return None
        try:
            return AESGCM(base64.b64decode(self._sealer.open(row["key"], CONTEXT, row["_id"])))
        except Unreadable:  # counted and logged where it was opened: what it wraps is shown as unreadable
            return None


def wrap(key: AESGCM, text: str, field: str, record: str) -> str:
    """Return a seal wrapped by a person's key for one field of one record; the number of its sealing key stays in it.

    A text that is wrapped already stays as it is.
    """
    if text.startswith(WRAPPED):
        return text
    nonce = os.urandom(_NONCE_BYTES)
    inner = f"{WRAPPED}{_number_in(text)}."
    body = nonce + key.encrypt(nonce, text.encode(), _bound(inner, field, record))
    return inner + base64.urlsafe_b64encode(body).decode()


def unwrap(key: AESGCM | None, text: str, field: str, record: str) -> str:
    """Return the seal that was wrapped; the text as it is where it is not wrapped, or does not open."""
    if key is None or not text.startswith(WRAPPED):
        return text
    number, _, body = text.removeprefix(WRAPPED).partition(".")
    try:
        raw = base64.urlsafe_b64decode(body)
        bound = _bound(f"{WRAPPED}{number}.", field, record)
        return key.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError):
        return text  # the sealer counts and logs what it cannot open


def is_current(sealer: Sealer, text: str) -> bool:
    """Whether a stored text is wrapped, where this process wraps, and sealed by the key that seals now."""
    if sealer.form < PERSON_FORM:
        return sealer.is_current(text)
    return text.startswith((f"{WRAPPED}{_number_in(sealer.current)}.", f"{WRAPPED}-."))


def _number_in(text: str) -> str:
    form, _, rest = text.partition(".")
    return {"s1": "s1", "s2": rest.partition(".")[0]}.get(form, "-")


def _bound(start: str, field: str, record: str) -> bytes:
    return f"{len(field)}\x1f{start}{field}\x1f{record}".encode()
