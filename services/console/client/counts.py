"""How many of what an area has, as the services count it."""

from pydantic import BaseModel

from services.console.client.views import ENDED


class CaseCounts(BaseModel):
    """How many cases have not ended: all, by state, the person's own, and those that may take the person as second."""

    open: int
    by_state: dict[str, int]
    mine: int
    second: int

    def of(self, state: str) -> int | None:
        """Return how many are in a state of the list's choice; None where they are not counted."""
        known = {"open": self.open, "second": self.second}
        return None if state in (*ENDED, "all") else known.get(state, self.by_state.get(state, 0))
