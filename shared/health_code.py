"""The health code: a CWT (RFC 8392) signed with Ed25519 (COSE_Sign1, RFC 9052), as text for a QR code.

Registration signs it, every gate verifies it, with or without a network.
"""

import base64
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cwt import COSE, COSEKey

from shared.events.registration import Colour

PREFIX = "LM1:"
MAX_LENGTH = 512
_SUBJECT, _EXPIRES, _ISSUED = 2, 4, 6
_COLOUR = -65537  # a private claim, as RFC 8392 section 9.1 provides
_PEM_END = b"-----END PUBLIC KEY-----"


class HealthCode(NamedTuple):
    """What a code says: whose, which colour, and from when until when it may be shown."""

    resident_id: str
    colour: Colour
    issued_at: datetime
    expires_at: datetime


class BadCode(StrEnum):
    """Why a code is not accepted."""

    FORGED = "forged"
    EXPIRED = "expired"


class CodeRefused(Exception):
    """The text is no code of ours, or no longer valid. `resident_id` is known only where the signature holds."""

    def __init__(self, reason: BadCode, resident_id: str | None = None) -> None:
        super().__init__(f"the code is {reason}")
        self.reason = reason
        self.resident_id = resident_id


class CodeSigner:
    """Signs codes with one Ed25519 private key, given as PEM."""

    def __init__(self, private_key_pem: bytes) -> None:
        key = load_pem_private_key(private_key_pem, None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the code signing key is not an Ed25519 private key")
        self._kid = _kid(key.public_key())
        self._key = COSEKey.from_pem(private_key_pem, kid=self._kid)
        self._cose = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True)

    def sign(self, code: HealthCode) -> str:
        """Return the code's text, about 190 characters."""
        claims = {
            _SUBJECT: code.resident_id,
            _EXPIRES: int(code.expires_at.timestamp()),
            _ISSUED: int(code.issued_at.timestamp()),
            _COLOUR: code.colour.value,
        }
        signed = self._cose.encode(cbor2.dumps(claims), self._key)
        return PREFIX + base64.urlsafe_b64encode(signed).decode().rstrip("=")


class CodeVerifier:
    """Verifies codes against one or more Ed25519 public keys, given as concatenated PEM."""

    def __init__(self, public_keys_pem: bytes) -> None:
        blocks = [part.strip() + b"\n" + _PEM_END for part in public_keys_pem.split(_PEM_END) if part.strip()]
        self._keys = {_kid(_public(block)): COSEKey.from_pem(block, kid=_kid(_public(block))) for block in blocks}
        if not self._keys:
            raise ValueError("no public key was given to verify codes with")
        self._cose = COSE.new()

    def verify(self, text: str, now: datetime) -> HealthCode:
        """Return what the code says. Raises `CodeRefused` with `forged` or `expired`."""
        code = self._read(text)
        if now >= code.expires_at:
            raise CodeRefused(BadCode.EXPIRED, code.resident_id)
        return code

    def _read(self, text: str) -> HealthCode:
        if not text.startswith(PREFIX) or len(text) > MAX_LENGTH:
            raise CodeRefused(BadCode.FORGED)
        try:
            raw = text.removeprefix(PREFIX)
            signed = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
            payload = self._cose.decode(signed, list(self._keys.values()))
            claims: dict[int, Any] = cbor2.loads(payload)
            return HealthCode(
                str(claims[_SUBJECT]),
                Colour(claims[_COLOUR]),
                datetime.fromtimestamp(claims[_ISSUED], UTC),
                datetime.fromtimestamp(claims[_EXPIRES], UTC),
            )
        except Exception:
            # Whatever is wrong with a stranger's bytes (base64, CBOR, COSE, signature), it is no code of ours.
            raise CodeRefused(BadCode.FORGED) from None


def _public(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a code public key is not an Ed25519 key")
    return key


def _kid(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)[:8]
