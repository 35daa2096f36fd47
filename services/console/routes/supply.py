"""Supply: deliveries by state, place and person, a volunteer's run sheet, one delivery, and what depots have."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import goods, views
from services.console.client.apis import ApiAway, ApiRefused, Value
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, STAFF, Acting, Person, Staffed, page_router
from services.console.routes.doors import compounds_of, day_of, door_of, in_door_order
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_rows, state_export
from services.console.routes.people import or_none
from services.console.showing.texts import N_
from shared.base.ids import new_id
from shared.web.roles import Role

STATES = ("due", "late", "planned", "waiting", "handed_over", "cancelled", "all")
KINDS = ("isolation_kit", "weekly_care", "need", "zone_supply")
ROWS, ON_A_RUN, ASSIGNED_AT_ONCE = 100, 500, 100
ASSIGNERS = OFFICE | {Role.GRID_WORKER}
CARRIERS = frozenset({Role.COMMUNITY, Role.GRID_WORKER, Role.VOLUNTEER})
_HEADING = (N_("Name"), N_("Door"), N_("Phone"), N_("Goods"), N_("Kind"), N_("Due"), N_("State"), N_("Brought by"))

router = page_router()
PathQuery = Annotated[str, Query(max_length=LONGEST_PATH)]
IdQuery = Annotated[str, Query(max_length=64)]
Items = Mapping[str, goods.Item]


@dataclass(frozen=True)
class Row:
    """A delivery in a list, with those of its residents whose names could be looked up, and its door in words."""

    delivery: goods.Delivery
    named: Sequence[views.Named]
    door: str

    @property
    def phone(self) -> str | None:
        """The first phone of the household."""
        return next((one.phone for one in self.named if one.phone), None)


@dataclass(frozen=True)
class Wanted:
    """Which deliveries a list is of."""

    state: str
    kind: str = ""
    within: str = ""
    person: str = ""
    household_id: str = ""

    @classmethod
    def of(cls, state: str, *others: str) -> "Wanted":
        """Return what an address or a form names; an unknown state is what is due."""
        return cls(state if state in STATES else "due", *others)

    def parameters(self, visit: Staffed) -> dict[str, str]:
        """Return the parameters of the service's list."""
        asked = {"kind": self.kind, "within": self.within, "assigned_to": self.person}
        asked |= {"household_id": self.household_id, "sort": "due_on"}
        if self.state in ("due", "late"):
            last = visit.deps.today - timedelta(days=self.state == "late")
            return asked | {"state": "planned", "due_until": last.isoformat()}
        if self.state in goods.OPEN:
            return asked | {"state": self.state}
        return asked | {"sort": "-due_on", "state": "" if self.state == "all" else self.state}

    @property
    def fields(self) -> dict[str, str]:
        """The fields of its address and its export."""
        known = {"state": self.state, "kind": self.kind, "within": self.within, "person": self.person}
        return {name: text for name, text in (known | {"household_id": self.household_id}).items() if text}


@dataclass(frozen=True)
class Listed:
    """A page of deliveries with what their rows need."""

    rows: Sequence[Row]
    following: str | None
    items: Items
    compounds: Sequence[views.Place]


async def items_of(visit: Staffed) -> Items:
    """Return the kinds of goods by their codes."""
    page = await visit.api.get("supply", "/v1/items", views.Page[goods.Item], limit=500)
    return {one.item: one for one in page.items}


def goods_text(visit: Staffed, lines: Sequence[goods.Line], items: Items) -> str:
    """Return lines in words: each item with how many units of it."""
    return "; ".join(
        f"{items[line.item].name(visit.language)} × {line.quantity}" if line.item in items else line.item
        for line in lines
    )


async def _listed(visit: Staffed, wanted: Wanted, after: str, limit: int) -> Listed:
    kind = views.Page[goods.Delivery]
    asked = wanted.parameters(visit) | {"after": after, "limit": str(limit)}
    page, items, compounds = await asyncio.gather(
        visit.api.get_by("supply", "/v1/deliveries", kind, asked.items()),
        items_of(visit),
        compounds_of(visit),
    )
    return Listed(await _rows(visit, page.items, compounds), page.next, items, compounds)


async def _rows(visit: Staffed, deliveries: Sequence[goods.Delivery], compounds: Sequence[views.Place]) -> list[Row]:
    names = await visit.names(one for delivery in deliveries for one in delivery.resident_ids)
    rows = []
    for delivery in deliveries:
        named = [names[one] for one in delivery.resident_ids if one in names]
        rows.append(Row(delivery, named, named[0].door if named else door_of(delivery.area_path, compounds)))
    return rows


@router.get("/supply")
async def list_deliveries(
    visit: Person,
    state: str = "due",
    kind: IdQuery = "",
    within: PathQuery = "",
    person: IdQuery = "",
    household_id: IdQuery = "",
    after: str = "",
) -> HTMLResponse:
    """Show the deliveries of the area; at first those that are due today or late."""
    return await _list(visit, Wanted.of(state, kind, within, person, household_id), after)


