"""Sealing of personal data, field by field: AES-256-GCM, so that a store, a backup or a topic holds no clear text.

A seal is `s2.<number of the key>.<nonce and ciphertext in base64url>` (docs/adr/0026-seals-of-a-record.md). Its context
and its record are authenticated: it opens in no other field and in no other record. Seals of the first form,
`s1.<nonce and ciphertext>`, have neither key number nor record; they open with the key 0.
"""

import base64
import hmac
import logging
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.base import metrics
from shared.base.errors import Unreadable
from shared.base.keys import key_from

FIRST_FORM, RECORD_FORM, PERSON_FORM = 1, 2, 3  # with the last, a store wraps what it holds of a person
_FIRST, _RECORD = "s1.", "s2."
_NONCE_BYTES = 12
_HASH_BYTES = 16
_MOST_KEYS = 8
# What is shown in place of a sealed text that does not open; it is never sealed itself.
UNREADABLE = "[cannot be read: ask the operator · 无法读取：请联系运维人员]"

logger = logging.getLogger(__name__)


def seal_keys_from(text: str) -> dict[int, bytes]:
    """Return sealing keys by their numbers, from `1:BASE64,0:BASE64`: the first one seals, all open.

    A key without a number is the key 0. Raises `ValueError` for anything else.
    """
    keys: dict[int, bytes] = {}
    for part in text.split(","):
        number, _, key = part.strip().rpartition(":")
        if number and not (number.isascii() and number.isdigit()):
            raise ValueError("a sealing key is NUMBER:BASE64")
        if int(number or 0) in keys:
            raise ValueError(f"two sealing keys have the number {int(number or 0)}: give the new key another")
        keys[int(number or 0)] = key_from(key)
    if len(keys) > _MOST_KEYS:
        raise ValueError(f"more than {_MOST_KEYS} sealing keys: remove those by which nothing is sealed any more")
    return keys


class Sealer:
    """Seals text under the first of its keys and opens what any of them sealed.

    `context` names the collection and the field, `record` the record's id. With a lower form a process seals as an
    earlier version did, so that both can work side by side.
    """

    def __init__(self, keys: bytes | Mapping[int, bytes], form: int = RECORD_FORM) -> None:
        by_number = {0: keys} if isinstance(keys, bytes) else keys
        self._ciphers = {number: AESGCM(key) for number, key in by_number.items()}
        self._number = next(iter(by_number))
        self.form = form
        if form == FIRST_FORM and 0 not in self._ciphers:
            raise ValueError("seals of the first form need the key 0")
        self._prefix = _FIRST if form == FIRST_FORM else f"{_RECORD}{self._number}."

    def seal(self, text: str, context: str, record: str) -> str:
        """Return `text` sealed; the same text gives another seal each time.

        Raises `Unreadable` for what `show` returned in place of a text that does not open.
        """
        if text == UNREADABLE:
            raise Unreadable(f"{context} of {record}")
        nonce = os.urandom(_NONCE_BYTES)
        first = self.form == FIRST_FORM
        cipher = self._ciphers[0 if first else self._number]
        sealed = cipher.encrypt(nonce, text.encode(), context.encode() if first else _bound(context, record))
        return self._prefix + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, context: str, record: str) -> str:
        """Return the text. Raises `Unreadable` when the key, the context, the record or the seal is another."""
        try:
            return self._decrypt(sealed, context, record)
        except (InvalidTag, ValueError) as error:
            why = "the seal does not open with this key in this record" if isinstance(error, InvalidTag) else str(error)
            metrics.UNREADABLE.labels(context).inc()
            logger.error("a sealed text cannot be read: %s", why, extra={"field": context, "record": record})
            raise Unreadable(f"{context} of {record}: {why}") from None

    def show(self, sealed: str, context: str, record: str) -> str:
        """Return the text, or `UNREADABLE` in its place: one record that does not open must not hide the others."""
        try:
            return self.open(sealed, context, record)
        except Unreadable:
            return UNREADABLE

    def _decrypt(self, sealed: str, context: str, record: str) -> str:
        number, body = _number_of(sealed)
        cipher = self._ciphers.get(0 if number is None else number)
        if cipher is None:
            raise ValueError(f"the sealing key {number} is not here: give it to this process")
        raw = base64.urlsafe_b64decode(body)
        bound = context.encode() if number is None else _bound(context, record)
        return cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound).decode()

    @property
    def current(self) -> str:
        """How seals begin that are in this form by the key that seals now."""
        return self._prefix

    def is_current(self, sealed: str) -> bool:
        """Whether it was sealed in this form by the key that seals now."""
        return sealed.startswith(self._prefix)


def is_seal(text: str) -> bool:
    """Whether a text has the form of a seal, and not of a text that an earlier version left in clear."""
    return text.startswith((_FIRST, _RECORD))


def _bound(context: str, record: str) -> bytes:
    # The length keeps `a` + `bc` apart from `ab` + `c`.
    return f"{len(context)}\x1f{context}\x1f{record}".encode()


def _number_of(sealed: str) -> tuple[int | None, str]:
    """Return the key's number, None in the first form, and what is sealed. Raises `ValueError` for no seal."""
    if not sealed.startswith(_RECORD):
        return None, sealed.removeprefix(_FIRST)
    number, _, body = sealed.removeprefix(_RECORD).partition(".")
    if not (number.isascii() and number.isdigit()):
        raise ValueError("that is no seal: its key has no number")
    return int(number), body


def keyed_hash(key: bytes, kind: str, value: str) -> str:
    """Return the HMAC-SHA256 (hex, first 32 digits) by which an ID number or a card is looked up, never read."""
    return hmac.digest(key, f"{kind}\x1f{value.strip().upper()}".encode(), "sha256")[:_HASH_BYTES].hex()
