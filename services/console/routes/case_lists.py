"""Lists of cases by place, keeper, end and state, their export, and what is missing today."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import Value
from services.console.client.counts import CaseCounts
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_items, state_export
from services.console.routes.people import or_none
from services.console.showing.texts import N_

ROWS, LISTED = 50, 200
MOST_A_PAGE = 1_000
STATES = ("open", "observing", "referred", "release_requested", "second", "planned", "released", "cancelled", "all")
ENDS = ("0", "2", "6")  # days from today within which a case ends
_HEADING = (N_("Name"), N_("Door"), N_("Phone"), N_("State"), N_("Last day"), N_("Keeper"))

router = page_router()


@dataclass(frozen=True)
class Row:
    """A case in a list, with the name of the person where it could be looked up."""

    case: views.Case
    named: views.Named | None


@dataclass(frozen=True)
class Chosen:
    """Which cases a person chose to see; `ends` is within how many days they end, "" for any."""

    state: str = "open"
    whose: str = ""
    keeper: str = ""
    within: str = ""
    ends: str = ""

    def asks(self, today: date) -> dict[str, Value]:
        """Return the parameters by which isolation lists them, those that end first before the others."""
        state = self.state if self.state in STATES else "open"
        ends_until = (today + timedelta(days=int(self.ends))).isoformat() if self.ends in ENDS else None
        return {
            "sort": "ends_on",
            "only_open": state != "all",
            "state": None if state in ("open", "all", "second") else state,
            "second": state == "second" or None,
            "mine": self.whose == "mine" or None,
            "keeper_id": self.keeper,
            "within": self.within,
            "ends_until": ends_until,
        }

    def query(self) -> str:
        """Return the query of the page's address."""
        return urlencode({name: value for name, value in vars(self).items() if value})


def _chosen(
    state: str = "open",
    whose: str = "",
    keeper: Annotated[str, Query(max_length=64)] = "",
    within: Annotated[str, Query(max_length=LONGEST_PATH)] = "",
    ends: str = "",
) -> Chosen:
    return Chosen(state if state in STATES else "open", whose, keeper.strip(), within, ends)


@router.get("/cases")
async def list_cases(visit: Person, chosen: Annotated[Chosen, Depends(_chosen)], after: str = "") -> HTMLResponse:
    """Show the cases of the area by state, end, keeper and place, those that end first before the others."""
    listed, counts, places = await asyncio.gather(
        _listed(visit, chosen, after, ROWS),
        or_none(visit.api.get("isolation", "/v1/cases/counts", CaseCounts)),
        visit.places(),
    )
    names = await visit.names(one.resident_id for one in listed.items)
    rows = [Row(one, names.get(one.resident_id)) for one in listed.items]
    facts = {"chosen": chosen, "states": STATES, "ends": ENDS, "places": places, "counts": counts, "after": after}
    return visit.page("cases/list.html", rows=rows, following=listed.next, today=visit.deps.today, **facts)


@router.post("/cases.csv")
async def export_cases(visit: Acting) -> Response:
    """Return the list as .csv, up to some thousand rows; the export is stated first."""
    chosen = _chosen(**{name: visit.value(name, usual) for name, usual in vars(Chosen()).items()})
    await state_export(visit, "cases", chosen.within)
    listed = await gather_items(lambda after: _listed(visit, chosen, after, MOST_A_PAGE))
    names = await visit.names(one.resident_id for one in listed.rows)
    lines = []
    for one in listed.rows:
        named = names.get(one.resident_id)
        known = [named.name, named.door, named.phone] if named else ["", one.area_path, ""]
        lines.append([*known, visit.word("case_state", one.state), one.ends_on.isoformat(), one.keeper_id])
    return answer_csv(visit, "cases", _HEADING, lines, listed.is_cut)


async def _listed(visit: Staffed, chosen: Chosen, after: str, limit: int) -> views.Page[views.Case]:
    """Return a page of the cases; one that is short although more follow is filled up."""
    asked, kind = chosen.asks(visit.deps.today).items(), views.Page[views.Case]
    page = await visit.api.get_by("isolation", "/v1/cases", kind, [("after", after), ("limit", limit), *asked])
    while page.next and len(page.items) < limit:
        rest: list[tuple[str, Value]] = [("after", page.next), ("limit", limit - len(page.items))]
        more = await visit.api.get_by("isolation", "/v1/cases", kind, [*rest, *asked])
        page = kind(items=page.items + more.items, next=more.next)
    return page


@router.get("/cases/missing")
async def list_missing(visit: Person) -> HTMLResponse:
    """Show today's measurements that are due and have no report."""
    kind = views.Page[views.Measurement]
    page = await visit.api.get("isolation", "/v1/measurements", kind, only_missing=True, limit=LISTED)
    names = await visit.names(one.resident_id for one in page.items)
    return visit.page("cases/missing.html", page=page, named=names, today=visit.deps.today)
