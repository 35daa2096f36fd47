"""Bodies about what waits for officials."""

from services.registration.schemas import View


class WaitingView(View):
    """How much waits, and how much of it is late."""

    open: int
    late: int


class ToDoView(View):
    """What waits in the caller's area; null for what the caller's roles may not decide.

    `orders` are colour orders of other officers, `own_orders` the caller's own; `bad_imports` are those of the newest
    20 imports that have ended with bad rows.
    """

    orders: int | None
    own_orders: int | None
    appeals: WaitingView
    journeys_to_confirm: int | None
    journeys_planned: int
    imports_running: int
    bad_imports: int
    examinations: int | None
