"""The trajectory of a resident, and who shared a gate: read for a purpose, printed and exported (R2.8)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, Response

from services.console.client import movements, views
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items, state_export
from services.console.routes.people import or_none
from services.console.routes.purposes import ask, purpose_of
from services.console.showing.texts import N_

ROWS, USUAL_DAYS, KEPT_DAYS = 200, 14, 30
MINUTES = ("1", "5", "10", "30", "60")
_PASSAGES = (
    N_("Name"),
    N_("Door"),
    N_("Day"),
    N_("Time"),
    N_("Gate"),
    N_("Direction"),
    N_("Verdict"),
    N_("Why"),
    N_("Shown"),
)
_CONTACTS = (N_("Name"), N_("Door"), N_("Phone"), N_("Times"), N_("Closest"), N_("First"), N_("Last"), N_("Gates"))

router = page_router()


@dataclass(frozen=True)
class Span:
    """The days that a page is about, both of them whole, in the city's time."""

    first: date
    last: date

    @classmethod
    def of(cls, visit: Staffed, since: str, until: str) -> "Span":
        """Return the days that were asked for; the last fortnight where they are none, and not more than are kept."""
        today = visit.deps.today
        last = min(_day(until) or today, today)
        first = _day(since) or last - timedelta(days=USUAL_DAYS - 1)
        return cls(min(max(first, today - timedelta(days=KEPT_DAYS)), last), last)

    def instants(self, visit: Staffed) -> tuple[str, str]:
        """Return the instants between which they lie, as a service takes them."""
        ends = self.last + timedelta(days=1)
        begin, end = (datetime.combine(day, time.min, visit.deps.zone) for day in (self.first, ends))
        return begin.isoformat(), end.isoformat()


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/people/{resident_id}/trajectory")
async def show_trajectory(
    visit: Person, resident_id: str, act: str = "", since: str = "", until: str = "", after: str = ""
) -> HTMLResponse:
    """Show the passages of a resident by time and gate, for the purpose of an act; without one, ask for it."""
    names = await visit.names([resident_id])
    named = names.get(resident_id)
    purpose = await purpose_of(visit, act)
    if not purpose:
        return ask(visit, _about(visit, N_("Passages of %(who)s at the gates"), named, resident_id))
    span = Span.of(visit, since, until)
    page, texts = await asyncio.gather(_passages(visit, resident_id, purpose, span, after, ROWS), _reason_texts(visit))
    days = groupby(page.items, lambda one: visit.deps.pages.local(one.at).date())
    facts = {"resident_id": resident_id, "named": named, "purpose": purpose, "span": span, "act": act, "page": page}
    return visit.page(
        "movements/trajectory.html",
        days=[(day, list(rows)) for day, rows in days],
        texts=texts,
        has_temperatures=any(one.temperature_c is not None for one in page.items),
        following=_following(page.next, act, span),
        earliest=visit.deps.today - timedelta(days=KEPT_DAYS),
        **facts,
        **_printed(visit),
    )


def _printed(visit: Staffed) -> dict[str, object]:
    return {"now": visit.deps.clock.now(), "today": visit.deps.today, "reader": visit.person.subject}


def _following(cursor: str | None, act: str, span: Span, **more: str) -> str:
    if not cursor:
        return ""
    asked = {"act": act, "since": span.first.isoformat(), "until": span.last.isoformat(), "after": cursor}
    return urlencode(asked | more)


def _about(visit: Staffed, text: str, named: views.Named | None, resident_id: str) -> str:
    return visit.text(text, who=f"{named.name} · {named.door}" if named else resident_id)


async def _passages(
    visit: Staffed, resident_id: str, purpose: str, span: Span, after: str, limit: int
) -> views.Page[movements.Passage]:
    kind, (since, until) = views.Page[movements.Passage], span.instants(visit)
    return await visit.api.get(
        "checkpoint",
        "/v1/passages",
        kind,
        purpose=purpose,
        resident_id=resident_id,
        since=since,
        until=until,
        sort="-at",
        after=after,
        limit=limit,
    )


async def _reason_texts(visit: Staffed) -> Mapping[str, str]:
    """Return the texts of the gates' reasons in the browser's language; none where they are not to be had."""
    page = await or_none(visit.api.get("checkpoint", "/v1/reasons", views.Page[movements.ReasonText], limit=500))
    return {one.code: one.zh if visit.language == "zh" else one.en for one in page.items} if page else {}


