"""How the tokens of a provider are read, as settings: where roles and the area are, and what a fresh sign-in is."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict

# Asymmetric ones alone: with another the issuer's public key would be a secret to sign with.
KNOWN_ALGORITHMS = frozenset({"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})


class Claims(BaseModel):
    """The claims of a provider's access tokens; a path such as `realm_access.roles` leads into an object.

    `roles` are paths of lists or of texts with blanks between the roles. `role_names` gives our role for each of the
    provider's; without it the names are ours. Of the values of `area` those count that begin with `area_prefix`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = "sub"
    roles: tuple[str, ...] = ("roles",)
    role_names: dict[str, str] = {}
    area: str = "area"
    area_prefix: str = ""
    resident_id: str = "resident_id"
    acr: str = "acr"
    auth_time: str = "auth_time"


class TokenRules(BaseModel):
    """What is believed of a token: by which algorithms it is signed, how long it lives, which claims it has.

    A sign-in is strong by one of the levels `strong_acr`, and fresh for `fresh_for` from its time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claims: Claims = Claims()
    algorithms: tuple[str, ...] = ("EdDSA", "ES256", "RS256")
    longest_life: timedelta = timedelta(hours=24)
    strong_acr: tuple[str, ...] = ("2",)
    fresh_for: timedelta = timedelta(minutes=10)
