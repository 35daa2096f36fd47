"""Zones: listed, ordered once the office has read how many households they hit, and lifted step by step."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.client.zones import Hit, Zone, ZoneFile
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.showing.texts import N_
from shared.base.ids import new_id

STATES = ("in_force", "proposed", "ordered", "lift_asked", "lifted", "rejected", "expired")
KINDS = ("lockdown", "control", "prevention")
USUAL_REVIEW_DAYS = 3
_FIELDS = ("zone_id", "kind", "since", "review_on", "source", "reason", "quota_persons", "quota_days")

router = page_router()


@router.get("/zones")
async def list_zones(visit: Person, state: str = "in_force", after: str = "") -> HTMLResponse:
    """Show the zones of the area in one state; at first those in force."""
    chosen = state if state in STATES else "in_force"
    page = await visit.api.get("registration", "/v1/zones", views.Page[Zone], state=chosen, after=after, limit=50)
    facts = {"states": STATES, "me": visit.person.subject, "may_order": visit.is_one_of(OFFICE)}
    return visit.page("zones/list.html", page=page, state_chosen=chosen, **facts)


@router.get("/zones/new")
async def new(visit: Person) -> HTMLResponse:
    """Show the form of a zone."""
    return await _form(visit, {"zone_id": new_id()})


async def _form(
    visit: Staffed,
    filled: Mapping[str, str],
    paths: list[str] | None = None,
    hit: Hit | None = None,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    now = visit.deps.pages.local(visit.deps.clock.now())
    review = (now + timedelta(days=USUAL_REVIEW_DAYS)).date()
    usual = dict.fromkeys(_FIELDS, "") | {
        "kind": "lockdown",
        "since": f"{now:%Y-%m-%dT%H:%M}",
        "review_on": f"{review}",
    }
    facts = {
        "filled": usual | dict(filled),
        "paths": paths or [],
        "hit": hit,
        "kinds": KINDS,
        "places": await visit.places(),
    }
    return visit.page("zones/new.html", status, problem=problem, **facts)


@router.post("/zones")
async def propose(visit: Acting) -> Response:
    """Show how many households a zone would hit; once that is confirmed, propose it."""
    paths = visit.values("paths")
    filled = {name: visit.value(name) for name in _FIELDS}
    try:
        since = datetime.fromisoformat(filled["since"]).replace(tzinfo=visit.deps.zone)
    except ValueError:
        return await _form(visit, filled, paths, None, visit.text(N_("From: enter a day and an hour.")), 422)
    try:
        if not visit.value("confirmed"):
            hit = await visit.api.post("registration", "/v1/zones/households", Hit, {"paths": paths})
            return await _form(visit, filled, paths, hit)
        zone = await visit.api.post("registration", "/v1/zones", ZoneFile, _body(filled, since, paths))
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, filled, paths, None, problem_text(visit, error), error.status)
    return visit.go(f"/zones/{zone.zone_id}")


def _body(filled: Mapping[str, str], since: datetime, paths: list[str]) -> dict[str, object]:
    body: dict[str, object] = {name: filled[name] for name in ("zone_id", "kind", "review_on", "source", "reason")}
    if filled["quota_persons"] and filled["quota_days"] and filled["kind"] != "lockdown":
        body["quota"] = {"persons": filled["quota_persons"], "days": filled["quota_days"]}
    return body | {"since": since.isoformat(), "paths": paths}


@router.get("/zones/{zone_id}")
async def show(visit: Person, zone_id: str) -> HTMLResponse:
    """Show a zone."""
    return await _show(visit, zone_id)


async def _show(visit: Staffed, zone_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    zone = await visit.api.get("registration", f"/v1/zones/{zone_id}", ZoneFile)
    facts = {
        "zone": zone,
        "me": visit.person.subject,
        "may_act": visit.is_one_of(OFFICE),
        "may_decide": zone.proposed_by != visit.person.subject,
        "reason": visit.value("reason"),
    }
    return visit.page("zones/zone.html", status, problem=problem, **facts)


async def _act(visit: Staffed, zone_id: str, step: str, body: dict[str, str] | None = None) -> Response:
    try:
        await visit.api.post("registration", f"/v1/zones/{zone_id}/{step}", ZoneFile, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, zone_id, problem_text(visit, error), error.status)
    return visit.go(f"/zones/{zone_id}")


@router.post("/zones/{zone_id}/approve")
async def approve(visit: Acting, zone_id: str) -> Response:
    """Order a zone as the second person."""
    return await _act(visit, zone_id, "approve")


@router.post("/zones/{zone_id}/reject")
async def reject(visit: Acting, zone_id: str) -> Response:
    """Refuse a zone, or withdraw the own one."""
    return await _act(visit, zone_id, "reject", {"reason": visit.value("reason")})


@router.post("/zones/{zone_id}/checklist/{item}")
async def tick(visit: Acting, zone_id: str, item: str) -> Response:
    """Tick an item of the checklist."""
    return await _act(visit, zone_id, f"checklist/{item}", {"reason": visit.value("reason")})


@router.post("/zones/{zone_id}/lift")
async def ask(visit: Acting, zone_id: str) -> Response:
    """Ask for the lifting."""
    return await _act(visit, zone_id, "lift", {"reason": visit.value("reason")})


@router.post("/zones/{zone_id}/lift/approve")
async def agree(visit: Acting, zone_id: str) -> Response:
    """Approve the lifting at the person's level."""
    return await _act(visit, zone_id, "lift/approve", {"reason": visit.value("reason")})


@router.post("/zones/{zone_id}/lift/refuse")
async def refuse(visit: Acting, zone_id: str) -> Response:
    """Refuse the lifting at the person's level."""
    return await _act(visit, zone_id, "lift/refuse", {"reason": visit.value("reason")})
