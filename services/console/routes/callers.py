"""Who asks: a signed-in browser, its language, and what its forms prove."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.types import Scope

from services.console.client import staff, views
from services.console.client.apis import ApiAway, ApiRefused, Caller
from services.console.domain.sessions import Glass, digest, form_token, is_form_token
from services.console.showing.texts import language_of
from services.console.usecases import Deps, sessions
from services.console.usecases.sessions import SignedIn
from shared.base.errors import DomainError
from shared.web.access import Principal
from shared.web.edge import ByCookie
from shared.web.roles import Role
from shared.web.strict import StrictRoute

CSRF, CSRF_HEADER = "csrf", "X-CSRF-Token"
OFFICE = frozenset({Role.CITY, Role.COMMUNITY})
OFFICERS = OFFICE | {Role.DOCTOR}
AUDITORS = frozenset({Role.CITY, Role.AUDITOR})
OPERATORS = frozenset({Role.OPERATOR})
STAFF = OFFICERS | {Role.GRID_WORKER}
HELPERS = STAFF | {Role.VOLUNTEER}
MOST_NAMES = 500
_SESSION = "lastmetre.session"  # in the scope of a request whose cookie the edge has looked up
_FETCHED_BY_US = ("same-origin", "none")

Fields = list[tuple[str, str]]


class SignInFirst(Exception):
    """The page is for a signed-in person."""


class ForgedForm(DomainError):
    """A form that the console's own page did not send."""

    status = 403

    def __init__(self) -> None:
        super().__init__("console.forged_form", "The form did not come from this console's own page")


def page_router() -> APIRouter:
    """Return a router of pages, which stand in no API document."""
    return APIRouter(include_in_schema=False, route_class=StrictRoute)


def cookie_name(deps: Deps) -> str:
    """Return the name of the session's cookie: over https a browser binds it to this host alone."""
    return "__Host-lastmetre-console" if deps.is_secure else "lastmetre-console"


def sign_in_cookie(deps: Deps, request: Request) -> str:
    """Return the cookie by which the browser's sign-ins under way are known; empty without one."""
    return request.cookies.get(f"{cookie_name(deps)}-sign-in", "")


@dataclass
class Visit:
    """A request of a browser: its language, and who is signed in, if any person is."""

    request: Request
    deps: Deps
    language: str
    user: SignedIn | None = None
    fields: Fields = field(default_factory=list)
    area_name: str = ""  # of the person's area; empty where it was not looked up
    glass_name: str = ""  # of the area that is open by break-glass
    known: dict[str, staff.Colleague] = field(default_factory=dict)  # the officials whose names the page needs

    def text(self, text: str, **values: object) -> str:
        """Return a marked text in the browser's language."""
        return self.deps.pages.text(self.language, text, **values)

    def word(self, kind: str, code: str) -> str:
        """Return the word for a service's code in the browser's language."""
        return self.deps.pages.word(self.language, kind, code)

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true" and "hx-boosted" not in self.request.headers

    def page(self, template: str, status: int = 200, /, **facts: object) -> HTMLResponse:
        """Return a page."""
        facts = {"visit": self, "csrf": self.csrf, "problem": None} | facts
        return HTMLResponse(self.deps.pages.render(self.language, template, **facts), status)

    def go(self, path: str) -> RedirectResponse:
        """Send the browser to a path, as after a form."""
        return RedirectResponse(path, 303)

    @property
    def csrf(self) -> str:
        """What this session's forms carry."""
        return form_token(self.user.cookie) if self.user else ""

    @property
    def glass(self) -> Glass | None:
        """The area that the person reads by break-glass, if any is open."""
        return self.user.session.glass(self.deps.now()) if self.user else None

    @property
    def path(self) -> str:
        """The path and query of the request."""
        url = self.request.url
        return url.path + (f"?{url.query}" if url.query else "")

    def value(self, name: str, usual: str = "") -> str:
        """Return a field of the form, without blanks around it."""
        return next((value.strip() for key, value in self.fields if key == name), usual)

    def values(self, name: str) -> list[str]:
        """Return all fields of the form with that name."""
        return [value for key, value in self.fields if key == name]


