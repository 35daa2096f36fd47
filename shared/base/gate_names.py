"""What a keeper at a gate sees of a resident, a masked name and the year of birth: sealed for the gates alone."""

import base64
import hmac
import os
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_PURPOSE = b"lastmetre gate names 1"


class GateName(NamedTuple):
    """A masked name and the year of birth."""

    name: str
    birth_year: int


class GateNames:
    """Seals and opens gate names under a key of its own, which both ends derive from the key of the keyed hashes.

    A seal opens for its resident alone. It has 28 bytes more than the text.
    """

    def __init__(self, id_hash_key: bytes) -> None:
        self._cipher = AESGCM(hmac.digest(id_hash_key, _PURPOSE, "sha256"))

    def seal(self, gate_name: GateName, resident_id: str) -> str:
        """Return the gate name sealed, in base64; each time another text."""
        nonce = os.urandom(_NONCE_BYTES)
        text = f"{gate_name.birth_year} {gate_name.name}".encode()
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text, resident_id.encode())).decode()

    def open(self, sealed: bytes, resident_id: str) -> GateName | None:
        """Return the gate name; None where the key or the resident is another."""
        try:
            text = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], resident_id.encode()).decode()
            year, _, name = text.partition(" ")
            return GateName(name, int(year))
        except (InvalidTag, ValueError):
            return None


def packed(sealed: str | None) -> bytes | None:
    """Return the bytes of a seal, as a replica keeps it in memory; None for no seal or for a text that is none."""
    try:
        return base64.b64decode(sealed, validate=True) if sealed else None
    except ValueError:
        return None
