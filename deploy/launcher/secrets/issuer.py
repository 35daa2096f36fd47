"""The local token issuer: an Ed25519 key, its public half as a JWKS file, and the tokens it signs."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from deploy.launcher.secrets.keys import private_key, write_secret
from shared.base.ids import new_id
from shared.web.roles import Role
from shared.web.tokens import public_jwk

ISSUER = "https://issuer.lastmetre.local"
AUDIENCE = "lastmetre"


class Issuer:
    """Signs access tokens that the services of one launcher accept."""

    def __init__(self, key: Ed25519PrivateKey, jwks: Path, issuer: str = ISSUER, audience: str = AUDIENCE) -> None:
        self._key = key
        self._public = public_jwk(key)
        self.jwks = jwks
        self.issuer = issuer
        self.audience = audience

    @classmethod
    def at(cls, directory: Path) -> Self:
        """Return the issuer whose keys are in `directory`; the first call creates them."""
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
        resident_id: str | None = None,
    ) -> str:
        """Return a token for `roles` within `area`, valid for `hours` (negative: it has expired).

        `resident_id` is a staff member's own resident file.
        """
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
        if resident_id is not None:
            claims["resident_id"] = resident_id
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._public["kid"]})


def _names(roles: Iterable[Role | str]) -> list[str]:
    return [str(Role(role)) for role in roles]
