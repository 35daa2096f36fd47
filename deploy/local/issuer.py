"""The local token issuer: an Ed25519 key, its public half as a JWKS file, and the tokens it signs."""

import base64
import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.local.keys import private_key, write_secret
from shared.access import Role
from shared.ids import new_id

ISSUER = "https://issuer.lastmetre.local"
AUDIENCE = "lastmetre"


class Issuer:
    """Signs access tokens that the services of one launcher believe."""

    def __init__(self, key: Ed25519PrivateKey, jwks: Path, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        self._key = key
        self._public = _jwk(key)
        self.jwks = jwks
        self.issuer = issuer
        self.audience = audience

    @classmethod
    def at(cls, directory: Path) -> Self:
        """Return the issuer whose keys lie in `directory`, made there at the first call."""
        issuer = cls(private_key(directory / "issuer.pem"), directory / "jwks.json")
        if not issuer.jwks.exists():
            write_secret(issuer.jwks, json.dumps({"keys": [issuer._public]}).encode())
        return issuer

    def mint(
        self,
        *roles: Role | str,
        area: str,
        subject: str | None = None,
        gate: str | None = None,
        hours: float = 12,
    ) -> str:
        """Return a token for `roles` within `area`, good for `hours` (negative: it has expired)."""
        issued = int(time.time())
        claims: dict[str, object] = {
            "sub": subject or new_id(),
            "iss": self.issuer,
            "aud": self.audience,
            "iat": issued,
            "exp": issued + int(hours * 3600),
            "roles": _names(roles),
            "area": area,
        }
        if gate is not None:
            claims["gate"] = gate
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._public["kid"]})


def _names(roles: Iterable[Role | str]) -> list[str]:
    return [str(Role(role)) for role in roles]


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    named = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(raw)}
    # The key's id is its RFC 7638 thumbprint: the hash of exactly these members in exactly this form.
    thumbprint = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
    return named | {"kid": _base64url(thumbprint), "use": "sig", "alg": "EdDSA"}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
