"""Moving the clock of services that run as processes."""

from datetime import timedelta
from pathlib import Path


def advance(clock_file: Path, **by: float) -> None:
    """Move the clock that the file shifts on by `days`, `hours`, `seconds` ..."""
    offset = float(clock_file.read_text()) if clock_file.exists() else 0.0
    unfinished = clock_file.with_suffix(".new")
    unfinished.write_text(str(offset + timedelta(**by).total_seconds()))
    unfinished.replace(clock_file)  # no service sees half a number
