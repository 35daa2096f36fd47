"""What waits for the officials of an area: numbers, which name no person."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """How much waits, and how much of it is `late`."""

    open: int = 0
    late: int = 0


@dataclass(frozen=True)
class ToDo:
    """What waits in an area; None for what the person may not decide.

    `orders` are colour orders of other officers, `own_orders` the person's own; `bad_imports` are those among the
    newest imports that have ended with bad rows.
    """

    orders: int | None
    own_orders: int | None
    appeals: Waiting
    journeys_to_confirm: int | None
    journeys_planned: int
    imports_running: int
    bad_imports: int
    examinations: int | None