async def _list(
    visit: Staffed, wanted: Wanted, after: str = "", problem: str | None = None, status: int = 200
) -> HTMLResponse:
    listed = await _listed(visit, wanted, after, ROWS)
    facts = {"listed": listed, "wanted": wanted, "after": after, "today": visit.deps.today}
    may = {"may_assign": visit.is_one_of(ASSIGNERS), "may_export": visit.is_one_of(STAFF)}
    lines = {row.delivery.delivery_id: goods_text(visit, row.delivery.lines, listed.items) for row in listed.rows}
    chosen = {"states": STATES, "kinds": KINDS, "lines": lines, "is_volunteer": not visit.is_one_of(STAFF)}
    return visit.page("supply/list.html", status, problem=problem, **facts, **may, **chosen)


@router.post("/supply.csv")
async def export_deliveries(visit: Acting) -> Response:
    """Return the list as .csv, as it is on the page; the export is stated first."""
    names = ("kind", "within", "person", "household_id")
    wanted = Wanted.of(visit.value("state"), *(visit.value(name) for name in names))
    await state_export(visit, "deliveries", wanted.within)

    async def read(after: str) -> tuple[Sequence[list[object]], str | None]:
        part = await _listed(visit, wanted, after, 500)
        return [_cells(visit, row, part.items) for row in part.rows], part.following

    listed = await gather_rows(read)
    return answer_csv(visit, "deliveries", _HEADING, listed.rows, listed.is_cut)


def _cells(visit: Staffed, row: Row, items: Items) -> list[object]:
    one = row.delivery
    names = "; ".join(named.name for named in row.named)
    known = [names, row.door, row.phone, goods_text(visit, one.lines, items)]
    words = [visit.word("delivery_kind", one.kind), one.due_on.isoformat(), visit.word("delivery_state", one.state)]
    return [*known, *words, "; ".join(one.carrier_ids)]


@router.post("/supply/carriers")
async def assign_several(visit: Acting) -> Response:
    """Name who brings the deliveries that were chosen in the list."""
    chosen, person = visit.values("delivery_id")[:ASSIGNED_AT_ONCE], visit.value("carrier")
    wanted = Wanted.of(visit.value("state"), visit.value("kind"), visit.value("within"), visit.value("person"))
    if not chosen or not person:
        text = visit.text(N_("Choose deliveries, and type who brings them."))
        return await _list(visit, wanted, "", text, 422)
    body = {"person_ids": [person]}
    answers = await asyncio.gather(
        *(visit.api.send("PUT", "supply", f"/v1/deliveries/{one}/carriers", json=body) for one in chosen),
        return_exceptions=True,
    )
    for error in answers:
        if isinstance(error, ApiRefused | ApiAway):
            return await _list(visit, wanted, "", problem_text(visit, error), error.status)
        if isinstance(error, BaseException):
            raise error
    return visit.go(f"/supply/run?person={person}")


@router.get("/supply/run")
async def show_run(visit: Person, person: IdQuery = "", day: str = "") -> HTMLResponse:
    """Show what a person brings until a day, doors in order, to be printed; a volunteer's own sheet."""
    chosen = day_of(day) or visit.deps.today
    who = person if visit.is_one_of(STAFF) and person else visit.person.subject
    asked: dict[str, Value] = {
        "state": "planned",
        "assigned_to": who,
        "due_until": chosen.isoformat(),
        "limit": ON_A_RUN,
    }
    page, items, compounds, depots = await asyncio.gather(
        visit.api.get_by("supply", "/v1/deliveries", views.Page[goods.Delivery], asked.items()),
        items_of(visit),
        compounds_of(visit),
        or_none(visit.api.get("supply", "/v1/depots", views.Page[goods.Depot], limit=500)),
    )
    rows = sorted(
        await _rows(visit, page.items, compounds), key=lambda row: (in_door_order(row.door), row.delivery.delivery_id)
    )
    depot_names = {one.depot_id: one.name for one in depots.items} if depots else {}
    fetched: dict[str, dict[str, int]] = {}
    for row in rows:
        for kept in row.delivery.allotted:
            depot = fetched.setdefault(depot_names.get(kept.depot_id, kept.depot_id), {})
            depot[kept.item] = depot.get(kept.item, 0) + kept.quantity
    lines = {row.delivery.delivery_id: goods_text(visit, row.delivery.lines, items) for row in rows}
    facts = {"rows": rows, "who": who, "day": chosen, "fetched": fetched, "items": items, "lines": lines}
    return visit.page(
        "supply/run.html", today=visit.deps.today, more=page.next, may_choose=visit.is_one_of(STAFF), **facts
    )


@router.get("/supply/new")
async def new(visit: Person, resident_id: IdQuery) -> HTMLResponse:
    """Show the form of a need of a resident's household."""
    return await _form(visit, resident_id, {"need_id": new_id(), "item": "", "quantity": "1"})


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    items, names = await asyncio.gather(items_of(visit), visit.names([resident_id]))
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "items": items.values(), "filled": filled}
    return visit.page("supply/new.html", status, problem=problem, **facts)


@router.post("/supply")
async def state_need(visit: Acting) -> Response:
    """State what the household of a resident needs."""
    resident_id = visit.value("resident_id")
    filled = {name: visit.value(name) for name in ("need_id", "item", "quantity")}
    quantity: object = int(filled["quantity"]) if filled["quantity"].isdecimal() else filled["quantity"]
    try:
        resident = await visit.api.get("registration", f"/v1/residents/{resident_id}", views.Resident)
        body = filled | {"quantity": quantity, "household_id": resident.household_id}
        made = await visit.api.post("supply", "/v1/needs", goods.Delivery, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/supply/{made.delivery_id}")
