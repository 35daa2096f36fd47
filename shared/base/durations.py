"""Durations for a person's eye."""


def short_duration(seconds: float) -> str:
    """Return a duration as one whole number with its unit: s, min, h or d; a negative one is 0 s."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(seconds, 0):.0f} s"
