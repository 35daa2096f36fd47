"""Issued codes: how long one is issued again, and how it is revoked (R1.9)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.base.errors import Conflict
from shared.base.private import SEALED
from shared.events.registration import Colour, Revocation

# A phone that asks again so soon gets the same code: there is less to keep, and nothing changed.
REUSED_FOR = timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedCode:
    """A code as it was issued; `colour` is that of the moment."""

    code_id: str
    resident_id: str
    colour: Colour
    issued_at: datetime
    expires_at: datetime
    printed: bool = False
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    reason: Revocation | None = None
    note: str = field(default="", metadata=SEALED)

    def valid(self, now: datetime) -> bool:
        """Whether a gate would still accept it."""
        return self.revoked_at is None and now < self.expires_at


def reusable(code: IssuedCode, colour: Colour, now: datetime) -> bool:
    """Whether the code still stands for one that would be issued now."""
    return code.valid(now) and code.colour is colour and now - code.issued_at < REUSED_FOR


def revoke(code: IssuedCode, by: str, reason: Revocation, note: str, now: datetime) -> IssuedCode:
    """Let the code count no longer. Raises `Conflict` where it has expired anyway."""
    if now >= code.expires_at:
        text = f"The code expired at {code.expires_at:%Y-%m-%d %H:%M} UTC: no gate accepts it any more"
        raise Conflict("registration.code_expired", text)
    return replace(code, revoked_at=now.replace(microsecond=0), revoked_by=by, reason=reason, note=note)
