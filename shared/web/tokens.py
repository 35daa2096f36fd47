"""Tokens that a service signs for itself and believes beside those of the city's issuer; no other service does."""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_PEM_END = b"-----END PRIVATE KEY-----"


def public_jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    """Return the public half of a key as a JWK; its id is its RFC 7638 thumbprint."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    named = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    # The thumbprint is the hash of exactly these members in exactly this form.
    thumbprint = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
    return named | {"kid": _base64url(thumbprint), "use": "sig", "alg": "EdDSA"}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class OwnTokens:
    """Signs tokens of one role as `issuer`. Of several keys the last one signs; what any of them signed is believed.

    Their times are the machine's, by which every token is judged: a drill's clock does not move them.
    """

    def __init__(self, private_keys_pem: bytes, issuer: str, audience: str, role: str) -> None:
        """Read the Ed25519 keys, PEM, one after the other. Raises `ValueError` for anything else."""
        keys = [_private(part + _PEM_END) for part in private_keys_pem.split(_PEM_END) if part.strip()]
        if not keys:
            raise ValueError("no private key was given to sign tokens with")
        published = [public_jwk(key) for key in keys]
        self.issuer = issuer
        self.role = role
        self.keys: Mapping[str, jwt.PyJWK] = {jwk["kid"]: jwt.PyJWK(jwk) for jwk in published}
        self._audience = audience
        self._key, self._kid = keys[-1], published[-1]["kid"]

    def sign(self, subject: str, area: str, life: timedelta, *, gate: str, serial: int) -> tuple[str, datetime]:
        """Return a token for the subject, bound to its gate, and the instant at which it expires."""
        now = datetime.now(UTC).replace(microsecond=0)
        claims = {
            "sub": subject,
            "iss": self.issuer,
            "aud": self._audience,
            "iat": now,
            "exp": now + life,
            "roles": [self.role],
            "area": area,
            "gate": gate,
            "serial": serial,
        }
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._kid}), now + life


def _private(pem: bytes) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem.strip() + b"\n", None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("a key that signs tokens is an Ed25519 key, this one is none")
    return key
