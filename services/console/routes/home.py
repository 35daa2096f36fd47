"""Home: what is due today, missed and waiting, by role, each with its count and the list that it opens."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi.responses import HTMLResponse

from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.boxes import Count, Desk, Reading, care, employing, gates, office, people, running
from services.console.routes.callers import AUDITORS, HELPERS, OFFICERS, OPERATORS, STAFF, Person, page_router
from services.console.showing.texts import N_
from shared.web.roles import Role

router = page_router()


@dataclass(frozen=True)
class Box:
    """A box of the home page, or that its service does not answer."""

    title: str
    counts: Sequence[Count] = ()
    missing: str = ""


_BOXES: Sequence[tuple[str, frozenset[Role], Reading]] = (
    (N_("Due today"), STAFF, care.measurements),
    (N_("Cases"), STAFF, care.cases),
    (N_("Gates"), STAFF, gates.at_gates),
    (N_("Colours by hand"), OFFICERS, people.orders),
    (N_("Supply"), HELPERS, office.supply),
    (N_("Messages"), STAFF, office.messages),
    (N_("Audit"), AUDITORS, running.audit),
    (N_("Appeals"), OFFICERS, people.appeals),
    (N_("Journeys"), STAFF, people.journeys),
    (N_("Let through in an emergency"), STAFF, gates.overrides),
    (N_("People"), STAFF, people.people),
    (N_("Rosters"), STAFF, people.imports),
    (N_("Own staff"), frozenset({Role.EMPLOYER}), employing.own_staff),
    (N_("Services"), OPERATORS, running.services),
    (N_("Devices at gates"), OPERATORS, running.silent_devices),
)


@router.get("/")
async def home(visit: Person) -> HTMLResponse:
    """Show the home page; each box is asked for by itself, and one that fails leaves the others."""
    desk = Desk(visit)
    boxes = await asyncio.gather(*(_box(desk, title, read) for title, roles, read in _BOXES if visit.is_one_of(roles)))
    return visit.page("home.html", boxes=boxes, today=visit.deps.today)


async def _box(desk: Desk, title: str, read: Reading) -> Box:
    try:
        return Box(title, await read(desk))
    except (ApiAway, ApiRefused) as error:
        return Box(title, missing=problem_text(desk.visit, error))
