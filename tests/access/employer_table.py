"""Who may call the routes of employers, their staff, venues and vehicles, the staff directory and leading groups."""

from shared.web.access import Role

_OFFICE = frozenset({Role.CITY, Role.COMMUNITY})
_STAFF = _OFFICE | {Role.DOCTOR, Role.GRID_WORKER}
_EMPLOYING = _OFFICE | {Role.EMPLOYER}
_READERS = _STAFF | {Role.AUDITOR, Role.EMPLOYER}

EMPLOYER_ROUTES: dict[str, frozenset[Role | None]] = {
    "POST /v1/employers": _OFFICE,
    "GET /v1/employers": _READERS,
    "GET /v1/employers/{employer_id}": _READERS,
    "PUT /v1/employers/{employer_id}": _OFFICE,
    "POST /v1/employers/{employer_id}/state": _OFFICE,
    "GET /v1/employers/{employer_id}/counts": _READERS,
    "POST /v1/employers/{employer_id}/employees": _EMPLOYING,
    "GET /v1/employers/{employer_id}/employees": _READERS,
    "GET /v1/employers/{employer_id}/employees/{employee_id}": _EMPLOYING,
    "POST /v1/employers/{employer_id}/employees/{employee_id}/departure": _EMPLOYING,
    "POST /v1/employers/{employer_id}/employees/export": _EMPLOYING,
    "GET /v1/employers/{employer_id}/returns": _EMPLOYING,
    "GET /v1/employers/{employer_id}/vehicles": frozenset(Role),
    "GET /v1/residents/{resident_id}/employments": _STAFF,
    "GET /v1/residents/{resident_id}/vehicles": frozenset(Role),
    "POST /v1/returns/{return_id}/employer-consent": frozenset({Role.EMPLOYER}),
    "POST /v1/venues": _OFFICE,
    "GET /v1/venues": _STAFF | {Role.AUDITOR},
    "GET /v1/venues/{venue_id}": _STAFF | {Role.AUDITOR},
    "PUT /v1/venues/{venue_id}": _OFFICE,
    "PUT /v1/venues/{venue_id}/desks": _OFFICE,
    "POST /v1/venues/{venue_id}/closure": _OFFICE,
    "POST /v1/vehicles": frozenset(Role),
    "GET /v1/vehicles": _STAFF | {Role.AUDITOR},
    "POST /v1/vehicles/{vehicle_id}/end": frozenset(Role),
    "POST /v1/staff": _OFFICE,
    "GET /v1/staff": _STAFF | {Role.AUDITOR},
    "POST /v1/staff/search": _STAFF | {Role.AUDITOR},
    "POST /v1/staff/names": _STAFF | {Role.VOLUNTEER, Role.OPERATOR, Role.AUDITOR},
    "GET /v1/staff/{person_id}": frozenset(Role),
    "PUT /v1/staff/{person_id}": _OFFICE,
    "POST /v1/staff/{person_id}/end": _OFFICE,
    "GET /v1/staff/{person_id}/changes": _STAFF | {Role.AUDITOR},
    "POST /v1/leading-groups": _OFFICE,
    "GET /v1/leading-groups": _STAFF | {Role.AUDITOR},
    "GET /v1/leading-groups/{group_id}": _STAFF | {Role.AUDITOR},
    "PUT /v1/leading-groups/{group_id}/members": _OFFICE,
    "POST /v1/leading-groups/{group_id}/dissolution": _OFFICE,
}
