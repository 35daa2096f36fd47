"""The boxes of the home page: a `Reading` each, which counts what waits and names the list that it opens."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.console.client import views
from services.console.routes.callers import Staffed

BOX_S = 3.0  # a box that takes longer says that it is not available
MOST = 1_000  # a longer list counts as 1000+


@dataclass(frozen=True)
class Count:
    """A line of a box: what is counted, how many, and the list that it opens."""

    text: str
    number: str
    path: str
    is_urgent: bool = False


Reading = Callable[[Staffed], Awaitable[Sequence[Count]]]


def number_of(page: views.Page[views.T]) -> str:
    """Return how many items a list has, as a text."""
    return f"{len(page.items)}+" if page.next else str(len(page.items))
