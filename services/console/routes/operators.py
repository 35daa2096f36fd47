"""How the services are, for operators: each with its processes, lag and outbox; and the devices that are silent."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import DEADLINE_S, ApiAway, ApiRefused
from services.console.client.operators import ServiceState, SilentDevice
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items
from services.console.showing.operator_words import CHECKS
from services.console.showing.texts import N_

ROWS = 50
# A backlog that an operator looks at: consumers of a city in order handle a record within seconds.
MANY, OLD_S = 1_000, 300

router = page_router()


async def states_of(visit: Staffed, within_s: float = DEADLINE_S) -> Mapping[str, ServiceState | str]:
    """Return how each service is, or why it does not say. Raises `ApiRefused` where all refuse, as for another role."""
    names = sorted(visit.deps.apis.names, key=lambda name: list(_ORDER).index(name) if name in _ORDER else len(_ORDER))

    async def one(name: str) -> ServiceState | str | ApiRefused:
        try:
            return await visit.api.get(name, "/v1/service-state", ServiceState, within_s)
        except ApiRefused as error:
            return error if error.status == 403 else problem_text(visit, error)
        except ApiAway as error:
            return problem_text(visit, error)

    answers = await asyncio.gather(*map(one, names))
    for answer in answers:
        if isinstance(answer, ApiRefused):
            raise answer
    return {name: answer for name, answer in zip(names, answers, strict=True) if not isinstance(answer, ApiRefused)}


_ORDER = ("registration", "checkpoint", "isolation", "supply", "notification", "console")


@router.get("/services")
async def list_services(visit: Person) -> HTMLResponse:
    """Show how every service is."""
    states = await states_of(visit)
    return visit.page("operators/services.html", states=states, now=visit.deps.now(), many=MANY, old=OLD_S, ages=_ages)


def _ages(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))


@router.post("/services.csv")
async def export_services(visit: Acting) -> Response:
    """Return the lag of every service by topic and partition as a file."""
    states = await states_of(visit)
    heading = (N_("Service"), N_("Group"), N_("Topic"), N_("Partition"), N_("End"), N_("Handled up to"), N_("Waiting"))
    rows = [
        (visit.word("service", name), lag.group, lag.topic, lag.partition, lag.end, lag.handled, lag.waiting)
        for name, state in states.items()
        if isinstance(state, ServiceState)
        for lag in state.lag or ()
    ]
    return answer_csv(visit, "services", heading, rows)


@router.get("/services/{name}")
async def show_service(visit: Person, name: str) -> HTMLResponse:
    """Show how a service is: processes, lag by topic and partition, outbox."""
    state = await visit.api.get(name, "/v1/service-state", ServiceState)
    lag = sorted(state.lag or (), key=lambda one: (-one.waiting, one.topic, one.partition))
    missing = [visit.word("check", one) if one in CHECKS else one for one in state.missing]
    facts = {"many": MANY, "old": OLD_S, "ages": _ages, "missing": missing}
    return visit.page("operators/service.html", state=state, lag=lag, now=visit.deps.now(), **facts)


@router.get("/silent-devices")
async def list_silent(visit: Person, after: str = "") -> HTMLResponse:
    """Show the devices without a sign of life, the longest silent first."""
    kind = views.Page[SilentDevice]
    page = await visit.api.get("checkpoint", "/v1/devices/silent", kind, after=after, limit=ROWS)
    return visit.page("operators/silent.html", page=page, now=visit.deps.clock.now())


@router.post("/silent-devices.csv")
async def export_silent(visit: Acting) -> Response:
    """Return the silent devices as a file."""
    kind = views.Page[SilentDevice]
    listed = await gather_items(
        lambda after: visit.api.get("checkpoint", "/v1/devices/silent", kind, after=after, limit=1_000)
    )
    heading = (N_("Gate"), N_("Area"), N_("Device"), N_("Last sign of life"), N_("Version"), N_("Gate is closed"))
    rows = [
        (
            one.gate_name or one.gate_id,
            one.area_path,
            one.name,
            f"{visit.deps.pages.local(one.last_seen):%Y-%m-%d %H:%M}",
            one.app_version,
            visit.text(N_("yes")) if one.is_closed else visit.text(N_("no")),
        )
        for one in listed.rows
    ]
    return answer_csv(visit, "silent-devices", heading, rows, listed.is_cut)
