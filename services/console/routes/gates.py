"""Gates: the list by state, a gate with its live flow and devices, and how many people are inside which place."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import gates, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.domain.flow import STEPS, FlowChart, Passed, flow_chart
from services.console.routes.callers import OFFICE, Person, Staffed, page_router
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_items
from services.console.routes.people import or_none
from services.console.showing.texts import N_
from shared.base.ids import new_id

ROWS, DEVICES, NAMES = 50, 200, 500
STATES = ("silent", "online", "unequipped", "closed")
USUAL_WINDOW = 60  # minutes
REFRESHES = 360  # a live part refreshes itself so often, every 10 s; then the session may end by its time
COMMUNITY = 5  # parts of a community's path, the empty one before the first slash among them
_HEADING = (
    N_("Gate"),
    N_("Community"),
    N_("Place"),
    N_("State"),
    N_("Devices"),
    N_("of them silent"),
    N_("Queue"),
    N_("Last seen"),
)
_INSIDE = (N_("Community"), N_("Place"), N_("Inside now"))

router = page_router()
Q = Annotated[str, Query(max_length=60)]
Left = Annotated[int, Query(ge=0, le=REFRESHES)]


@dataclass(frozen=True)
class PlaceNames:
    """What places and their communities are called, by path; a path that is not known stands for itself."""

    known: dict[str, str]

    def place(self, path: str) -> str:
        """Return what the place at a path is called."""
        return self.known.get(path, path)

    def community(self, path: str) -> str:
        """Return what the community of a place is called; empty above the communities."""
        above = community_of(path)
        return self.known.get(above, above.rpartition("/")[2])


def community_of(path: str) -> str:
    """Return the path of the community that a place belongs to; empty above the communities."""
    parts = path.split("/")
    return "/".join(parts[:COMMUNITY]) if len(parts) >= COMMUNITY else ""


async def place_names(visit: Staffed, paths: Iterable[str]) -> PlaceNames:
    """Return the names of places and their communities, in one call for a page; none where they are not to be had."""
    every = dict.fromkeys(paths)
    wanted = list(dict.fromkeys(one for path in every for one in (path, community_of(path)) if one))
    if not wanted:
        return PlaceNames({})
    parts = [wanted[at : at + NAMES] for at in range(0, len(wanted), NAMES)]
    asked = (visit.api.look_up("registration", "/v1/places/names", gates.PlaceNames, {"paths": part}) for part in parts)
    try:
        answers = await asyncio.gather(*asked)
    except (ApiAway, ApiRefused):
        return PlaceNames({})
    return PlaceNames({one.path: one.name for answer in answers for one in answer.items})


async def _listed(visit: Staffed, state: str, q: str, after: str, limit: int) -> views.Page[gates.Gate]:
    kind = views.Page[gates.Gate]
    chosen = state if state in STATES else ""
    return await visit.api.get("checkpoint", "/v1/gates", kind, state=chosen, q=q.strip(), after=after, limit=limit)


@router.get("/gates")
async def list_gates(visit: Person, state: str = "", q: Q = "", after: str = "") -> HTMLResponse:
    """Show the gates of the area by state, with their devices, their queues and their last signs of life."""
    page = await _listed(visit, state, q, after, ROWS)
    names = await place_names(visit, (one.area_path for one in page.items))
    facts = {"states": STATES, "state_chosen": state, "q": q, "now": visit.deps.clock.now()}
    return visit.page("gates/list.html", page=page, names=names, **facts)


@router.get("/gates.csv")
async def export_gates(visit: Person, state: str = "", q: Q = "") -> Response:
    """Return the list as .csv, up to some thousand gates; it names no person."""
    listed = await gather_items(lambda after: _listed(visit, state, q, after, NAMES))
    names = await place_names(visit, (one.area_path for one in listed.rows))
    return answer_csv(visit, "gates", _HEADING, (_cells(visit, names, one) for one in listed.rows), listed.is_cut)


def _cells(visit: Staffed, names: PlaceNames, gate: gates.Gate) -> list[object]:
    seen = f"{visit.deps.pages.local(gate.last_seen):%Y-%m-%d %H:%M}" if gate.last_seen else ""
    where = [gate.name, names.community(gate.area_path), names.place(gate.area_path)]
    return [*where, visit.word("gate_state", gate.state), gate.devices, gate.silent, gate.unsent, seen]


@dataclass(frozen=True)
class Reason:
    """Why people were not let through in a window, in words, and how many scans."""

    text: str
    count: int


@dataclass(frozen=True)
class LiveFlow:
    """The flow of a window as a picture and a table, with the words for the reasons."""

    chart: FlowChart
    words: dict[str, str]
    counted_at: str

    def reasons(self, slot: Passed) -> Sequence[Reason]:
        """Return why people were not let through in a column, the most frequent first."""
        return [Reason(self.words.get(code, code), count) for code, count in slot.reasons.items()]


@router.get("/gates/{gate_id}")
async def show_gate(visit: Person, gate_id: str, minutes: int = USUAL_WINDOW, live: str = "") -> HTMLResponse:
    """Show a gate: its live flow, who is inside its place by number, its devices, and what an office may do there."""
    gate = await visit.api.get("checkpoint", f"/v1/gates/{gate_id}", gates.Gate)
    flow, inside, devices, names = await asyncio.gather(
        or_none(_flow(visit, gate_id, minutes)),
        or_none(visit.api.get("checkpoint", "/v1/presence", gates.Presence, within=gate.area_path)),
        or_none(_devices(visit, gate_id)),
        place_names(visit, [gate.area_path]),
    )
    return visit.page(
        "gates/gate.html",
        gate=gate,
        flow=flow,
        inside=inside,
        devices=devices,
        names=names,
        new_id=new_id(),
        windows=tuple(STEPS),
        minutes=_window(minutes),
        is_office=visit.is_one_of(OFFICE),
        left=0 if live == "off" else REFRESHES,
        now=visit.deps.clock.now(),
    )


@router.get("/gates/{gate_id}/flow")
async def show_flow(visit: Person, gate_id: str, minutes: int = USUAL_WINDOW, left: Left = 0) -> Response:
    """Show the flow alone, which htmx asks for every some seconds; without htmx the page of the gate."""
    if not visit.is_partial:
        return visit.go(f"/gates/{gate_id}?minutes={_window(minutes)}")
    flow = await or_none(_flow(visit, gate_id, minutes))
    facts = {"flow": flow, "minutes": _window(minutes), "left": max(left - 1, 0)}
    return visit.page("gates/flow.html", gate_id=gate_id, **facts)


@router.get("/gates/{gate_id}/devices")
async def show_devices(visit: Person, gate_id: str, left: Left = 0) -> Response:
    """Show the devices of a gate alone, for htmx while one is enrolled; without htmx the page of the gate."""
    if not visit.is_partial:
        return visit.go(f"/gates/{gate_id}#devices")
    devices = await or_none(_devices(visit, gate_id))
    facts = {"devices": devices, "left": max(left - 1, 0), "now": visit.deps.clock.now()}
    return visit.page("gates/enrolled.html", gate_id=gate_id, **facts)


async def _devices(visit: Staffed, gate_id: str) -> views.Page[gates.Device]:
    kind = views.Page[gates.Device]
    page = await visit.api.get("checkpoint", "/v1/devices", kind, gate_id=gate_id, sort="-last_seen", limit=DEVICES)
    page.items.sort(key=lambda one: one.state == "revoked")  # what still scans stands first
    return page


def _window(minutes: int) -> int:
    return minutes if minutes in STEPS else USUAL_WINDOW


async def _flow(visit: Staffed, gate_id: str, minutes: int) -> LiveFlow:
    window, local = _window(minutes), visit.deps.pages.local
    until = visit.deps.clock.now()
    since, end = (until - timedelta(minutes=window)).isoformat(), until.isoformat()
    flow, texts = await asyncio.gather(
        visit.api.get("checkpoint", "/v1/flow", gates.Flow, gate_id=gate_id, since=since, until=end),
        visit.api.get("checkpoint", "/v1/reasons", views.Page[gates.ReasonText], limit=1_000),
    )
    passed = [
        Passed(local(one.at), one.came_in, one.went_out, one.deny, one.recheck, one.reasons) for one in flow.items
    ]
    chart = flow_chart(passed, local(flow.since), local(flow.until), STEPS[window])
    words = {one.code: one.zh if visit.language == "zh" else one.en for one in texts.items}
    return LiveFlow(chart, words, f"{local(until):%H:%M:%S}")


@router.get("/presence")
async def show_presence(visit: Person, within: Annotated[str, Query(max_length=LONGEST_PATH)] = "") -> HTMLResponse:
    """Show how many residents are inside the compounds and workplaces of the area now."""
    presence, names = await _presence(visit, within)
    return visit.page("gates/presence.html", presence=presence, names=names, now=visit.deps.clock.now())


@router.get("/presence.csv")
async def export_presence(visit: Person) -> Response:
    """Return the numbers as .csv; they name no person."""
    presence, names = await _presence(visit, "")
    rows = [(names.community(one.area_path), names.place(one.area_path), one.inside) for one in presence.places]
    return answer_csv(visit, "presence", _INSIDE, rows)


async def _presence(visit: Staffed, within: str) -> tuple[gates.Presence, PlaceNames]:
    presence = await visit.api.get("checkpoint", "/v1/presence", gates.Presence, within=within)
    presence.places.sort(key=lambda one: (-one.inside, one.area_path))
    return presence, await place_names(visit, (one.area_path for one in presence.places))
