"""The health code: a CWT (RFC 8392) signed with Ed25519 (COSE_Sign1, RFC 9052), as text for a QR code.

    LM1:<the COSE_Sign1>[.<number of a seal key, first 16 bytes of HMAC-SHA256 over the COSE_Sign1>]

both parts in base64url. Registration makes signature and seal. A device knows the public keys alone and verifies the
signature, with every server down; the service at the gates shares the seal keys and verifies the seal, which is sixty
times cheaper.
"""

import binascii
import hashlib
import hmac
import io
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

import cbor2
from cbor2 import CBORDecoder, CBORTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cwt import COSE, COSEKey

from shared.base.keys import key_from
from shared.events.registration import Colour

PREFIX = "LM1:"
MAX_LENGTH = 512
_SUBJECT, _EXPIRES, _ISSUED, _CODE_ID = 2, 4, 6, 7
_COLOUR, _PRINTED, _PASS = -65537, -65538, -65539  # private claims, as RFC 8392 section 9.1 provides
_COLOURS = {colour.value: colour for colour in Colour}  # a look-up is four times cheaper than the enum's own
_SIGN1, _KID = 18, 4
# {alg: EdDSA}, all that the protected header of a code says: another algorithm or a critical header makes it none.
_PROTECTED = cbor2.dumps({1: -8})
_instant = datetime.fromtimestamp
_PEM_END = b"-----END PUBLIC KEY-----"
_SEAL_BYTES, _LAST_NUMBER = 16, 255
_BLOCK_BYTES = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_TO_URL = bytes.maketrans(b"+/", b"-_")
# What base64url has no sign for becomes a character that no alphabet knows.
_FROM_URL = bytes.maketrans(b"-_+/", b"+/!!")


class HealthCode(NamedTuple):
    """What a code says: whose, which colour, from when until when it may be shown, its own id, and whether on paper.

    `code_id` is 16 bytes in hex, by which one code is revoked; a code without one cannot be. `pass_id` is that of an
    exit permission: the code is a traveller's pass (健康通行码), and says nothing of a colour.
    """

    resident_id: str
    colour: Colour
    issued_at: datetime
    expires_at: datetime
    code_id: str = ""
    printed: bool = False
    pass_id: str = ""


def new_code_id() -> str:
    """Return the id of a new code: 16 random bytes in hex, so that no id tells of another."""
    return secrets.token_hex(16)


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


class _SealKey:
    """HMAC-SHA256 under one key whose own blocks are hashed beforehand (RFC 2104, section 4), in half the time."""

    def __init__(self, key: bytes) -> None:
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner, self._outer = (hashlib.sha256(block.translate(pad)) for pad in (_INNER, _OUTER))

    def seal(self, signed: bytes) -> bytes:
        """Return the seal of these bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(signed)
        outer.update(inner.digest())
        return outer.digest()[:_SEAL_BYTES]


class SealKeys:
    """The keys of the seal, by number: the last one seals, all verify, so that one may take over from another."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._keys = {number: _SealKey(key) for number, key in keys.items()}
        self._number = list(self._keys)[-1]

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the keys of a file: a line each, its number (0 to 255), a space, 32 bytes in base64.

        Raises `ValueError` with a sentence that names the line and never the key.
        """
        keys: dict[int, bytes] = {}
        for at, line in enumerate(text.splitlines(), 1):
            if line.strip():
                number, key = _seal_key(line, at)
                if number in keys:
                    raise ValueError(f"seal keys, line {at}: the number {number} is taken, give the new key another")
                keys[number] = key
        if not keys:
            raise ValueError("no seal key was given: one a line, its number, a space, 32 bytes in base64")
        return cls(keys)

    def seal(self, signed: bytes) -> bytes:
        """Return the seal of these bytes, its key's number in front."""
        return bytes([self._number]) + self._keys[self._number].seal(signed)

    def verify(self, seal: bytes, signed: bytes) -> bool | None:
        """Whether it is the seal of these bytes; None where its key is not known here."""
        key = self._keys.get(seal[0])
        return None if key is None else hmac.compare_digest(key.seal(signed), seal[1:])


