"""A case: its order, its curve, its log, its steps and its release."""

import asyncio
from dataclasses import dataclass
from datetime import date

from fastapi.responses import HTMLResponse, Response

from services.console.client import views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.domain.curve import FEVER_C, NARROW, Reading, curve_of
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, OFFICERS, Acting, Person, Staffed, page_router
from services.console.routes.people import or_none
from services.console.showing.texts import N_
from shared.base.ids import new_id
from shared.web.roles import Role

LISTED = 200

router = page_router()


@dataclass(frozen=True)
class Condition:
    """What a release takes: what it is, and whether it holds."""

    text: str
    holds: bool


@router.get("/cases/new")
async def new(visit: Person, resident_id: str) -> HTMLResponse:
    """Show the form of an order of isolation."""
    return await _form(visit, resident_id, {"case_id": new_id()})


async def _form(
    visit: Staffed, resident_id: str, filled: dict[str, str], problem: str | None = None, status: int = 200
) -> HTMLResponse:
    names = await visit.names([resident_id])
    usual = {"kind": "home", "reason": "", "starts_on": visit.deps.today.isoformat(), "length_days": "14"}
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "filled": usual | filled}
    return visit.page("cases/new.html", status, problem=problem, **facts)


@router.post("/cases")
async def order(visit: Acting) -> Response:
    """Order isolation."""
    resident_id = visit.value("resident_id")
    filled = {name: visit.value(name) for name in ("case_id", "kind", "reason", "starts_on", "length_days")}
    body = filled | {"resident_id": resident_id, "length_days": _whole(filled["length_days"])}
    try:
        case = await visit.api.post("isolation", "/v1/cases", views.Case, body)
    except (ApiRefused, ApiAway) as error:
        return await _form(visit, resident_id, filled, problem_text(visit, error), error.status)
    return visit.go(f"/cases/{case.case_id}")


@router.get("/cases/{case_id}")
async def show(visit: Person, case_id: str) -> HTMLResponse:
    """Show a case: its curve, what is missing, its log, and the steps that the person's role may take."""
    return await _show(visit, case_id)


async def _show(visit: Staffed, case_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    path = f"/v1/cases/{case_id}"
    case, measured, log = await asyncio.gather(
        visit.api.get("isolation", path, views.Case),
        or_none(visit.api.get("isolation", f"{path}/measurements", views.Page[views.Measurement], limit=LISTED)),
        or_none(visit.api.get("isolation", f"{path}/log", views.Page[views.LogLine], limit=LISTED)),
    )
    names = await visit.names([case.resident_id])
    await visit.name_colleagues(case.ordered_by, case.confirmed_by, case.keeper_id, case.doctor_id, case.approved_by)
    rows = measured.items if measured else []
    now = visit.deps.clock.now()
    missing = [one for one in rows if not one.extra and one.reported_at is None and not one.waived]
    due = [one for one in missing if one.due_at <= now]
    return visit.page(
        "cases/case.html",
        status,
        problem=problem,
        case=case,
        named=names.get(case.resident_id),
        curve=curve_of(_readings(rows, due)),
        narrow=curve_of(_readings(rows, due), NARROW),
        measured=measured,
        due=due,
        log=log,
        checklist=_checklist(visit, case, missing, visit.deps.today),
        steps=_steps(visit, case),
        own_section={"report", "release"},
        extension_id=new_id(),
        filled=dict(visit.fields),
        fever=FEVER_C,
    )


def _readings(rows: list[views.Measurement], due: list[views.Measurement]) -> list[Reading]:
    missed = {(one.day, one.half_day) for one in due}
    return [
        Reading(
            day=one.day,
            half=0 if one.half_day == "morning" else 1,
            temperature_c=one.temperature_c,
            is_fever=one.temperature_c is not None and one.temperature_c > FEVER_C,
            is_missed=(one.day, one.half_day) in missed and one.temperature_c is None,
        )
        for one in rows
        if not one.extra or one.temperature_c is not None
    ]


def _checklist(visit: Staffed, case: views.Case, missing: list[views.Measurement], today: date) -> list[Condition]:
    """Return what a release takes and whether it holds; the service decides by the same rules."""
    to_come = [one for one in missing if one.day <= case.ends_on]
    return [
        Condition(N_("the last day is over, or is today"), case.ends_on <= today),
        Condition(N_("every measurement is reported or waived"), not to_come),
        Condition(N_("the person is not at the fever clinic"), case.state != "referred"),
        Condition(N_("the release was requested"), case.state == "release_requested"),
        Condition(N_("you are not the person who ordered the isolation"), case.ordered_by != visit.person.subject),
    ]


def _steps(visit: Staffed, case: views.Case) -> set[str]:
    """Return the steps that the page offers; the service checks each of them again."""
    if case.is_over:
        return set()
    steps = {"report"}
    if visit.is_one_of({Role.DOCTOR}):
        steps |= {"extend"} | ({"return"} if case.state == "referred" else set())
    if visit.is_one_of(OFFICERS) and case.waits_for(visit.person.subject):
        steps.add("confirm")
    if visit.is_one_of(OFFICE):
        steps |= {"cancel"} | ({"release"} if case.state == "release_requested" else set())
    return steps if case.state != "planned" else steps & {"cancel", "confirm"}


async def _step(visit: Staffed, case_id: str, step: str, body: dict[str, object] | None = None) -> Response:
    try:
        await visit.api.post("isolation", f"/v1/cases/{case_id}/{step}", views.Nothing, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, case_id, problem_text(visit, error), error.status)
    return visit.go(f"/cases/{case_id}")


@router.post("/cases/{case_id}/report")
async def report(visit: Acting, case_id: str) -> Response:
    """Report a temperature, symptoms or both, for the person."""
    body: dict[str, object] = {"symptoms": visit.values("symptom")}
    typed = visit.value("temperature_c").replace(",", ".")
    if typed:
        try:
            body["temperature_c"] = float(typed)
        except ValueError:
            text = visit.text(N_("Temperature: enter degrees Celsius, such as 36.6."))
            return await _show(visit, case_id, text, 422)
    return await _step(visit, case_id, "measurements", body)


@router.post("/cases/{case_id}/confirm")
async def confirm(visit: Acting, case_id: str) -> Response:
    """Confirm a case as the second person."""
    return await _step(visit, case_id, "confirmation")


@router.post("/cases/{case_id}/extend")
async def extend(visit: Acting, case_id: str) -> Response:
    """Ask that a case lasts longer; a second person confirms it."""
    body: dict[str, object] = {"days": _whole(visit.value("days"))}
    return await _step(
        visit, case_id, "extension", body | {name: visit.value(name) for name in ("extension_id", "reason")}
    )


@router.post("/cases/{case_id}/return")
async def come_back(visit: Acting, case_id: str) -> Response:
    """Take the person back from the fever clinic."""
    return await _step(visit, case_id, "return")


@router.post("/cases/{case_id}/cancel")
async def cancel(visit: Acting, case_id: str) -> Response:
    """Withdraw a mistaken order."""
    return await _step(visit, case_id, "cancellation", {"reason": visit.value("reason")})


@router.post("/cases/{case_id}/release")
async def release(visit: Acting, case_id: str) -> Response:
    """Approve the release."""
    return await _step(visit, case_id, "release")


def _whole(text: str) -> int | str:
    """Return a whole number; a text that is none goes to the service as it is, which says what is wrong."""
    return int(text) if text.isdigit() else text
