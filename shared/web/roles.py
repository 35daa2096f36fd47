"""The roles that an access token may carry; a program that signs tokens needs nothing else of this room."""

from enum import StrEnum


class Role(StrEnum):
    """What a person or a device may be."""

    CITY = "city"
    COMMUNITY = "community"
    GRID_WORKER = "grid_worker"
    DOCTOR = "doctor"
    VOLUNTEER = "volunteer"
    AUDITOR = "auditor"
    RESIDENT = "resident"
    DEVICE = "device"
    OPERATOR = "operator"
    EMPLOYER = "employer"
