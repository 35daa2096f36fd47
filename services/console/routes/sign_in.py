"""Signing in and out: authorization code with PKCE at the city's OpenID Connect provider."""

import logging

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.console.client.provider import ProviderAway, SignInRefused
from services.console.domain.sessions import local_path
from services.console.routes.answers import keep_browser
from services.console.routes.callers import Acting, AnyVisit, Visit, cookie_name, page_router, sign_in_cookie
from services.console.showing.texts import LANGUAGE_COOKIE, LANGUAGES, N_
from services.console.usecases import sessions
from shared.base.errors import Unauthenticated, Unavailable
from shared.web.strict import takes_any_parameter

YEAR_S = 365 * 24 * 3600

logger = logging.getLogger(__name__)
router = page_router()


@router.get("/sign-in")
async def begin(visit: AnyVisit, return_to: str = "/") -> Response:
    """Send the browser to the provider."""
    if visit.user is not None:
        return visit.go(local_path(return_to))
    try:
        begun = await sessions.begin_sign_in(visit.deps, return_to, sign_in_cookie(visit.deps, visit.request))
    except ProviderAway:
        return _absent(visit)
    answer = visit.go(begun.url)
    keep_browser(answer, visit.deps, begun.browser)
    return answer


@router.get("/sign-in/callback")
@takes_any_parameter
async def complete(visit: AnyVisit, state: str = "", code: str = "", error: str = "") -> Response:
    """Complete a sign-in and return to the page that asked for it."""
    deps = visit.deps
    if error or not code:
        return _refused(visit)
    try:
        browser = sign_in_cookie(deps, visit.request)
        sign_in, cookie, session = await sessions.complete_sign_in(deps, state, code, browser)
    except ProviderAway:
        return _absent(visit)
    except SignInRefused as refusal:
        logger.warning("a sign-in was refused: %s", refusal)
        return _refused(visit)
    except (Unauthenticated, Unavailable) as refusal:
        logger.warning("the services do not accept a token of the provider: %s", refusal.code)
        return _no_access(visit)
    answer = RedirectResponse(sign_in.return_to, 303)
    life = int((session.ends_at - session.began_at).total_seconds())
    answer.set_cookie(
        cookie_name(deps), cookie, max_age=life, path="/", secure=deps.is_secure, httponly=True, samesite="lax"
    )
    return answer


@router.post("/sign-out")
async def end(visit: Acting) -> Response:
    """End the session, here and at the provider."""
    deps, session = visit.deps, visit.user.session
    await deps.store.end(session.session_id)
    answer = visit.go(await deps.provider.sign_out_url(session.id_token) or "/signed-out")
    answer.delete_cookie(cookie_name(deps), path="/", secure=deps.is_secure)
    return answer


@router.get("/signed-out")
@takes_any_parameter  # the provider adds its own
async def signed_out(visit: AnyVisit, reason: str = "") -> HTMLResponse:
    """Say that the session has ended, and why."""
    if reason == "revoked":
        text = N_("Your access was revoked, so the session has ended. If that is a mistake, ask the city's office.")
        return visit.page("plain.html", title=N_("Access revoked"), text=text, again=True)
    return visit.page("plain.html", title=N_("Signed out"), text=N_("You are signed out."), again=True)


@router.get("/language/{chosen}")
async def choose_language(request: Request, visit: AnyVisit, chosen: str, return_to: str = "/") -> Response:
    """Keep the language that the browser chose."""
    answer = visit.go(local_path(return_to))
    if chosen in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=YEAR_S,
            path="/",
            secure=visit.deps.is_secure,
            httponly=True,
            samesite="lax",
        )
    return answer


def _absent(visit: Visit) -> HTMLResponse:
    configured = N_("The sign-in service does not answer. Try again in a moment; if it lasts, tell the operator.")
    missing = N_(
        "No sign-in service is configured. The operator sets OIDC_ISSUER to the address of the city's OpenID Connect "
        "provider; 'lastmetre up' starts one for demos."
    )
    text = configured if visit.deps.provider.is_configured else missing
    return visit.page("plain.html", 503, title=N_("Sign-in is not possible now"), text=text, again=True)


def _refused(visit: Visit) -> HTMLResponse:
    text = N_("The sign-in was not completed: it took too long, was cancelled, or began in another browser.")
    return visit.page("plain.html", 400, title=N_("Not signed in"), text=text, again=True)


def _no_access(visit: Visit) -> HTMLResponse:
    text = N_(
        "You are known here, but your account has no role and area for this city. Ask the city's office for them."
    )
    return visit.page("plain.html", 403, title=N_("No access"), text=text, again=True)
