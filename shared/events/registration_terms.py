"""Terms of what registration publishes: the colour of a code, the risk of a region."""

from enum import StrEnum


class Colour(StrEnum):
    """The colour of a health code (R1.9)."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Risk(StrEnum):
    """The risk level of a region on a dated list (R1.6)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
