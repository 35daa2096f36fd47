"""The time at which a dead process is restarted."""

LONGEST_S = 30.0
WELL_AFTER_S = 60.0


class Backoff:
    """Waits 1, 2, 4 ... 30 seconds, and 1 again after a minute of health. Times: seconds, monotonic."""

    def __init__(self) -> None:
        self._failures = 0
        self._well_since: float | None = None
        self._due_at: float | None = None

    @property
    def waiting(self) -> bool:
        """Whether the process died and was not restarted yet."""
        return self._due_at is not None

    @property
    def failures(self) -> int:
        """How often the process died since it was last healthy for a minute."""
        return self._failures

    def died(self, now: float) -> float:
        """Record a death and return the seconds to wait."""
        wait = min(2.0**self._failures, LONGEST_S)
        self._failures += 1
        self._well_since = None
        self._due_at = now + wait
        return wait

    def well(self, now: float) -> None:
        """Record that the process is healthy now."""
        if self._well_since is None:
            self._well_since = now
        elif now - self._well_since >= WELL_AFTER_S:
            self._failures = 0

    def unwell(self) -> None:
        """Record that the process is not healthy now."""
        self._well_since = None

    def remaining(self, now: float) -> float:
        """Return the seconds until the restart is due, 0 if it is."""
        return max(0.0, self._due_at - now) if self._due_at is not None else 0.0

    def started(self) -> None:
        """Record a restart."""
        self._due_at = None
