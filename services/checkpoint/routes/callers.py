"""Who may call what, and the query parameters that several routes share."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Protocol, TypeVar

from fastapi import Depends

from services.checkpoint.domain.devices import refusal
from services.checkpoint.usecases import Deps
from shared.base.errors import Invalid
from shared.web import http
from shared.web.access import Principal, Role, allow
from shared.web.pages import following_time

Uses = Annotated[Deps, Depends(http.deps)]


class _Timed(Protocol):
    @property
    def at(self) -> datetime: ...


T = TypeVar("T", bound=_Timed)


def _good(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    """Return the dependency that lets callers with one of `roles` pass, but no device that was revoked."""

    async def check(caller: Annotated[Principal, Depends(allow(*roles))], deps: Uses) -> Principal:
        if deps.known.devices.refuses(caller):
            raise refusal()
        return caller

    return check


AnyCaller = Annotated[Principal, Depends(_good())]
Gate = Annotated[Principal, Depends(_good(Role.DEVICE, Role.COMMUNITY, Role.CITY))]
OwnDevice = Annotated[Principal, Depends(_good(Role.DEVICE))]
Staff = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY, Role.GRID_WORKER, Role.DOCTOR))]
Office = Annotated[Principal, Depends(allow(Role.CITY, Role.COMMUNITY))]


def zoned(at: datetime) -> datetime:
    """Return the time. Raises `Invalid` where it has no zone."""
    if at.tzinfo is None:
        raise Invalid("checkpoint.time_zone", "Give 'since' and 'until' with a time zone, as 2026-01-31T08:00:00Z")
    return at


def last_row(rows: Sequence[T], limit: int, identity: Callable[[T], str]) -> str | None:
    """Return what names the last row of a full page of a list by time; None after the last page."""
    return following_time(rows[-1].at, identity(rows[-1])) if len(rows) == limit else None


def gate_name(deps: Deps, gate_id: str) -> str | None:
    """Return what a gate is called, from memory; None where it is not known yet."""
    gate = deps.known.gates.get(gate_id)
    return gate.name if gate else None
