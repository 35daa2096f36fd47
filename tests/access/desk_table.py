"""Who may call the routes of registration's triage desks."""

from shared.web.access import Role

_OFFICE: frozenset[Role | None] = frozenset({Role.CITY, Role.COMMUNITY})
_STAFF = _OFFICE | {Role.DOCTOR, Role.GRID_WORKER}
_READERS = _STAFF | {Role.AUDITOR}

OF_DESKS = {
    "PUT /v1/desks/{desk_id}": _OFFICE,
    "GET /v1/desks": _READERS,
    "GET /v1/desks/{desk_id}": _READERS,
    "GET /v1/desks/{desk_id}/day": _READERS,
    "POST /v1/desks/{desk_id}/triages": _STAFF,
    "GET /v1/desks/{desk_id}/triages": _STAFF,
    "GET /v1/triages/{triage_id}": _STAFF,
}
