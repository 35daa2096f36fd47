"""Stock: what each depot has, what runs low, and goods that come in."""

import asyncio

from fastapi.responses import HTMLResponse, Response

from services.console.client import goods, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv
from services.console.routes.supply import Items, items_of
from services.console.showing.texts import N_
from shared.base.ids import new_id

MOST = 1_000
SOURCES = ("purchase", "donation")
_FIELDS = ("receipt_id", "depot_id", "item", "quantity", "source", "donor", "lot", "expires_on")
_HEADING = (N_("Depot"), N_("Item"), N_("On hand"), N_("Promised"), N_("Free"), N_("Unit"))

router = page_router()


@router.get("/supply/stock")
async def show(visit: Person) -> HTMLResponse:
    """Show the stock of the area's depots."""
    return await _show(visit, {"receipt_id": new_id(), "quantity": "1", "source": "purchase"})


async def _stock(visit: Staffed) -> tuple[list[goods.Stock], dict[str, goods.Depot], Items]:
    stock, depots, items = await asyncio.gather(
        visit.api.get("supply", "/v1/stock", views.Page[goods.Stock], limit=MOST),
        visit.api.get("supply", "/v1/depots", views.Page[goods.Depot], limit=MOST),
        items_of(visit),
    )
    by_id = {one.depot_id: one for one in depots.items}
    return sorted(stock.items, key=lambda one: (one.depot_id, one.item)), by_id, items


async def _show(visit: Staffed, filled: dict[str, str], problem: str | None = None, status: int = 200) -> HTMLResponse:
    stock, depots, items = await _stock(visit)
    low = {one.depot_id + one.item for one in stock if one.item in items and one.free < items[one.item].low_at}
    usual = dict.fromkeys(_FIELDS, "")
    facts = {"stock": stock, "depots": depots, "items": items, "low": low, "sources": SOURCES}
    may = {"may_take_in": visit.is_one_of(OFFICE), "filled": usual | filled}
    return visit.page("supply/stock.html", status, problem=problem, **facts, **may)


@router.get("/supply/stock.csv")
async def export(visit: Person) -> Response:
    """Return the stock as .csv; it names no person."""
    stock, depots, items = await _stock(visit)
    rows: list[list[object]] = []
    for one in stock:
        item = items.get(one.item)
        name, unit = (item.name(visit.language), item.unit(visit.language)) if item else (one.item, "")
        depot = depots[one.depot_id].name if one.depot_id in depots else one.depot_id
        rows.append([depot, name, one.on_hand, one.reserved, one.free, unit])
    return answer_csv(visit, "stock", _HEADING, rows)


@router.post("/supply/stock")
async def take_in(visit: Acting) -> Response:
    """Take goods into a depot."""
    filled = {name: visit.value(name) for name in _FIELDS}
    quantity: object = int(filled["quantity"]) if filled["quantity"].isdecimal() else filled["quantity"]
    body = {name: text for name, text in filled.items() if text} | {"quantity": quantity}
    try:
        await visit.api.post("supply", "/v1/stock/receipts", goods.Receipt, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, filled, problem_text(visit, error), error.status)
    return visit.go("/supply/stock")
