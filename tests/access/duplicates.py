"""Who may call the routes about duplicates."""

from shared.web.access import Role

_OFFICE: frozenset[Role | None] = frozenset({Role.CITY, Role.COMMUNITY})
_STAFF: frozenset[Role | None] = _OFFICE | {Role.GRID_WORKER, Role.DOCTOR}
DUPLICATES: dict[str, frozenset[Role | None]] = {
    "GET /v1/duplicates": _OFFICE,
    "POST /v1/duplicates": _OFFICE,
    "GET /v1/duplicates/rules": _STAFF,
    "POST /v1/duplicates/check": _STAFF,
    "GET /v1/duplicates/{pair_id}": _OFFICE,
    "POST /v1/duplicates/{pair_id}/merge": _OFFICE,
    "POST /v1/duplicates/{pair_id}/approve": _OFFICE,
    "POST /v1/duplicates/{pair_id}/different": _OFFICE,
    "POST /v1/duplicates/{pair_id}/later": _OFFICE,
    "POST /v1/duplicates/{pair_id}/unmerge": _OFFICE,
}
