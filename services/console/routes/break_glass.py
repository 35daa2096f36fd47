"""Break-glass: an area outside the own one is opened for reading, for a reason and some minutes, and closed again."""

from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.client.break_glass import BreakGlass
from services.console.domain.sessions import Glass
from services.console.routes.answers import problem_text
from services.console.routes.callers import AUDITORS, STAFF, Acting, Person, Staffed, page_router
from shared.base.ids import new_id

MINUTES = ("15", "30", "60", "120", "240")
ROWS = 50

router = page_router()


@router.get("/break-glass")
async def show(visit: Person, after: str = "") -> HTMLResponse:
    """Show the form to staff, and to auditors and the city's office what was opened."""
    return await _show(visit, after)


async def _show(visit: Staffed, after: str = "", problem: str | None = None, status: int = 200) -> HTMLResponse:
    page = None
    if visit.is_one_of(AUDITORS):
        kind = views.Page[BreakGlass]
        page = await visit.own_api.get("registration", "/v1/break-glass", kind, after=after, limit=ROWS)
    filled = {name: visit.value(name) for name in ("area_path", "reason")} | {"minutes": visit.value("minutes", "30")}
    facts = {"page": page, "after": after, "may_open": visit.is_one_of(STAFF), "now": visit.deps.now()}
    chosen = {"filled": filled, "minutes": MINUTES, "glass_id": visit.value("glass_id", new_id())}
    return visit.page("break_glass.html", status, problem=problem, **facts, **chosen)


@router.post("/break-glass")
async def open_area(visit: Acting) -> Response:
    """Open an area; from then on the session's pages are of that area, for reading alone."""
    minutes = visit.value("minutes")
    body = {name: visit.value(name) for name in ("glass_id", "area_path", "reason")}
    try:
        opened = await visit.api.post(
            "registration",
            "/v1/break-glass",
            BreakGlass,
            body | {"minutes": int(minutes) if minutes.isdecimal() else minutes},
        )
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, "", problem_text(visit, error), error.status)
    glass = Glass(opened.glass_id, opened.area_path, opened.expires_at)
    await visit.deps.store.keep_glass(visit.user.session.session_id, glass)
    return visit.go("/people")


@router.post("/break-glass/close")
async def close(visit: Acting) -> Response:
    """Close what the session has opened, here and in every service."""
    glass = visit.glass
    if glass is not None:
        try:
            await visit.own_api.send("DELETE", "registration", f"/v1/break-glass/{glass.glass_id}")
        except (ApiRefused, ApiAway) as error:
            return await _show(visit, "", problem_text(visit, error), error.status)
    await visit.deps.store.keep_glass(visit.user.session.session_id, None)
    return visit.go("/break-glass")
