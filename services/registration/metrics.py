"""What registration counts for operators, beside what every service counts."""

from prometheus_client import Counter

APPEALS_OVERDUE = Counter("lastmetre_appeals_overdue", "Appeals against a colour that were not decided in time")
SINGLE_ORDERS_BEYOND = Counter(
    "lastmetre_single_orders_beyond", "Colours by hand that an officer asked for beyond the single orders of a day"
)
SINGLE_ORDERS_LAST = Counter(
    "lastmetre_single_orders_last", "Colours by hand with which an officer reached the single orders of a day"
)
IMPORTS = Counter("lastmetre_imports", "Rosters that were accepted, and those done or failed", ["kind", "state"])
IMPORTED_ROWS = Counter(
    "lastmetre_imported_rows", "Rows of rosters, by what became of them once they were handled", ["kind", "outcome"]
)
