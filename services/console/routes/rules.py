"""Rules at gates by date: what holds when and where, who stated it and why, stating new ones and withdrawing (R2.1)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from services.console.client import rules, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.domain.rule_forms import number_or_text, rules_of
from services.console.routes.answers import problem_text
from services.console.routes.callers import OFFICE, Acting, Person, Staffed, page_router
from services.console.routes.exports import answer_csv, gather_items
from services.console.routes.people import or_none
from services.console.showing.texts import N_

ROWS, MOST_AT_ONCE = 50, 50
_HEADING = (
    N_("Checkpoint"),
    N_("Area"),
    N_("Since"),
    N_("Fever over °C"),
    N_("Mask"),
    N_("Exits"),
    N_("Curfew"),
    N_("Visitors"),
    N_("Admission"),
    N_("Watched plates"),
    N_("Stated by"),
    N_("Reason"),
)
_CHOICES = {
    "exits": ("free", "permit"),
    "visitors": ("measured", "registered", "none"),
    "admission": ("anyone", "listed"),
    "elsewhere": ("unknown", "known"),
    "compared_for": ("code", "card", "id_number"),
}

router = page_router()


@dataclass(frozen=True)
class Held:
    """The rules of a checkpoint, parted by a time: what holds, what begins later, what is over."""

    now: rules.Policy | None
    planned: Sequence[rules.Policy]
    past: Sequence[rules.Policy]

    @classmethod
    def of(cls, policies: Sequence[rules.Policy], now: datetime) -> "Held":
        """Return the parts of policies that are in the order of their beginnings."""
        begun = [one for one in policies if one.since <= now]
        return cls(begun[-1] if begun else None, [one for one in policies if one.since > now], begun[-2::-1])


@router.get("/policies")
async def list_rules(
    visit: Person, at: str = "", q: Annotated[str, Query(max_length=60)] = "", after: str = ""
) -> HTMLResponse:
    """Show what holds at each checkpoint at a time, by default now, and what begins next."""
    when = _instant(visit, at)
    problem = visit.text(N_("Choose a day and an hour.")) if at and when is None else None
    page = await _page(visit, when, q, after, ROWS)
    local = visit.deps.pages.local(when or visit.deps.clock.now())
    facts = {"at": f"{local:%Y-%m-%dT%H:%M}" if at and when else "", "q": q, "after": after}
    usual = rules.Rules()
    may_state = visit.is_one_of(OFFICE)
    return visit.page("rules/list.html", page=page, problem=problem, usual=usual, may_state=may_state, **facts)


async def _page(
    visit: Staffed, when: datetime | None, q: str, after: str, limit: int
) -> views.Page[rules.CheckpointRules]:
    kind, at = views.Page[rules.CheckpointRules], when.isoformat() if when else ""
    return await visit.api.get("checkpoint", "/v1/policies", kind, at=at, q=q, after=after, limit=limit)


def _instant(visit: Staffed, typed: str) -> datetime | None:
    """Return a local day and hour of a form as an instant; None where it is none."""
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=visit.deps.zone).astimezone(UTC)
    except ValueError:
        return None


@router.post("/policies.csv")
async def export_rules(visit: Acting) -> Response:
    """Return the list as .csv; it names no person but the officers."""
    when, q = _instant(visit, visit.value("at")), visit.value("q")
    listed = await gather_items(lambda after: _page(visit, when, q, after, 1_000))
    return answer_csv(visit, "policies", _HEADING, [_cells(visit, one) for one in listed.rows], listed.is_cut)


def _cells(visit: Staffed, one: rules.CheckpointRules) -> list[object]:
    held = one.holds or rules.Rules()
    stated = [one.holds.stated_by, one.holds.reason] if one.holds else ["", visit.text(N_("the usual rules"))]
    since = f"{visit.deps.pages.local(one.holds.since):%Y-%m-%d %H:%M}" if one.holds else ""
    limit = f"{held.fever_over_c:.1f}" + ("=" if held.fever_at_limit else "")
    mask = visit.text(N_("yes")) if held.mask_required else visit.text(N_("no"))
    words = [visit.word(kind, getattr(held, kind)) for kind in ("exits", "visitors", "admission")]
    curfew, plates = "–".join(held.curfew or ()), ", ".join(held.watched_plates)
    return [one.name, one.area_path, since, limit, mask, words[0], curfew, *words[1:], plates, *stated]


@router.get("/policies/new")
async def new(visit: Person, checkpoint_id: Annotated[list[str] | None, Query()] = None) -> HTMLResponse:
    """Show the form of new rules for the checkpoints that were chosen, filled with what holds at the first."""
    ids = (checkpoint_id or [])[:MOST_AT_ONCE]
    if not ids:
        return await list_rules(visit)
    _, held = await _read(visit, ids[0])
    now = visit.deps.pages.local(visit.deps.clock.now())
    filled = held.now or rules.Rules()
    return await _form(visit, ids, filled, {"since": f"{now:%Y-%m-%dT%H:%M}", "reason": ""})


async def _form(
    visit: Staffed,
    ids: Sequence[str],
    filled: object,
    typed: dict[str, str],
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    checkpoints = await asyncio.gather(*(or_none(_checkpoint(visit, one)) for one in ids))
    names = {one: read.name if read else one for one, read in zip(ids, checkpoints, strict=True)}
    facts = {"ids": ids, "names": names, "filled": filled, "typed": typed, "choices": _CHOICES}
    return visit.page("rules/new.html", status, problem=problem, **facts)


async def _checkpoint(visit: Staffed, checkpoint_id: str) -> rules.Checkpoint:
    return await visit.api.get("checkpoint", _path(checkpoint_id), rules.Checkpoint)


def _path(checkpoint_id: str, since: datetime | None = None) -> str:
    path = f"/v1/checkpoints/{quote(checkpoint_id, safe='')}"
    return f"{path}/policies/{quote(since.isoformat(), safe='')}" if since else path


async def _read(visit: Staffed, checkpoint_id: str) -> tuple[rules.Checkpoint, Held]:
    kind = views.Page[rules.Policy]
    checkpoint, page = await asyncio.gather(
        _checkpoint(visit, checkpoint_id),
        visit.api.get("checkpoint", f"{_path(checkpoint_id)}/policies", kind, limit=200),
    )
    return checkpoint, Held.of(page.items, visit.deps.clock.now())


@router.post("/policies")
async def state(visit: Acting) -> Response:
    """State rules from a time on at each of the checkpoints; sent again, it changes nothing that is stated already."""
    ids = visit.values("checkpoint_id")[:MOST_AT_ONCE]
    stated = rules_of(visit.value, visit.values)
    typed = {"since": visit.value("since"), "reason": visit.value("reason")}
    since = _instant(visit, typed["since"])
    if since is None:
        return await _form(visit, ids, stated, typed, visit.text(N_("From: enter a day and an hour.")), 422)
    body = {name: number_or_text(value) for name, value in stated.items()} | {"reason": typed["reason"]}
    for at, one in enumerate(ids):
        try:
            await visit.api.send("PUT", "checkpoint", _path(one, since), json=body)
        except (ApiRefused, ApiAway) as error:
            # What went before is stated; the form keeps what is left.
            text = f"{one}: {problem_text(visit, error)}"
            return await _form(visit, ids[at:], stated, typed, text, error.status)
    return visit.go(f"/policies/{ids[0]}" if len(ids) == 1 else "/policies")


@router.get("/policies/{checkpoint_id}")
async def show(visit: Person, checkpoint_id: str) -> HTMLResponse:
    """Show what holds at a checkpoint, what will and what did, with who stated it and why."""
    return await _show(visit, checkpoint_id)


async def _show(visit: Staffed, checkpoint_id: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    trail = visit.api.get("checkpoint", f"{_path(checkpoint_id)}/trail", views.Page[rules.TrailLine], limit=1_000)
    (checkpoint, held), lines = await asyncio.gather(_read(visit, checkpoint_id), or_none(trail))
    facts = {"checkpoint": checkpoint, "held": held, "trail": lines, "usual": rules.Rules()}
    may_state = visit.is_one_of(OFFICE)
    return visit.page(
        "rules/checkpoint.html", status, problem=problem, may_state=may_state, reason=visit.value("reason"), **facts
    )


@router.post("/policies/{checkpoint_id}/withdraw")
async def withdraw(visit: Acting, checkpoint_id: str) -> Response:
    """Withdraw rules that have not begun."""
    try:
        since = datetime.fromisoformat(visit.value("since"))
        await visit.api.send("DELETE", "checkpoint", _path(checkpoint_id, since), reason=visit.value("reason"))
    except ValueError:
        return await _show(visit, checkpoint_id, visit.text(N_("From: enter a day and an hour.")), 422)
    except (ApiRefused, ApiAway) as error:
        return await _show(visit, checkpoint_id, problem_text(visit, error), error.status)
    return visit.go(f"/policies/{checkpoint_id}")
