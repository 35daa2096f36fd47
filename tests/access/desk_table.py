"""Who may call the routes of registration's triage desks and of the welfare of staff."""

from shared.web.access import Role

_OFFICE: frozenset[Role | None] = frozenset({Role.CITY, Role.COMMUNITY})
_STAFF = _OFFICE | {Role.DOCTOR, Role.GRID_WORKER}
_READERS = _STAFF | {Role.AUDITOR}

_CITY: frozenset[Role | None] = frozenset({Role.CITY})

OF_WELFARE = {
    "POST /v1/welfare/terms": _CITY,
    "POST /v1/welfare/terms/{terms_id}/approve": _CITY,
    "GET /v1/welfare/terms": _READERS,
    "POST /v1/welfare/enrolments": _OFFICE,
    "POST /v1/welfare/pledges": _OFFICE,
    "POST /v1/welfare/goods": _OFFICE,
    "GET /v1/welfare": _READERS,
    "GET /v1/welfare/totals": _READERS,
    "GET /v1/staff/{person_id}/welfare": _READERS,
}
OF_DESKS = OF_WELFARE | {
    "PUT /v1/desks/{desk_id}": _OFFICE,
    "GET /v1/desks": _READERS,
    "GET /v1/desks/{desk_id}": _READERS,
    "GET /v1/desks/{desk_id}/day": _READERS,
    "POST /v1/desks/{desk_id}/triages": _STAFF,
    "GET /v1/desks/{desk_id}/triages": _STAFF,
    "GET /v1/triages/{triage_id}": _STAFF,
}
