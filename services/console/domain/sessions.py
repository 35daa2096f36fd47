"""Sessions in a browser: how long they last, and what a form proves that it comes from the console's own page."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.base.private import SEALED

RENEW_BEFORE = timedelta(seconds=60)  # a token is renewed so long before it expires
SEEN_EVERY = timedelta(minutes=1)  # a session's last use is written no oftener
REFRESH_LEASE = timedelta(seconds=15)
SIGN_IN_WITHIN = timedelta(minutes=10)
FORM_KEPT = timedelta(minutes=15)
SEARCH_KEPT = timedelta(hours=2)


@dataclass(frozen=True)
class Glass:
    """An area outside the own one that its session reads by break-glass, until `ends_at`."""

    glass_id: str
    area_path: str
    ends_at: datetime


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `session_id` is the hash of its cookie; the tokens are sealed in the store.

    It ends at `ends_at` in any case, and at `idle_at` unless it is used before. `refreshing_until` is the lease of the
    process that renews the tokens. `glass_id`, `glass_area` and `glass_until` are of the area that it has opened.
    """

    session_id: str
    subject: str
    began_at: datetime
    seen_at: datetime
    idle_at: datetime
    ends_at: datetime
    expires_at: datetime  # of the access token
    access_token: str = field(metadata=SEALED)
    name: str = field(default="", metadata=SEALED)
    refresh_token: str = field(default="", metadata=SEALED)
    id_token: str = field(default="", metadata=SEALED)
    refreshing_until: datetime | None = None
    glass_id: str = ""
    glass_area: str = ""
    glass_until: datetime | None = None

    def is_over(self, now: datetime) -> bool:
        """Whether the session has ended by itself."""
        return now >= min(self.idle_at, self.ends_at)

    def glass(self, now: datetime) -> Glass | None:
        """Return what it reads by break-glass at that time."""
        if not self.glass_id or self.glass_until is None or now >= self.glass_until:
            return None
        return Glass(self.glass_id, self.glass_area, self.glass_until)

    def needs_renewal(self, now: datetime) -> bool:
        """Whether the access token expires soon."""
        return now >= self.expires_at - RENEW_BEFORE


@dataclass(frozen=True)
class SignIn:
    """A sign-in under way. `sign_in_id` is the hash of its state, `browser` that of the cookie it began with.

    `return_to` is the path that the browser asked for; `form_id` the form that waits for it; `session_id` the session
    that is to go on.
    """

    sign_in_id: str
    browser: str
    return_to: str
    expires_at: datetime
    nonce: str = field(metadata=SEALED)
    verifier: str = field(metadata=SEALED)
    session_id: str = ""


@dataclass(frozen=True)
class KeptForm:
    """A form that waits until its sender has signed in again; `fields` is JSON of its names and values, in order."""

    form_id: str
    session_id: str
    subject: str
    path: str
    expires_at: datetime
    fields: str = field(metadata=SEALED)


def digest(secret: str) -> str:
    """Return what the store holds in place of a secret of the browser."""
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(cookie: str) -> str:
    """Return what a form of the session with this cookie carries."""
    return hmac.digest(cookie.encode(), b"console form", "sha256").hex()


def is_form_token(cookie: str, token: str) -> bool:
    """Whether a form carries the token of the session with this cookie."""
    return hmac.compare_digest(form_token(cookie).encode(), token.encode())


def local_path(asked: str) -> str:
    """Return the path to return to after a sign-in: one of the console's own, else the home page."""
    safe = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable() and "\\" not in asked
    return asked if safe and not asked.startswith("/sign-") else "/"
