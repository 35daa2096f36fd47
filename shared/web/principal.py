"""The caller of a request."""

from collections.abc import Collection
from typing import NamedTuple

from shared.base.area import within
from shared.base.errors import NotFound
from shared.web.roles import Role


class Glass(NamedTuple):
    """Why a request is answered outside the caller's own area."""

    reason: str
    own_area: str


class Principal(NamedTuple):
    """The caller: `subject` is a staff member's, a resident's or a device's id; `gate` is a device's own.

    `serial` counts the credentials that a device was given; `resident_id` is a staff member's own resident file.
    `strong_at` is the Unix time of the sign-in where that was by a second factor, else 0. With a `glass`,
    `area` is the one that was opened by break-glass, for reading.
    """

    subject: str
    roles: frozenset[str]
    area: str
    gate: str | None
    serial: int | None = None
    resident_id: str | None = None
    strong_at: float = 0.0
    glass: Glass | None = None

    def sees(self, path: str) -> bool:
        """Whether `path` lies within the caller's area."""
        return within(path, self.area)

    def may_see(self, path: str, staff: Collection[Role], concerned: Collection[str | None] = ()) -> bool:
        """Whether the caller is staff of the area of `path`, or one of the persons whom it concerns (owner, keeper)."""
        return self.subject in concerned or (not self.roles.isdisjoint(staff) and self.sees(path))

    def require_area(self, path: str, what: str) -> None:
        """Raise `NotFound` when `path` lies outside the caller's area: there, nothing exists."""
        if not self.sees(path):
            raise NotFound("access.not_found", f"{what} was not found in your area {self.area}")
