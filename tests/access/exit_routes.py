"""The routes of permissions to leave and of rented doors, by who may call them (R1.5, R1.8)."""

OF_ANYONE = (
    "POST /v1/exits",
    "GET /v1/exit-policies",
    "GET /v1/exits/{exit_id}",
    "POST /v1/exits/{exit_id}/withdrawal",
    "GET /v1/exits/{exit_id}/pass",
    "GET /v1/exits/{exit_id}/pass.svg",
    "GET /v1/rentals/{rental_id}",
    "POST /v1/rentals/{rental_id}/tenants",
    "POST /v1/rentals/{rental_id}/tenants/{tenancy_id}/registration",
    "POST /v1/rentals/{rental_id}/tenants/{tenancy_id}/departure",
)
OF_STAFF = (
    "GET /v1/exits",
    "POST /v1/exits/{exit_id}/revocation",
    "POST /v1/rentals",
    "GET /v1/rentals",
    "GET /v1/rental-counts",
    "POST /v1/rentals/{rental_id}/tenants/{tenancy_id}/file",
)
OF_OFFICE = ("POST /v1/exits/{exit_id}/approval", "POST /v1/exits/{exit_id}/refusal")
