"""Who may map the columns of rosters, follow imports and take their bad rows."""

from shared.web.access import Role

STAFF: frozenset[Role | None] = frozenset({Role.CITY, Role.COMMUNITY, Role.DOCTOR, Role.GRID_WORKER})

ROUTES: dict[str, frozenset[Role | None]] = {
    "GET /v1/imports/{import_id}/events": STAFF,
    "GET /v1/imports/{import_id}/error-sheet": STAFF,
    "POST /v1/imports/columns": STAFF,
    "GET /v1/import-mappings": STAFF,
    "PUT /v1/import-mappings": STAFF,
    "DELETE /v1/import-mappings/{mapping_id}": STAFF,
}
