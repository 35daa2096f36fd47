"""Requests for permissions to leave, for tests of registration (R1.8)."""

from datetime import timedelta
from typing import Any

from shared.base.ids import new_id
from tests.registration.resident import Resident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def leave(one: Resident, *mates: str, **changes: Any) -> dict[str, Any]:
    """Return a request to leave the city in two hours for three days, with a test of yesterday."""
    now = one.here.service.clock.now()
    tested = (now - 20 * HOUR).isoformat()
    travellers = [{"resident_id": who, "tested_at": tested} for who in (one.resident_id, *mates)]
    body = {
        "exit_id": new_id(),
        "reach": "city",
        "travellers": travellers,
        "reason": "medical",
        "since": (now + 2 * HOUR).isoformat(),
        "until": (now + 3 * DAY).isoformat(),
        "destination": "省立医院",
        "plate": "津A12345",
        "exits": 1,
    }
    return body | changes