@dataclass
class Staffed(Visit):
    """A request of a signed-in person."""

    user: SignedIn = field(kw_only=True)

    @property
    def api(self) -> Caller:
        """Asks the services with this person's token; what it reads is of the area that is open by break-glass."""
        glass = self.glass
        return self.deps.apis.caller(self.user.session.access_token, self.language, glass.glass_id if glass else "")

    @property
    def own_api(self) -> Caller:
        """Asks the services as `api`, but of the person's own area also while another is open."""
        return self.deps.apis.caller(self.user.session.access_token, self.language)

    @property
    def person(self) -> Principal:
        """The person, as the token has it."""
        return self.user.person

    async def name_areas(self) -> None:
        """Look up the names of the person's area, and of the one that is open by break-glass."""
        areas, glass = self.deps.areas, self.glass
        self.area_name = await areas.name(self.own_api, self.person.area) if self.person.area else ""
        self.glass_name = await areas.name(self.api, glass.area_path) if glass else ""

    async def places(self) -> list[views.Place]:
        """Return the places to which a list may be narrowed; none for a part of a page, which has no choice."""
        if self.is_partial:
            return []
        try:
            return await self.deps.areas.places(self.api, self.area)
        except (ApiAway, ApiRefused):
            return []

    @property
    def area(self) -> str:
        """The area of the pages: the one that is open by break-glass, else the person's own."""
        glass = self.glass
        return glass.area_path if glass else self.person.area

    def is_one_of(self, roles: Iterable[Role]) -> bool:
        """Whether the person has one of the roles."""
        return not self.person.roles.isdisjoint(roles)

    async def names(self, resident_ids: Iterable[str]) -> dict[str, views.Named]:
        """Return names, doors and phones by resident, in one call for a page; none where they are not to be had."""
        ids = list(dict.fromkeys(resident_ids))
        if not ids or not self.is_one_of(STAFF | {Role.AUDITOR}):
            return {}
        parts = [ids[at : at + MOST_NAMES] for at in range(0, len(ids), MOST_NAMES)]
        try:
            looked_up = await asyncio.gather(
                *(
                    self.api.look_up("registration", "/v1/residents/names", views.Names, {"resident_ids": part})
                    for part in parts
                )
            )
        except (ApiAway, ApiRefused):
            return {}
        return {one.resident_id: one for part in looked_up for one in part.items}

    async def name_colleagues(self, *person_ids: str | None) -> None:
        """Look up the names of officials by account, in one call for a page; without an entry the account stands."""
        ids = [one for one in dict.fromkeys(person_ids) if one][:MOST_NAMES]
        if not ids:
            return
        path, body = "/v1/staff/names", {"person_ids": ids}
        try:
            named = await self.own_api.look_up("registration", path, staff.Colleagues, body)
        except (ApiAway, ApiRefused):
            return
        self.known |= {one.person_id: one for one in named.items}


def by_cookie(deps: Deps) -> ByCookie:
    """Return what finds whose session a request's cookie is, for the limits of the edge."""

    async def look_up(scope: Scope) -> Principal | None:
        if scope["path"].startswith(("/static/", "/health/")):
            return None
        cookie = Request(scope).cookies.get(cookie_name(deps), "")
        session = await deps.store.session(digest(cookie)) if cookie else None
        if session is None or session.is_over(deps.now()):
            return None
        scope[_SESSION] = session
        return Principal(session.subject, frozenset(), "/", None)

    return look_up


def language(request: Request) -> str:
    """Return the language of the browser."""
    return language_of(request.cookies, request.headers.get("accept-language", ""))


async def visit(request: Request) -> Visit:
    """Return the request of a browser that need not be signed in."""
    deps: Deps = request.app.state.deps
    cookie = request.cookies.get(cookie_name(deps), "")
    user = await sessions.current(deps, cookie, request.scope.get(_SESSION))
    return Visit(request, deps, language(request), user)


async def signed_in(request: Request) -> Staffed:
    """Return the request of a signed-in person. Raises `SignInFirst`."""
    deps: Deps = request.app.state.deps
    cookie = request.cookies.get(cookie_name(deps), "")
    user = await sessions.current(deps, cookie, request.scope.get(_SESSION))
    if user is None:
        raise SignInFirst
    made = Staffed(request, deps, language(request), user=user)
    request.state.visit = made
    if request.method == "GET" and not made.is_partial:
        await made.name_areas()
    return made


async def acting(request: Request, visit: Annotated[Staffed, Depends(signed_in)]) -> Staffed:
    """Return the request of a signed-in person with a form of the console's own. Raises `ForgedForm`."""
    form = await request.form()
    visit.fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    token = request.headers.get(CSRF_HEADER) or visit.value(CSRF)
    if not is_from_us(request.headers, visit.deps.url) or not is_form_token(visit.user.cookie, token):
        raise ForgedForm
    return visit


def is_from_us(headers: Mapping[str, str], url: str) -> bool:
    """Whether a browser sent a form from a page of this origin, as far as it states where from."""
    origin = headers.get("origin")
    if origin is not None:
        mine, theirs = urlsplit(url), urlsplit(origin)
        return (mine.scheme, mine.netloc) == (theirs.scheme, theirs.netloc)
    return headers.get("sec-fetch-site", "same-origin") in _FETCHED_BY_US


def sign_in_path(visit_path: str) -> str:
    """Return the path at which a sign-in begins that ends at `visit_path`."""
    return f"/sign-in?return_to={quote(visit_path, safe='/')}"


def together(fields: Sequence[tuple[str, str]]) -> Fields:
    """Return a form's fields without what proves where it came from."""
    return [(name, value) for name, value in fields if name != CSRF]


AnyVisit = Annotated[Visit, Depends(visit)]
Person = Annotated[Staffed, Depends(signed_in)]
Acting = Annotated[Staffed, Depends(acting)]