@router.post("/people/{resident_id}/trajectory.csv")
async def export_trajectory(visit: Acting, resident_id: str) -> Response:
    """Return the passages as .csv; the export is stated first, with its purpose."""
    purpose, span = visit.value("purpose"), Span.of(visit, visit.value("since"), visit.value("until"))
    await state_export(visit, "trajectory", purpose=purpose)
    listed = await gather_items(lambda after: _passages(visit, resident_id, purpose, span, after, 1_000))
    texts = await _reason_texts(visit)
    named = (await visit.names([resident_id])).get(resident_id)
    cells = [_cells(visit, one, named, texts) for one in listed.rows]
    return answer_csv(visit, "trajectory", _PASSAGES, cells, listed.is_cut)


def _cells(visit: Staffed, one: movements.Passage, named: views.Named | None, texts: Mapping[str, str]) -> list[object]:
    at = visit.deps.pages.local(one.at)
    who = [named.name, named.door] if named else ["", ""]
    words = [visit.word("direction", one.direction), visit.word("verdict", one.verdict)]
    reasons = "; ".join(texts.get(code, code) for code in one.reasons)
    return [
        *who,
        at.date().isoformat(),
        f"{at:%H:%M:%S}",
        one.gate,
        *words,
        reasons,
        visit.word("credential", one.credential_kind),
    ]


@router.get("/people/{resident_id}/contacts")
async def show_contacts(
    visit: Person,
    resident_id: str,
    act: str = "",
    since: str = "",
    until: str = "",
    minutes: str = "10",
    after: str = "",
) -> HTMLResponse:
    """Show who passed the same gates within minutes of a resident, for the purpose of an act."""
    purpose = await purpose_of(visit, act)
    if not purpose:
        named = (await visit.names([resident_id])).get(resident_id)
        return ask(visit, _about(visit, N_("Who shared a gate with %(who)s"), named, resident_id))
    span, within = Span.of(visit, since, until), minutes if minutes in MINUTES else "10"
    page = await _contacts(visit, resident_id, purpose, span, within, after)
    names = await visit.names([resident_id, *(one.resident_id for one in page.items)])
    facts = {"resident_id": resident_id, "named": names.get(resident_id), "purpose": purpose, "span": span, "act": act}
    return visit.page(
        "movements/contacts.html",
        page=page,
        names=names,
        within=within,
        minutes=MINUTES,
        following=_following(page.next, act, span, minutes=within),
        earliest=visit.deps.today - timedelta(days=KEPT_DAYS),
        **facts,
        **_printed(visit),
    )


async def _contacts(
    visit: Staffed, resident_id: str, purpose: str, span: Span, within: str, after: str
) -> movements.Contacts:
    since, until = span.instants(visit)
    return await visit.api.get(
        "checkpoint",
        "/v1/contacts",
        movements.Contacts,
        purpose=purpose,
        resident_id=resident_id,
        since=since,
        until=until,
        window_s=int(within) * 60,
        after=after,
        limit=ROWS,
    )


@router.post("/people/{resident_id}/contacts.csv")
async def export_contacts(visit: Acting, resident_id: str) -> Response:
    """Return the contacts as .csv; the export is stated first, with its purpose."""
    purpose, span = visit.value("purpose"), Span.of(visit, visit.value("since"), visit.value("until"))
    within = visit.value("minutes") if visit.value("minutes") in MINUTES else "10"
    await state_export(visit, "contacts", purpose=purpose)
    listed = await gather_items(lambda after: _contacts(visit, resident_id, purpose, span, within, after))
    names = await visit.names(one.resident_id for one in listed.rows)
    return answer_csv(visit, "contacts", _CONTACTS, [_contact(visit, one, names) for one in listed.rows], listed.is_cut)


def _contact(visit: Staffed, one: movements.Contact, names: Mapping[str, views.Named]) -> list[object]:
    named = names.get(one.resident_id)
    who = [named.name, named.door, named.phone] if named else ["", "", ""]
    times = [f"{visit.deps.pages.local(at):%Y-%m-%d %H:%M}" for at in (one.first_at, one.last_at)]
    return [*who, one.times, round(one.closest_s), *times, one.places]
