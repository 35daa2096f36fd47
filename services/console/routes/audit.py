"""The auditor's pages: who read what of a person, what a reader read, the log of acts, areas open by break-glass."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import audit, joined, views
from services.console.client.apis import ApiAway, ApiRefused, Value
from services.console.client.break_glass import BreakGlass
from services.console.domain.joining import Positions
from services.console.routes.answers import problem_text
from services.console.routes.callers import MOST_NAMES, Acting, Person, Staffed, page_router
from services.console.routes.doors import day_of, midnight
from services.console.routes.exports import LONGEST_PATH, answer_csv, gather_items, gather_rows, state_export
from services.console.routes.people import LONGEST_Q, or_none
from services.console.showing.audit_words import ACTS, READING_KINDS
from services.console.showing.texts import N_
from services.console.usecases import searches
from services.console.usecases.searches import Search

ROWS, LINKS = 50, 1_000
PURPOSE = "audit of readings"
_READING_HEADING = (
    N_("Time"),
    N_("Reader"),
    N_("Reader's area"),
    N_("What"),
    N_("Of whom"),
    N_("Door"),
    N_("Purpose"),
    N_("Service"),
)
_ACT_HEADING = (N_("Number"), N_("Time"), N_("Act"), N_("Of whom or what"), N_("Who"), N_("Area"), N_("Verifies"))

router = page_router()
SubjectQuery = Annotated[str, Query(max_length=LONGEST_PATH)]


@router.get("/audit")
async def overview(visit: Person) -> HTMLResponse:
    """Show what an audit begins with: a person's name, areas that are open, and whether the logs verify."""
    kind = views.Page[BreakGlass]
    glasses, logs = await asyncio.gather(
        or_none(visit.api.get("registration", "/v1/break-glass", kind, only_open=True, limit=ROWS)),
        joined.verifications(visit.api, LINKS),
    )
    return visit.page("audit/overview.html", glasses=glasses, logs=logs)


@router.post("/audit/people")
async def search_people(visit: Acting) -> Response:
    """Keep a search for whom readings are examined, and lead to its page: no address names a person."""
    wanted = Search(visit.value("q")[:LONGEST_Q], "")
    if not wanted.q:
        return visit.go("/audit")
    return visit.go(f"/audit/people?search={await searches.keep(visit.deps, visit.user, wanted)}")


@router.get("/audit/people")
async def list_people(visit: Person, search: str = "", after: str = "") -> HTMLResponse:
    """Show the residents of the area with that name or ID number; each leads to who read of them."""
    wanted = await searches.find(visit.deps, visit.user, search) if search else None
    problem = None if wanted else visit.text(N_("The search is kept no longer: type it again."))
    page = views.Page[views.Named](items=[])
    if wanted:
        body = {"q": wanted.q, "cursor": after or None, "limit": ROWS}
        try:
            page = await visit.api.post("registration", "/v1/residents/identify", views.Page[views.Named], body)
        except (ApiAway, ApiRefused) as error:
            problem = problem_text(visit, error)
    facts = {"page": page, "wanted": wanted, "search": search, "after": after}
    return visit.page("audit/people.html", problem=problem, **facts)


class Wanted:
    """Which readings or acts: by subject, reader and days, as an address or a form names them."""

    def __init__(self, visit: Staffed, since: str, until: str, **others: str) -> None:
        self.others = {name: text for name, text in others.items() if text}
        first, last = day_of(since), day_of(until)
        self.since = midnight(visit, first) if first else None
        self.until = midnight(visit, last + timedelta(days=1)) if last else None
        self.fields = self.others | ({"since": since} if first else {}) | ({"until": until} if last else {})

    def until_now(self, now: datetime) -> datetime:
        """Return up to when: now, or the end of the last day."""
        return min(self.until, now) if self.until else now


@router.get("/audit/readings")
async def list_readings(
    visit: Person,
    subject: SubjectQuery = "",
    reader: SubjectQuery = "",
    kind: SubjectQuery = "",
    since: str = "",
    until: str = "",
    after: Annotated[str, Query(max_length=5_000)] = "",
) -> HTMLResponse:
    """Show who read of a person or an area, or what a reader read: of all services, the newest first."""
    wanted = Wanted(visit, since, until, subject=subject, reader=reader, kind=kind)
    page, problem, status = None, None, 200
    if subject or reader:
        try:
            page = await _readings(visit, wanted, after, ROWS)
        except ApiRefused as error:
            problem, status = problem_text(visit, error), error.status
    rows = page.joined.rows if page else []
    named = await _names(visit, [one.subject for _, one in rows] + [subject])
    following = page.joined.following.text() if page and page.joined.following else ""
    facts = {"page": page, "rows": rows, "named": named, "wanted": wanted, "after": after, "following": following}
    chosen = {"subject": subject, "reader": reader, "kind": kind, "kinds": READING_KINDS}
    return visit.page("audit/readings.html", status, problem=problem, **chosen, **facts)


