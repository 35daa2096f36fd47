"""Who may call which route about imports of rosters."""

from shared.web.access import Role

OFFICE: frozenset[Role | None] = frozenset({Role.CITY, Role.COMMUNITY})
STAFF: frozenset[Role | None] = OFFICE | {Role.DOCTOR, Role.GRID_WORKER}

ROUTES: dict[str, frozenset[Role | None]] = {
    "POST /v1/imports/places": OFFICE,
    "POST /v1/imports/residents": STAFF,
    "POST /v1/imports/places/preview": OFFICE,
    "POST /v1/imports/residents/preview": STAFF,
    "POST /v1/imports/staff": OFFICE,
    "POST /v1/imports/staff/preview": OFFICE,
    "GET /v1/imports": STAFF,
    "GET /v1/imports/{import_id}": STAFF,
    "GET /v1/imports/{import_id}/events": STAFF,
    "GET /v1/imports/{import_id}/error-sheet": STAFF,
    "POST /v1/imports/columns": STAFF,
    "GET /v1/import-mappings": STAFF,
    "PUT /v1/import-mappings": STAFF,
    "DELETE /v1/import-mappings/{mapping_id}": STAFF,
    "GET /v1/imports/{import_id}/changes": STAFF,
    "POST /v1/imports/{import_id}/undo": OFFICE,
    "GET /v1/imports/{import_id}/undo": STAFF,
    "GET /v1/imports/{import_id}/undo/kept": STAFF,
}
