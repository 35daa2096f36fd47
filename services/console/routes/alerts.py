"""Alerts at gates: the list by state, rule and age, one alert, and what an officer concludes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import gates, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items, state_export
from services.console.showing.texts import N_
from services.console.showing.words import WORDS

ROWS, PART = 50, 500
REVIEWED: Mapping[str, bool | None] = {"open": False, "reviewed": True, "all": None}
DAYS = (1, 7, 30, 365)
RULES, OUTCOMES = tuple(WORDS["alert_rule"]), tuple(WORDS["alert_outcome"])
_HEADING = (N_("Time"), N_("Alert"), N_("Name"), N_("Door"), N_("Phone"), N_("Gate"), N_("Details"), N_("Reviews"))

router = page_router()
Filter = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True)
class Wanted:
    """Which alerts a list holds: reviewed or not, of a rule, at a gate, of so many days."""

    state: str = "open"
    rule: str = ""
    gate: str = ""
    days: int = 365

    @classmethod
    def of(cls, state: str, rule: str, gate: str, days: str) -> "Wanted":
        """Return what a form asks for; what it does not know is as usual."""
        chosen = int(days) if days.isdigit() and int(days) in DAYS else cls.days
        return cls(state if state in REVIEWED else cls.state, rule if rule in RULES else "", gate[:64], chosen)

    @property
    def fields(self) -> dict[str, str]:
        """What a form or an address carries."""
        return {"state": self.state, "rule": self.rule, "gate": self.gate, "days": str(self.days)}

    @property
    def query(self) -> str:
        """What an address carries."""
        return urlencode({name: value for name, value in self.fields.items() if value})


async def _listed(visit: Staffed, wanted: Wanted, after: str, limit: int) -> views.Page[gates.Alert]:
    since = visit.deps.clock.now() - timedelta(days=wanted.days)
    return await visit.api.get(
        "checkpoint",
        "/v1/alerts",
        views.Page[gates.Alert],
        reviewed=REVIEWED[wanted.state],
        rule=wanted.rule,
        gate_id=wanted.gate,
        since=since.isoformat(),
        after=after,
        limit=limit,
    )


@router.get("/alerts")
async def list_alerts(
    visit: Person, state: str = "open", rule: Filter = "", gate: Filter = "", days: str = "", after: str = ""
) -> HTMLResponse:
    """Show the alerts of the area, the newest first; at first those that wait for a review."""
    wanted = Wanted.of(state, rule, gate, days)
    page = await _listed(visit, wanted, after, ROWS)
    names = await visit.names(one.resident_id for one in page.items if one.resident_id)
    facts = {"wanted": wanted, "states": tuple(REVIEWED), "rules": RULES, "days": DAYS}
    return visit.page("gates/alerts.html", page=page, named=names, details=_details(visit, page.items), **facts)


@router.post("/alerts.csv")
async def export_alerts(visit: Acting) -> Response:
    """Return the list as .csv, up to some thousand rows; the export is stated first."""
    await state_export(visit, "alerts")
    wanted = Wanted.of(*(visit.value(name) for name in ("state", "rule", "gate", "days")))
    listed = await gather_items(lambda after: _listed(visit, wanted, after, PART))
    names = await visit.names(one.resident_id for one in listed.rows if one.resident_id)
    details = _details(visit, listed.rows)
    lines = (_cells(visit, one, names.get(one.resident_id or ""), details[one.alert_id]) for one in listed.rows)
    return answer_csv(visit, "alerts", _HEADING, lines, listed.is_cut)


def _cells(visit: Staffed, alert: gates.Alert, named: views.Named | None, detail: str) -> list[object]:
    known = [named.name, named.door, named.phone] if named else ["", "", ""]
    reviews = "; ".join(f"{visit.word('alert_outcome', one.outcome)} {one.note}".strip() for one in alert.reviews)
    at, rule = f"{visit.deps.pages.local(alert.at):%Y-%m-%d %H:%M}", visit.word("alert_rule", alert.rule)
    return [at, rule, *known, alert.gate_name or alert.gate_id, detail, reviews]


@router.get("/alerts/{alert_id}")
async def show_alert(visit: Person, alert_id: str) -> HTMLResponse:
    """Show an alert: about whom, where, when and why, what officers concluded, and the form to conclude."""
    return await _show(visit, alert_id)


async def _show(visit: Staffed, alert_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    alert = await visit.api.get("checkpoint", f"/v1/alerts/{alert_id}", gates.Alert)
    names = await visit.names([alert.resident_id] if alert.resident_id else [])
    facts = {"named": names.get(alert.resident_id or ""), "detail": detail_of(visit, alert), "outcomes": OUTCOMES}
    facts |= {"outcome": visit.value("outcome"), "note": visit.value("note"), "device": device_of(alert)}
    return visit.page("gates/alert.html", status, problem=problem, alert=alert, **facts)


@router.post("/alerts/{alert_id}/review")
async def review(visit: Acting, alert_id: str) -> Response:
    """State what came of an alert; another conclusion joins the ones before it."""
    body = {"outcome": visit.value("outcome"), "note": visit.value("note")}
    if len(body["note"]) < 2:
        return await _show(visit, alert_id, visit.text(N_("State in a sentence what you found or did.")), 422)
    try:
        await visit.api.post("checkpoint", f"/v1/alerts/{alert_id}/review", gates.Alert, body)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, alert_id, problem_text(visit, error), error.status)
    return visit.go("/alerts")


def device_of(alert: gates.Alert) -> str:
    """Return the id of the device that an alert is about; empty where it is about a person, a vehicle or a gate."""
    return alert.device_id or (alert.subject.removeprefix("device:") if alert.subject.startswith("device:") else "")


def _details(visit: Staffed, alerts: Sequence[gates.Alert]) -> dict[str, str]:
    return {one.alert_id: detail_of(visit, one) for one in alerts}


def detail_of(visit: Staffed, alert: gates.Alert) -> str:
    """Return what an alert states beside its rule, in words; of a rule of a later version as the service states it."""
    stated = alert.detail or ""
    last = stated.rpartition(" ")[2]
    if alert.rule == "silent" and (since := _time(last)):
        return visit.text(N_("no sign of life since %(time)s"), time=f"{visit.deps.pages.local(since):%m-%d %H:%M}")
    if alert.rule == "clock" and last:
        return visit.text(N_("its clock is off by %(seconds)s s"), seconds=last)
    if alert.rule == "gap" and stated:
        return visit.text(N_("numbers %(numbers)s never came"), numbers=stated.removeprefix("seq "))
    if alert.rule == "copied" and stated:
        return visit.text(N_("at the gates %(gates)s within minutes"), gates=stated.replace(" ", ", "))
    return stated


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
