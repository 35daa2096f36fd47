"""Rules of the health code by date: what holds, what is proposed, and examples of what cities once had (R1.9)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

from fastapi.responses import HTMLResponse, Response

from services.console.client import code_rules, views
from services.console.client.apis import ApiAway, ApiRefused
from services.console.routes.answers import problem_text
from services.console.routes.callers import Acting, Person, Staffed, page_router
from services.console.showing.texts import N_
from shared.base.ids import new_id
from shared.web.roles import Role

KINDS = ("isolation", "risk_travel", "fever")
COLOURS = ("green", "yellow", "red")
_FIELDS = ("rules_id", "since", "title", "source")

router = page_router()


@router.get("/code-rules")
async def list_rules(visit: Person) -> HTMLResponse:
    """Show all rules, those that begin last first, each as a table."""
    return await _list(visit)


async def _list(visit: Staffed, problem: str | None = None, status: int = 200) -> HTMLResponse:
    page = await visit.api.get("registration", "/v1/code-rules", views.Page[code_rules.CodeRules], limit=100)
    may_state = visit.is_one_of((Role.CITY,))
    facts = {"page": page, "may_state": may_state, "me": visit.person.subject, "reason": visit.value("reason")}
    return visit.page("code_rules/list.html", status, problem=problem, **facts)


@router.get("/code-rules/new")
async def new(visit: Person, example: str = "") -> HTMLResponse:
    """Show the form of new rules, filled with an example or with what holds now."""
    now = visit.deps.pages.local(visit.deps.clock.now())
    filled = {"rules_id": new_id(), "since": f"{now:%Y-%m-%dT%H:%M}", "title": "", "source": ""}
    examples = await _examples(visit)
    if chosen := next((one for one in examples if one.name == example), None):
        return _form(visit, filled | {"title": chosen.title, "source": chosen.source}, _typed(chosen.rules), examples)
    page = await visit.api.get("registration", "/v1/code-rules", views.Page[code_rules.CodeRules], limit=100)
    holding = next((one.rules for one in page.items if one.holds), [])
    return _form(visit, filled, _typed(holding), examples)


async def _examples(visit: Staffed) -> Sequence[code_rules.Example]:
    kind = views.Page[code_rules.Example]
    return (await visit.api.get("registration", "/v1/code-rules/examples", kind, limit=100)).items


def _typed(lines: Sequence[code_rules.Line]) -> Mapping[str, tuple[str, str]]:
    """Return what the form shows of each kind of evidence: the colour, and the days."""
    return {one.kind: (one.colour, str(one.days or "")) for one in lines}


def _form(
    visit: Staffed,
    filled: Mapping[str, str],
    lines: Mapping[str, tuple[str, str]],
    examples: Sequence[code_rules.Example],
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    facts = {"filled": filled, "lines": lines, "examples": examples, "kinds": KINDS, "colours": COLOURS}
    return visit.page("code_rules/new.html", status, problem=problem, **facts)


@router.post("/code-rules")
async def propose(visit: Acting) -> Response:
    """Propose rules; sent again, it changes nothing."""
    filled = {name: visit.value(name) for name in _FIELDS}
    lines = {kind: (visit.value(f"{kind}_colour"), visit.value(f"{kind}_days")) for kind in KINDS}
    try:
        since = datetime.fromisoformat(filled["since"]).replace(tzinfo=visit.deps.zone)
    except ValueError:
        text = visit.text(N_("From: enter a day and an hour."))
        return _form(visit, filled, lines, await _examples(visit), text, 422)
    rules = [{"kind": kind, "colour": colour, **_days(days)} for kind, (colour, days) in lines.items()]
    try:
        body = filled | {"since": since.isoformat(), "rules": rules}
        await visit.api.post("registration", "/v1/code-rules", code_rules.CodeRules, body)
    except (ApiRefused, ApiAway) as error:
        text = problem_text(visit, error)
        return _form(visit, filled, lines, await _examples(visit), text, error.status)
    return visit.go("/code-rules")


def _days(typed: str) -> dict[str, int | str]:
    if not typed:
        return {}
    return {"days": int(typed) if typed.isascii() and typed.isdecimal() else typed}


@router.post("/code-rules/{rules_id}/approve")
async def approve(visit: Acting, rules_id: str) -> Response:
    """Approve rules as the second official."""
    return await _decide(visit, rules_id, "approve")


@router.post("/code-rules/{rules_id}/withdraw")
async def withdraw(visit: Acting, rules_id: str) -> Response:
    """Withdraw rules that do not hold yet."""
    return await _decide(visit, rules_id, "withdraw", {"reason": visit.value("reason")})


async def _decide(visit: Staffed, rules_id: str, step: str, body: dict[str, str] | None = None) -> Response:
    try:
        path = f"/v1/code-rules/{quote(rules_id, safe='')}/{step}"
        await visit.api.post("registration", path, code_rules.CodeRules, body)
    except (ApiRefused, ApiAway) as error:
        return await _list(visit, problem_text(visit, error), error.status)
    return visit.go("/code-rules")
