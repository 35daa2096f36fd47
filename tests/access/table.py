"""Who may call which route: every route of every service stands here with its roles; a new one fails until it does."""

from shared.web.access import Role
from shared.web.sights import Sight

Roles = frozenset[Role | None]  # None: a caller without a token

ANYONE: Roles = frozenset(Role)
PUBLIC: Roles = ANYONE | {None}
CITY: Roles = frozenset({Role.CITY})
OFFICE: Roles = CITY | {Role.COMMUNITY}
OFFICERS: Roles = OFFICE | {Role.DOCTOR}
STAFF: Roles = OFFICERS | {Role.GRID_WORKER}
HELPERS: Roles = STAFF | {Role.VOLUNTEER}
CARRIERS: Roles = frozenset({Role.COMMUNITY, Role.GRID_WORKER, Role.VOLUNTEER})
DOCTORS: Roles = frozenset({Role.DOCTOR})
RESIDENTS: Roles = frozenset({Role.RESIDENT})
DEVICES: Roles = frozenset({Role.DEVICE})
GATES: Roles = OFFICE | DEVICES
AUDITORS: Roles = CITY | {Role.AUDITOR}

# Of every service.
OPERATIONS = {
    "GET /health/live": PUBLIC,
    "GET /health/ready": PUBLIC,
    "GET /asyncapi.json": PUBLIC,
    "GET /v1/readings": AUDITORS,
}

