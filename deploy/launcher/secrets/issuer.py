"""The local token issuer: an Ed25519 key, its public half as a JWKS file, and the tokens it signs."""

import json
import time
from collections.abc import Iterable, Mapping
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
TWO_FACTORS = "2"  # the level (`acr`) of a sign-in by a second factor


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
        fresh: bool = False,
    ) -> str:
        """Return a token for `roles` within `area`, valid for `hours` (negative: it has expired).

        `resident_id` is a staff member's own resident file. A `fresh` token is as of a sign-in by a second factor now.
        """
        claims: dict[str, object] = {
            "sub": subject or new_id(),
            "iss": self.issuer,
            "aud": self.audience,
            "roles": _names(roles),
            "area": area,
        }
        if gate is not None:
            claims["gate"] = gate
        if resident_id is not None:
            claims["resident_id"] = resident_id
        if fresh:
            claims |= {"acr": TWO_FACTORS, "auth_time": int(time.time())}
        return self.signed(claims, int(hours * 3600))

    def signed(self, claims: Mapping[str, object], life_s: int) -> str:
        """Return a token of these claims that is issued now and lives for `life_s` seconds."""
        issued = int(time.time())
        times = {"iat": issued, "exp": issued + life_s}
        return jwt.encode({**claims, **times}, self._key, algorithm="EdDSA", headers={"kid": self._public["kid"]})


def _names(roles: Iterable[Role | str]) -> list[str]:
    return [str(Role(role)) for role in roles]
