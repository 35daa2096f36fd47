"""Who may call what, and the query parameters that several routes share."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from services.checkpoint.domain.devices import refusal
from services.checkpoint.store.pages import After
from services.checkpoint.usecases import Deps
from shared.base.errors import Invalid
from shared.store.mongo import Document
from shared.web import http
from shared.web.access import Principal, Role, allow

PAGE = 200
PURPOSE_LENGTHS = (3, 200)

Uses = Annotated[Deps, Depends(http.deps)]


def _good(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Return the dependency that lets callers with one of `roles` pass, but no device that was revoked."""

    async def check(caller: Annotated[Principal, Depends(allow(*roles))], deps: Uses) -> Principal:
        if deps.known.devices.refuses(caller):
            raise refusal()
        return caller

    return check


Anyone = Annotated[Principal, Depends(_good())]
Gate = Annotated[Principal, Depends(_good(Role.DEVICE, Role.COMMUNITY, Role.CITY))]
OwnDevice = Annotated[Principal, Depends(_good(Role.DEVICE))]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]
Limit = Annotated[int, Query(ge=1, le=1000)]


def zoned(at: datetime) -> datetime:
    """Return the time. Raises `Invalid` where it has no zone."""
    if at.tzinfo is None:
        raise Invalid("checkpoint.time_zone", "Give 'since' and 'until' with a time zone, as 2026-01-31T08:00:00Z")
    return at


def stated(purpose: str) -> str:
    """Return for what somebody's data is read. Raises `Invalid` where that is not said."""
    shortest, longest = PURPOSE_LENGTHS
    if not shortest <= len(purpose.strip()) <= longest:
        wanted = f"in {shortest} to {longest} characters"
        raise Invalid("checkpoint.purpose_missing", f"Say the 'purpose' of reading what is known of somebody, {wanted}")
    return purpose.strip()


def following(found: Sequence[Document], limit: int) -> str | None:
    """Return what names the page after this one, or None."""
    if len(found) < limit:
        return None
    return f"{found[-1]['at'].isoformat().replace('+00:00', 'Z')}/{found[-1]['_id']}"


def cursor(after: str) -> After | None:
    """Return the row behind which a page begins. Raises `Invalid` for a text that was never given."""
    if not after:
        return None
    at, _, identity = after.partition("/")
    try:
        return After(zoned(datetime.fromisoformat(at)), identity)
    except ValueError:
        raise Invalid("checkpoint.bad_cursor", "'after' is the 'next' of the page before: send it as it came") from None
