"""How long checkpoint keeps what it stores, in seconds; recurring work forgets passages, the store itself the rest."""

DAY_S = 86_400

ALERTS_S = 365 * DAY_S
ENROLMENTS_S = 90 * DAY_S
OVERRIDES_S = 365 * DAY_S
PASSAGES_S = 30 * DAY_S
PERMITS_S = 30 * DAY_S  # after their end
PRESENCE_S = 90 * DAY_S
TRIES_S = 3_600
TRAIL_S = 3 * 365 * DAY_S