class CodeSigner:
    """Signs codes with one Ed25519 private key, given as PEM, and seals them where it has the keys."""

    def __init__(self, private_key_pem: bytes, seal_keys: SealKeys | None = None) -> None:
        key = load_pem_private_key(private_key_pem, None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the code signing key is not an Ed25519 private key")
        self._kid = _kid(key.public_key())
        self._key = COSEKey.from_pem(private_key_pem, kid=self._kid)
        self._cose = COSE.new(alg_auto_inclusion=True, kid_auto_inclusion=True)
        self._seal_keys = seal_keys

    def sign(self, code: HealthCode) -> str:
        """Return the code's text, about 240 characters with its seal."""
        claims: dict[int, Any] = {  # Any: claims in CBOR
            _SUBJECT: code.resident_id,
            _EXPIRES: int(code.expires_at.timestamp()),
            _ISSUED: int(code.issued_at.timestamp()),
            _COLOUR: code.colour.value,
        }
        if code.code_id:
            claims[_CODE_ID] = bytes.fromhex(code.code_id)
        if code.printed:
            claims[_PRINTED] = True
        if code.pass_id:
            claims[_PASS] = code.pass_id
        signed = self._cose.encode(cbor2.dumps(claims), self._key)
        text = PREFIX + _encode(signed)
        return f"{text}.{_encode(self._seal_keys.seal(signed))}" if self._seal_keys else text


class CodeVerifier:
    """Verifies codes by their seal where its key is known here, else by one of the Ed25519 public keys (PEM)."""

    def __init__(self, public_keys_pem: bytes, seal_keys: SealKeys | None = None) -> None:
        blocks = [part.strip() + b"\n" + _PEM_END for part in public_keys_pem.split(_PEM_END) if part.strip()]
        self._keys = {_kid(key): key for key in map(_public, blocks)}
        if not self._keys:
            raise ValueError("no public key was given to verify codes with")
        self._seal_keys = seal_keys
        # Kept, for making one costs as much as decoding; used for bytes of our own signer alone, for it remembers some.
        self._decode_own: Callable[[bytes], Any] = CBORDecoder(io.BytesIO()).decode_from_bytes  # Any: claims in CBOR

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
            signed_text, dot, seal_text = text[len(PREFIX) :].partition(".")
            signed = _decode(signed_text)
            if dot and self._has_true_seal(_decode(seal_text), signed):
                return _code_of(self._decode_own(self._decode_own(signed).value[2]))
            return _code_of(cbor2.loads(self._signed(signed)))
        except Exception:
            # Whatever is wrong with a stranger's bytes (base64, CBOR, COSE, signature), it is no code of ours.
            raise CodeRefused(BadCode.FORGED) from None

    def _has_true_seal(self, seal: bytes, signed: bytes) -> bool:
        """Whether a seal stands for the code; False where no key here can tell. Raises `ValueError` if it is false."""
        if len(seal) != 1 + _SEAL_BYTES:
            raise ValueError("that is no seal")
        true = self._seal_keys.verify(seal, signed) if self._seal_keys else None
        if true is False:
            raise ValueError("the seal is false")
        return bool(true)

    def _signed(self, signed: bytes) -> bytes:
        """Return the payload of a COSE_Sign1 that one of the keys signed (RFC 9052, section 4.4), else raise."""
        tag = cbor2.loads(signed)
        protected, unprotected, payload, signature = tag.value
        # Encoded again it must be the same: one code has one text, and nothing trails behind it.
        if tag.tag != _SIGN1 or protected != _PROTECTED or cbor2.dumps(CBORTag(_SIGN1, tag.value)) != signed:
            raise ValueError("that is no code")
        to_be_signed = cbor2.dumps(["Signature1", protected, b"", payload])
        self._keys[unprotected[_KID]].verify(signature, to_be_signed)
        return bytes(payload)


def _code_of(claims: Any) -> HealthCode:  # Any: claims in CBOR
    return HealthCode(
        str(claims[_SUBJECT]),
        _COLOURS[claims[_COLOUR]],
        _instant(claims[_ISSUED], UTC),
        _instant(claims[_EXPIRES], UTC),
        claims.get(_CODE_ID, b"").hex(),
        claims.get(_PRINTED, False) is True,
        str(claims.get(_PASS, "")),
    )


def _seal_key(line: str, at: int) -> tuple[int, bytes]:
    number, _, key = line.strip().partition(" ")
    if not (number.isascii() and number.isdigit() and int(number) <= _LAST_NUMBER):
        raise ValueError(f"seal keys, line {at}: begin it with a number from 0 to {_LAST_NUMBER} and a space")
    try:
        return int(number), key_from(key.strip())
    except ValueError:
        raise ValueError(f"seal keys, line {at}: 32 bytes in base64 must follow the number") from None


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=").decode()


def _decode(text: str) -> bytes:
    """Return the bytes of base64url without padding. Raises `ValueError` for what no encoder writes."""
    plain = text.encode().translate(_FROM_URL) + b"=" * (-len(text) % 4)
    raw = binascii.a2b_base64(plain)
    if binascii.b2a_base64(raw, newline=False) != plain:
        raise ValueError("that is no base64url")
    return raw


def _public(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a code public key is not an Ed25519 key")
    return key


def _kid(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)[:8]