ROUTES: dict[str, dict[str, Roles]] = {
    "registration": {
        "POST /v1/places": OFFICE,
        "GET /v1/places": ANYONE,
        "PUT /v1/places/keepers": OFFICE,
        "POST /v1/imports/places": OFFICE,
        "POST /v1/imports/residents": STAFF,
        "GET /v1/imports": STAFF,
        "GET /v1/imports/{import_id}": STAFF,
        "GET /v1/counts": STAFF,
        "GET /v1/residents": STAFF,
        "POST /v1/residents/find": STAFF,
        "GET /v1/residents/changes": STAFF,
        "GET /v1/residents/{resident_id}": ANYONE,
        "PUT /v1/residents/{resident_id}/care": STAFF,
        "PUT /v1/residents/{resident_id}/staff": OFFICE,
        "GET /v1/residents/{resident_id}/cards": STAFF,
        "POST /v1/residents/{resident_id}/cards": OFFICE,
        "PUT /v1/contacts/{person_id}": STAFF,
        "PUT /v1/risk-regions/{day}": CITY,
        "GET /v1/risk-regions/{day}": ANYONE,
        "POST /v1/journeys": ANYONE,
        "GET /v1/journeys": STAFF,
        "GET /v1/journeys/{journey_id}": ANYONE,
        "POST /v1/journeys/{journey_id}/days": ANYONE,
        "POST /v1/journeys/{journey_id}/cancellation": ANYONE,
        "GET /v1/residents/{resident_id}/standing": ANYONE,
        "GET /v1/residents/{resident_id}/standing/history": ANYONE,
        "POST /v1/residents/{resident_id}/standing/confirmation": OFFICERS,
        "GET /v1/residents/{resident_id}/code": ANYONE,
        "GET /v1/residents/{resident_id}/code.svg": ANYONE,
        "GET /v1/residents/{resident_id}/codes": ANYONE,
        "POST /v1/codes/{code_id}/revoke": ANYONE,
        "POST /v1/residents/{resident_id}/printed-codes": OFFICE,
        "GET /v1/residents/{resident_id}/printed-codes/{code_id}.svg": OFFICE,
        "POST /v1/colour-orders": OFFICERS,
        "GET /v1/colour-orders": OFFICERS,
        "GET /v1/colour-orders/{order_id}": OFFICERS,
        "POST /v1/colour-orders/{order_id}/approve": OFFICERS,
        "POST /v1/colour-orders/{order_id}/reject": OFFICERS,
        "POST /v1/colour-orders/{order_id}/lift": OFFICERS,
        "POST /v1/residents/{resident_id}/appeals": ANYONE,
        "GET /v1/residents/{resident_id}/appeals": ANYONE,
        "GET /v1/appeals": STAFF,
        "GET /v1/appeals/{appeal_id}": ANYONE,
        "POST /v1/appeals/{appeal_id}/uphold": OFFICERS,
        "POST /v1/appeals/{appeal_id}/reject": OFFICERS,
        "POST /v1/access-revocations": CITY,
    },
    "checkpoint": {
        "GET /v1/reasons": ANYONE,
        "PUT /v1/checkpoints/{checkpoint_id}": OFFICE,
        "GET /v1/checkpoints": STAFF,
        "GET /v1/checkpoints/{checkpoint_id}/policies": STAFF,
        "PUT /v1/checkpoints/{checkpoint_id}/policies/{since}": OFFICE,
        "DELETE /v1/checkpoints/{checkpoint_id}/policies/{since}": OFFICE,
        "GET /v1/checkpoints/{checkpoint_id}/trail": STAFF,
        "PUT /v1/gates": OFFICE,
        "GET /v1/gates": STAFF,
        "GET /v1/lists": GATES,
        "POST /v1/gates/{gate_id}/enrolments": OFFICE,
        "POST /v1/devices/enrol": PUBLIC,
        "POST /v1/devices/me/renew": DEVICES,
        "POST /v1/devices/me/heartbeat": DEVICES,
        "GET /v1/devices": STAFF,
        "GET /v1/devices/{device_id}": STAFF,
        "POST /v1/devices/{device_id}/revoke": OFFICE,
        "PUT /v1/checkpoints/{checkpoint_id}/entries": OFFICE,
        "GET /v1/checkpoints/{checkpoint_id}/entries": STAFF,
        "POST /v1/checkpoints/{checkpoint_id}/entries/withdraw": OFFICE,
        "POST /v1/exit-permits": STAFF,
        "GET /v1/exit-permits": STAFF,
        "POST /v1/permits/{permit_id}/withdraw": STAFF,
        "GET /v1/passages": STAFF,
        "GET /v1/presence": STAFF,
        "GET /v1/alerts": STAFF,
        "GET /v1/flow": STAFF,
        "GET /v1/contacts": STAFF,
        "POST /v1/alerts/{alert_id}/review": STAFF,
        "GET /v1/overrides": STAFF,
        "POST /v1/overrides/{override_id}/review": STAFF,
        "POST /v1/visitors": STAFF | DEVICES,
        "GET /v1/visitors": STAFF,
        "GET /v1/visitors/{permit_id}": STAFF,
        "POST /v1/scans": GATES,
        "POST /v1/scans/batch": GATES,
    },
    "isolation": {
        "POST /v1/cases": DOCTORS,
        "GET /v1/cases": ANYONE,
        "GET /v1/cases/changes": STAFF,
        "GET /v1/cases/{case_id}": ANYONE,
        "GET /v1/cases/{case_id}/log": ANYONE,
        "GET /v1/cases/{case_id}/measurements": ANYONE,
        "POST /v1/cases/{case_id}/measurements": ANYONE,
        "POST /v1/cases/{case_id}/waivers": DOCTORS,
        "GET /v1/measurements": STAFF,
        "POST /v1/cases/{case_id}/confirmation": OFFICERS,
        "POST /v1/cases/{case_id}/extension": DOCTORS,
        "POST /v1/cases/{case_id}/return": DOCTORS,
        "POST /v1/cases/{case_id}/cancellation": OFFICE,
        "POST /v1/cases/{case_id}/release": OFFICE,
        "POST /v1/cases/{case_id}/handover": STAFF,
        "POST /v1/cases/{case_id}/handover/acceptance": OFFICE,
        "POST /v1/cases/{case_id}/handover/refusal": OFFICE,
        "GET /v1/notices/{notice_id}": PUBLIC,
    },
    "supply": {
        "GET /v1/items": ANYONE,
        "PUT /v1/depots": OFFICE,
        "GET /v1/depots": HELPERS,
        "GET /v1/stock": HELPERS,
        "POST /v1/stock/receipts": OFFICE,
        "GET /v1/stock/receipts": HELPERS,
        "POST /v1/needs": HELPERS | RESIDENTS,
        "GET /v1/deliveries": HELPERS | RESIDENTS,
        "GET /v1/deliveries/changes": HELPERS,
        "GET /v1/deliveries/{delivery_id}": HELPERS | RESIDENTS,
        "POST /v1/deliveries/{delivery_id}/handover": CARRIERS,
        "POST /v1/deliveries/{delivery_id}/failure": CARRIERS,
        "POST /v1/deliveries/{delivery_id}/withdrawal": OFFICE,
    },
    "notification": {
        "GET /v1/messages": ANYONE,
        "POST /v1/messages/{message_id}/read": ANYONE,
        "GET /v1/messages/of/{cause}": STAFF | {Role.AUDITOR},
        "GET /v1/messages/about/{subject}": STAFF | {Role.AUDITOR},
    },
}

# What of an answer not every caller of its route sees.
SIGHTS: dict[Sight, Roles] = {
    Sight.TEMPERATURES_AT_GATES: DOCTORS,
    Sight.ISOLATION_BEHIND_DELIVERIES: STAFF,
}
