"""Devices at gates: the list, one of them, its enrolment by a code to scan, and its revocation."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import gates, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items
from services.console.routes.gates import REFRESHES, place_names
from services.console.showing.qr import qr_svg
from services.console.showing.texts import N_
from shared.base.ids import new_id

ROWS, PART = 50, 500
ORDERS = ("last_seen", "-last_seen", "door")
CAUSES = ("lost", "stolen", "faulty", "retired")
_HEADING = (
    N_("Device"),
    N_("Gate"),
    N_("State"),
    N_("Last seen"),
    N_("Queue"),
    N_("Clock off by (s)"),
    N_("Missing scans"),
    N_("Enrolled"),
)

router = page_router()
Q = Annotated[str, Query(max_length=60)]


async def _listed(visit: Staffed, q: str, sort: str, after: str, limit: int) -> views.Page[gates.Device]:
    kind, order = views.Page[gates.Device], sort if sort in ORDERS else ORDERS[0]
    return await visit.api.get("checkpoint", "/v1/devices", kind, q=q.strip(), sort=order, after=after, limit=limit)


@router.get("/devices")
async def list_devices(visit: Person, q: Q = "", sort: str = ORDERS[0], after: str = "") -> HTMLResponse:
    """Show the devices of the area; as usual those that were silent for longest come first."""
    page = await _listed(visit, q, sort, after, ROWS)
    facts = {"orders": ORDERS, "sort": sort if sort in ORDERS else ORDERS[0], "q": q}
    return visit.page("gates/devices.html", page=page, now=visit.deps.clock.now(), **facts)


@router.get("/devices.csv")
async def export_devices(visit: Person, q: Q = "", sort: str = ORDERS[0]) -> Response:
    """Return the list as .csv, up to some thousand devices; it names no person at a gate."""
    listed = await gather_items(lambda after: _listed(visit, q, sort, after, PART))
    return answer_csv(visit, "devices", _HEADING, (_cells(visit, one) for one in listed.rows), listed.is_cut)


def _cells(visit: Staffed, device: gates.Device) -> list[object]:
    local = visit.deps.pages.local
    missing = ", ".join(f"{gap.first}-{gap.last}" for gap in device.gaps)
    times = [f"{local(at):%Y-%m-%d %H:%M}" for at in (device.last_seen, device.enrolled_at)]
    where = [device.name or device.device_id, device.gate_name or device.gate_id]
    state = visit.word("device_state", device.state)
    return [*where, state, times[0], device.unsent, device.clock_offset_s, missing, times[1]]


@router.get("/devices/{device_id}")
async def show_device(visit: Person, device_id: str) -> HTMLResponse:
    """Show a device: how it is, what it has not sent, which scans never came, and how it is revoked."""
    return await _show(visit, device_id)


async def _show(visit: Staffed, device_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    device = await visit.api.get("checkpoint", f"/v1/devices/{device_id}", gates.Device)
    names = await place_names(visit, [device.area_path])
    may_revoke = visit.is_one_of(OFFICE) and device.revoked is None
    facts = {"device": device, "names": names, "causes": CAUSES, "may_revoke": may_revoke}
    return visit.page("gates/device.html", status, problem=problem, now=visit.deps.clock.now(), **facts)


@router.post("/devices/{device_id}/revoke")
async def revoke(visit: Acting, device_id: str) -> Response:
    """Let a device scan no more."""
    body = {"reason": visit.value("reason")}
    try:
        await visit.api.post("checkpoint", f"/v1/devices/{device_id}/revoke", gates.Device, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, device_id, problem_text(visit, error), error.status)
    return visit.go(f"/devices/{device_id}")


@router.post("/gates/{gate_id}/enrol")
async def enrol(visit: Acting, gate_id: str) -> HTMLResponse:
    """Show a one-time code for a device at a gate, to scan, to type and to print.

    The answer is the page itself: no address holds the code, and the same form sent again shows the same code.
    """
    path = f"/v1/gates/{gate_id}"
    gate = await visit.api.get("checkpoint", path, gates.Gate)
    body = {"enrolment_id": visit.value("enrolment_id") or new_id()}
    made = await visit.api.post("checkpoint", f"{path}/enrolments", gates.OneTimeCode, body)
    names = await place_names(visit, [gate.area_path])
    now = visit.deps.clock.now()
    facts = {"gate": gate, "names": names, "made": made, "is_over": made.expires_at <= now, "new_id": new_id()}
    facts |= {"qr": qr_svg(enrolment_url(visit, gate_id, made.code)), "page_url": f"{visit.deps.gate_url}/gate"}
    return visit.page("gates/enrol.html", devices=None, left=REFRESHES, now=now, **facts)


def enrolment_url(visit: Staffed, gate_id: str, code: str) -> str:
    """Return the address that the code to scan holds: the scanner's page, with the code where no server sees it."""
    return f"{visit.deps.gate_url}/gate?{urlencode({'gate': gate_id})}#{urlencode({'code': code})}"
