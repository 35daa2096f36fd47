"""Sealing of personal data, field by field: AES-256-GCM, so that a store, a backup or a topic holds no clear text."""

import base64
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PREFIX = "s1."
_NONCE_BYTES = 12
KEY_BYTES = 32
_HASH_BYTES = 16


def key_from(text: str) -> bytes:
    """Return the 32 bytes that base64 `text` stands for. Raises `ValueError` for anything else."""
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes in base64, this one has {len(key)}")
    return key


class Sealer:
    """Seals text under one key. `context` (a field's name) is authenticated: a seal does not open elsewhere."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, context: str) -> str:
        """Return `text` sealed; the same text gives another seal each time."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), context.encode())
        return _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, context: str) -> str:
        """Return the text. Raises `ValueError` when the key, the context or the seal is another."""
        raw = base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX))
        try:
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], context.encode()).decode()
        except InvalidTag:
            raise ValueError(f"{context}: the seal does not open with this key") from None


def keyed_hash(key: bytes, kind: str, value: str) -> str:
    """Return the HMAC-SHA256 (hex, first 32 digits) by which an ID number or a card is looked up, never read."""
    return hmac.digest(key, f"{kind}\x1f{value.strip().upper()}".encode(), "sha256")[:_HASH_BYTES].hex()
