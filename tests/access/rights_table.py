"""Rows of the access table about the rights of a person and the sunset of data."""

from shared.web.access import Role

Roles = frozenset[Role | None]

_ANYONE: Roles = frozenset(Role)
_OFFICE: Roles = frozenset({Role.CITY, Role.COMMUNITY})
_STAFF: Roles = _OFFICE | {Role.DOCTOR, Role.GRID_WORKER}
_HOLDERS = ("registration", "checkpoint", "isolation", "supply", "notification")

RIGHTS: dict[str, Roles] = {
    "POST /v1/residents/{resident_id}/rights": _ANYONE,
    "GET /v1/residents/{resident_id}/rights": _ANYONE,
    "GET /v1/rights": _STAFF,
    "GET /v1/rights/{request_id}": _ANYONE,
    "POST /v1/rights/{request_id}/grant": _OFFICE,
    "POST /v1/rights/{request_id}/refuse": _OFFICE,
}
OF_EACH_HOLDER: dict[str, Roles] = {"GET /v1/personal-data/{person_id}": _OFFICE | {Role.RESIDENT}}


def add_rights(routes: dict[str, dict[str, Roles]], fresh: dict[str, set[str]]) -> None:
    """Add the rows to those of every service that holds data of persons."""
    routes["registration"] |= RIGHTS
    fresh["registration"] |= {"POST /v1/rights/{request_id}/grant"}
    for name in _HOLDERS:
        routes[name] |= OF_EACH_HOLDER
