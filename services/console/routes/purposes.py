"""What a person reads personal data for: a page that asks, and keeps the answer for the act that follows.

A page behind it takes the parameter `act`, asks `purpose_of` and hands the purpose to the service. Where a service
wants a purpose that a page did not hand over, `answers.py` shows the same page.
"""

from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi.responses import HTMLResponse, Response

from services.console.domain.sessions import local_path
from services.console.routes.callers import Acting, Staffed, page_router
from services.console.showing.texts import N_
from services.console.usecases import purposes
from services.console.usecases.purposes import USUAL

LONGEST, SHORTEST_DETAIL = 200, 3

router = page_router()


async def purpose_of(visit: Staffed, act: str) -> str:
    """Return the purpose that the person stated for this page; empty where it is to be asked."""
    return await purposes.find(visit.deps, visit.user, visit.request.url.path, act)


def ask(visit: Staffed, about: str, path: str = "", problem: str | None = None) -> HTMLResponse:
    """Return the page that asks for the purpose; `about` says what is read of whom."""
    chosen, detail = visit.value("chosen"), visit.value("detail")
    facts = {"path": path or visit.path, "about": about, "chosen": chosen, "detail": detail, "usual": USUAL}
    return visit.page("purpose.html", 422 if problem else 200, problem=problem, **facts)


@router.post("/purposes")
async def state(visit: Acting) -> Response:
    """Keep the purpose, and lead to the page that wants it."""
    path = local_path(visit.value("page"))
    chosen, detail = visit.value("chosen"), visit.value("detail")
    words = visit.text(chosen) if chosen in USUAL else ""
    purpose = ": ".join(filter(None, [words, detail])) or visit.value("purpose")
    if not SHORTEST_DETAIL <= len(purpose) <= LONGEST:
        text = N_("Choose what you need it for, or write it in %(shortest)s to %(longest)s characters.")
        problem = visit.text(text, shortest=SHORTEST_DETAIL, longest=LONGEST)
        return ask(visit, visit.value("about"), path, problem)
    act = await purposes.keep(visit.deps, visit.user, path, purpose)
    parts = urlsplit(path)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "act"]
    return visit.go(f"{parts.path}?{urlencode([*query, ('act', act)])}")
