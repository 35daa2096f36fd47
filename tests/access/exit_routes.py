"""The routes of permissions to leave, by who may call them (R1.8)."""

OF_ANYONE = (
    "POST /v1/exits",
    "GET /v1/exit-policies",
    "GET /v1/exits/{exit_id}",
    "POST /v1/exits/{exit_id}/withdrawal",
    "GET /v1/exits/{exit_id}/pass",
    "GET /v1/exits/{exit_id}/pass.svg",
)
OF_STAFF = ("GET /v1/exits", "POST /v1/exits/{exit_id}/revocation")
OF_OFFICE = ("POST /v1/exits/{exit_id}/approval", "POST /v1/exits/{exit_id}/refusal")
