"""What the provider remembers while it runs: sessions, codes and refresh tokens. Its end ends all of them."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from deploy.launcher.secrets.issuer import TWO_FACTORS
from deploy.sign_in.people import Person

SESSION_S = 12 * 3600
CODE_S = 60
# The level of a sign-in (`acr`) by one click; that by a second factor is the local issuer's.
ONE_FACTOR = "1"
_METHODS = {ONE_FACTOR: ["user"], TWO_FACTORS: ["user", "mfa"]}


@dataclass(frozen=True)
class SignedIn:
    """A person who signed in at a Unix time, at a level, in a session."""

    person: Person
    acr: str
    auth_time: int
    session: str

    @property
    def amr(self) -> list[str]:
        """The methods by which the person signed in."""
        return _METHODS[self.acr]

    def get_user_id(self) -> str:
        """Return the subject; Authlib asks for it by this name."""
        return self.person.subject


@dataclass(frozen=True)
class Code:
    """An authorization code; its methods have the names by which Authlib asks."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str
    user: SignedIn
    expires_at: float

    def get_redirect_uri(self) -> str:
        """Return where the code was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.scope


@dataclass(frozen=True)
class Refresh:
    """A refresh token; it lives as long as its session and is good for one use."""

    token: str
    client_id: str
    scope: str
    user: SignedIn

    def check_client(self, client: Any) -> bool:
        """Whether the token was given to this client."""
        return bool(client.get_client_id() == self.client_id)

    def get_scope(self) -> str:
        """Return the granted scope."""
        return self.scope


@dataclass
class Memory:
    """All that the provider remembers."""

    sessions: dict[str, SignedIn] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)

    def sign_in(self, person: Person, acr: str) -> SignedIn:
        """Begin a session that began now."""
        made = SignedIn(person, acr, int(time.time()), secrets.token_urlsafe(24))
        self.sessions[made.session] = made
        return made

    def session(self, identity: str | None) -> SignedIn | None:
        """Return a session that has neither ended nor expired."""
        known = self.sessions.get(identity or "")
        if known is not None and time.time() - known.auth_time > SESSION_S:
            self.sign_out(known.session)
            return None
        return known

    def sign_out(self, identity: str) -> None:
        """End a session, with its codes and refresh tokens."""
        self.sessions.pop(identity, None)
        self.codes = {code: one for code, one in self.codes.items() if one.user.session != identity}
        self.refreshes = {token: one for token, one in self.refreshes.items() if one.user.session != identity}

    def code(self, code: str, client_id: str) -> Code | None:
        """Return a code of the client that has not expired."""
        known = self.codes.get(code)
        return known if known and known.client_id == client_id and known.expires_at > time.time() else None

    def refresh(self, token: str) -> Refresh | None:
        """Return a refresh token of a session that lasts."""
        known = self.refreshes.get(token)
        return known if known and self.session(known.user.session) else None
