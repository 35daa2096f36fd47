"""What the console answers where something went wrong: a page in the browser's language that says what to do."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from services.console.client.apis import REVOKED, ApiAway, ApiRefused, SignedOut, StepUpNeeded
from services.console.client.provider import ProviderAway
from services.console.routes.callers import (
    ForgedForm,
    SignInFirst,
    Staffed,
    Visit,
    cookie_name,
    language,
    sign_in_cookie,
    sign_in_path,
    together,
)
from services.console.showing.texts import N_
from services.console.usecases import Deps, forms, sessions
from services.console.usecases.purposes import PURPOSE_MISSING, USUAL
from shared.base.logs import correlation_id
from shared.web import http

_ADVICE = {
    400: N_("The address or the form is wrong: go back and correct it."),
    401: N_("Your sign-in counts no longer: sign in again."),
    403: N_("Your role does not allow this. Ask the office for it, or go back."),
    404: N_("There is nothing here, or it lies outside your area. Search for it, or ask the office of that area."),
    405: N_("This address takes a form: open the page that has it, and send it there."),
    408: N_("The form did not arrive in time: look at your connection, and send it again."),
    409: N_("It has changed since you opened it: open it again and look at how it stands now."),
    413: N_("The file is too large: split it and send the parts."),
    415: N_("This kind of file or form is not taken here: go back and choose another one."),
    422: N_("Something in the form is wrong: go back and correct it."),
    429: N_("That was too often: wait a moment and try again."),
    500: N_("Something went wrong here. Tell the operator the number below."),
    502: N_("Something went wrong here. Tell the operator the number below."),
    504: N_("This service does not answer now. Wait a moment and open the page again; the rest of the console works."),
    503: N_("This service does not answer now. Wait a moment and open the page again; the rest of the console works."),
}
_ABSENT = N_("Sign-in is not possible now: the sign-in service does not answer. Try again in a moment.")


def problem_text(visit: Visit, error: ApiRefused | ApiAway) -> str:
    """Return why a service refused, in the browser's language, in which the service was asked."""
    if isinstance(error, ApiAway):
        return visit.text(N_("The service %(service)s does not answer: try again in a moment."), service=error.service)
    return error.message


def add_answers(app: FastAPI) -> None:
    """Answer pages' errors with pages; what asks for JSON gets problem details as from every service."""
    handlers: tuple[tuple[type[Exception], Callable[[Request, Exception], Awaitable[Response]]], ...] = (
        (SignInFirst, _sign_in_first),
        (SignedOut, _signed_out),
        (StepUpNeeded, _step_up),
        (ApiRefused, _refused),
        (ApiAway, _away),
        (ForgedForm, _forged),
        (HTTPException, _plain),
        (RequestValidationError, _unreadable),
        (Exception, _unexpected),
    )
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


def error_page(request: Request, status: int, detail: str = "") -> HTMLResponse:
    """Return the page of an error: what is wrong, what to do, and the number by which the operator traces it."""
    visit = getattr(request.state, "visit", None) or Visit(request, request.app.state.deps, language(request))
    advice = _ADVICE.get(status, _ADVICE[500])
    number = correlation_id.get()
    return cast(Visit, visit).page("error.html", status, status=status, advice=advice, detail=detail, number=number)


def _leave(request: Request, path: str) -> Response:
    """Send the browser away, also where htmx asked for a part of a page."""
    if request.headers.get("hx-request") == "true":
        return Response(status_code=200, headers={"HX-Redirect": path})
    return RedirectResponse(path, 303)


def _here(request: Request) -> str:
    """Return the page that the browser is to return to: this one, or that from which a form was sent."""
    url = request.url
    return (url.path + (f"?{url.query}" if url.query else "")) if request.method == "GET" else "/"


async def _sign_in_first(request: Request, _: Exception) -> Response:
    return _leave(request, sign_in_path(_here(request)))


async def _signed_out(request: Request, raised: Exception) -> Response:
    deps: Deps = request.app.state.deps
    visit: Staffed | None = getattr(request.state, "visit", None)
    if visit is not None:
        await deps.store.end(visit.user.session.session_id)
    revoked = cast(SignedOut, raised).code == REVOKED
    answer = _leave(request, "/signed-out?reason=revoked" if revoked else sign_in_path(_here(request)))
    answer.delete_cookie(cookie_name(deps), secure=deps.is_secure, httponly=True, samesite="lax")
    return answer


async def _step_up(request: Request, raised: Exception) -> Response:
    """Keep the form that was sent, and have its sender sign in as the service asks."""
    deps: Deps = request.app.state.deps
    visit: Staffed = request.state.visit
    path = _here(request)
    if request.method != "GET":
        path = f"/forms/{await forms.keep(deps, visit.user, request.url.path, together(visit.fields))}"
    wanted = cast(StepUpNeeded, raised).wanted
    browser = sign_in_cookie(deps, request)
    try:
        begun = await sessions.begin_sign_in(deps, path, browser, visit.user.session.session_id, wanted)
    except ProviderAway:
        return error_page(request, 503, visit.text(_ABSENT))
    answer = _leave(request, begun.url)
    keep_browser(answer, deps, begun.browser)
    return answer


def keep_browser(answer: Response, deps: Deps, secret: str) -> None:
    """Let the browser keep by what its sign-in is known on its return."""
    name = f"{cookie_name(deps)}-sign-in"
    answer.set_cookie(name, secret, max_age=600, path="/", secure=deps.is_secure, httponly=True, samesite="lax")


async def _refused(request: Request, raised: Exception) -> Response:
    error = cast(ApiRefused, raised)
    visit = getattr(request.state, "visit", None) or Visit(request, request.app.state.deps, language(request))
    if error.code == PURPOSE_MISSING and request.method == "GET":
        return visit.page("purpose.html", 422, path=visit.path, about="", chosen="", detail="", usual=USUAL)
    return error_page(request, error.status, problem_text(visit, error))


async def _away(request: Request, raised: Exception) -> Response:
    return error_page(request, 503, cast(ApiAway, raised).service)


async def _forged(request: Request, _: Exception) -> Response:
    visit = Visit(request, request.app.state.deps, language(request))
    text = N_("The form is too old or did not come from this page. Open the page again and send it once more.")
    return error_page(request, HTTPStatus.FORBIDDEN, visit.text(text))


async def _plain(request: Request, raised: Exception) -> Response:
    error = cast(HTTPException, raised)
    if not is_for_people(request):
        language = http.language_for(request)
        return http.problem(error.status_code, f"http.{error.status_code}", str(error.detail), language)
    return error_page(request, error.status_code)


async def _unreadable(request: Request, raised: Exception) -> Response:
    if not is_for_people(request):
        text = "Correct the parameters and send it again"
        return http.problem(422, "request.invalid", text, http.language_for(request))
    return error_page(request, 422)


async def _unexpected(request: Request, raised: Exception) -> Response:
    answer = http.unexpected(raised, request)
    return error_page(request, 500) if is_for_people(request) else answer


def is_for_people(request: Request) -> bool:
    """Whether a browser shows the answer to a person."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")