async def _readings(visit: Staffed, wanted: Wanted, after: str, limit: int) -> joined.Readings:
    now = visit.deps.clock.now() + timedelta(seconds=1)
    positions = (Positions.read(after) if after else None) or Positions(wanted.until_now(now), {})
    return await joined.readings(visit.api, wanted.others, wanted.since, positions, limit)


async def _names(visit: Staffed, subjects: Iterable[str]) -> dict[str, views.Named]:
    """Return the names of those subjects that are residents, looked up for the purpose of the audit."""
    ids = list(dict.fromkeys(one for one in subjects if len(one) == 36))[:MOST_NAMES]
    if not ids:
        return {}
    try:
        body = {"resident_ids": ids}
        answer = await visit.api.send("POST", "registration", "/v1/residents/names", purpose=PURPOSE, json=body)
    except (ApiAway, ApiRefused):
        return {}
    return {one.resident_id: one for one in views.Names.model_validate_json(answer.content).items}


@router.post("/audit/readings.csv")
async def export_readings(visit: Acting) -> Response:
    """Return the readings as .csv; a service that is away is a row of its own. The export is stated first."""
    await state_export(visit, "readings")
    days = [visit.value(name) for name in ("since", "until")]
    wanted = Wanted(visit, *days, **{name: visit.value(name) for name in ("subject", "reader", "kind")})

    async def read(after: str) -> tuple[Sequence[list[object]], str | None]:
        page = await _readings(visit, wanted, after, 500)
        named = await _names(visit, (one.subject for _, one in page.joined.rows))
        lines = [_cells(visit, name, one, named.get(one.subject)) for name, one in page.joined.rows]
        text = visit.text(N_("does not answer: its readings are missing"))
        missing: list[list[object]] = [[text, "", "", "", "", "", "", name] for name in page.away]
        following = None if page.away else page.joined.following
        return lines + missing, following.text() if following else None

    listed = await gather_rows(read)
    return answer_csv(visit, "readings", _READING_HEADING, listed.rows, listed.is_cut)


def _cells(visit: Staffed, service: str, one: audit.Reading, named: views.Named | None) -> list[object]:
    at = f"{visit.deps.pages.local(one.at):%Y-%m-%d %H:%M:%S}"
    who = [named.name, named.door] if named else [one.subject, ""]
    what = visit.word("reading_kind", one.kind)
    return [
        at,
        one.reader,
        one.reader_area,
        what,
        *who,
        visit.word("purpose", one.purpose),
        visit.word("service", service),
    ]


@router.get("/audit/acts")
async def list_acts(
    visit: Person,
    service: str = "registration",
    subject: SubjectQuery = "",
    by: SubjectQuery = "",
    kind: SubjectQuery = "",
    since: str = "",
    until: str = "",
    after: str = "",
) -> HTMLResponse:
    """Show a service's log of acts, each entry compared with its link, and whether the newest links verify."""
    chosen = service if service in joined.SERVICES else joined.SERVICES[0]
    wanted = Wanted(visit, since, until, subject=subject, by=by, kind=kind)
    page, log = await asyncio.gather(
        _acts(visit, chosen, wanted, after, ROWS),
        or_none(visit.api.get(chosen, "/v1/acts/verification", audit.Verification, links=LINKS)),
    )
    facts = {"page": page, "log": log, "wanted": wanted, "chosen": chosen, "after": after}
    filled = {"subject": subject, "by": by, "kind": kind, "kinds": sorted(ACTS, key=lambda one: visit.word("act", one))}
    return visit.page("audit/acts.html", services=joined.SERVICES, filled=filled, **facts)


async def _acts(visit: Staffed, service: str, wanted: Wanted, after: str, limit: int) -> views.Page[audit.Act]:
    span = {name: at.isoformat() for name, at in (("since", wanted.since), ("until", wanted.until)) if at}
    asked: dict[str, Value] = {"after": after, "limit": limit, **wanted.others, **span}
    return await visit.api.get_by(service, "/v1/acts", views.Page[audit.Act], asked.items())


@router.post("/audit/acts.csv")
async def export_acts(visit: Acting) -> Response:
    """Return the acts as .csv, as the page lists them; the export is stated first."""
    await state_export(visit, "acts")
    chosen = visit.value("service") if visit.value("service") in joined.SERVICES else joined.SERVICES[0]
    others = {name: visit.value(name) for name in ("subject", "by", "kind")}
    wanted = Wanted(visit, visit.value("since"), visit.value("until"), **others)
    listed = await gather_items(lambda after: _acts(visit, chosen, wanted, after, 500))
    return answer_csv(
        visit, f"acts-{chosen}", _ACT_HEADING, [_act_cells(visit, one) for one in listed.rows], listed.is_cut
    )


def _act_cells(visit: Staffed, one: audit.Act) -> list[object]:
    at = f"{visit.deps.pages.local(one.at):%Y-%m-%d %H:%M:%S}" if one.at else ""
    what = visit.word("act", one.name) if one.kind else visit.text(N_("The entry is gone"))
    holds = visit.text(N_("yes") if one.verifies else N_("no"))
    return [one.number, at, what, one.subject, one.by or one.because, one.area_path, holds]
