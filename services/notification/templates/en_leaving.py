"""English, about leaving and rented doors."""

from collections.abc import Mapping

from services.notification.templates.language import Text

TEXTS: Mapping[str, Text] = {
    "exit_requested_staff": Text(
        "A request to leave waits",
        "A resident at {where} asks to leave from {since} to {until}. Compare the conditions, then approve it, or"
        " refuse it with a reason.",
    ),
    "exit_approved": Text(
        "You may leave",
        "Your request to leave is approved: the pass is good from {since} to {until}. Show it with your identity card.",
    ),
    "exit_refused": Text(
        "Your request to leave is not approved",
        "Your request to leave is not approved: please stay. The reason stands with the request; the community explains"
        " it.",
    ),
    "exit_revoked": Text(
        "Your pass is good no longer",
        "Your permission to leave was revoked and the pass is good no longer: please stay. The community explains why.",
    ),
    "tenant_reported": Text(
        "Register your tenant",
        "A tenant of yours is not registered. Register the tenant by {due_at}, or state that they left.",
    ),
}
