"""Bodies about what waits for officials at gates."""

from pydantic import BaseModel


class ToDoView(BaseModel):
    """How much waits at the gates of the caller's area; `overrides_late` are those made over a day ago."""

    alerts: int
    alerts_by_rule: dict[str, int]
    overrides: int
    overrides_late: int
    silent_gates: int
