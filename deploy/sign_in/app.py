"""The provider over HTTP: discovery, keys, authorization, tokens, the sign-in page, sign-out."""

import json
import time
from urllib.parse import parse_qsl, urlencode

from authlib.oauth2 import OAuth2Error
from starlette.applications import Starlette
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.launcher.secrets.issuer import TWO_FACTORS, Issuer
from deploy.sign_in import pages
from deploy.sign_in.people import PEOPLE
from deploy.sign_in.server import AUTH_METHODS, SCOPES, Asked, Client, Server
from deploy.sign_in.sessions import ONE_FACTOR, SESSION_S, SignedIn

COOKIE = "lastmetre-sign-in"
HOSTS = ["127.0.0.1", "localhost"]


def build(url: str, issuer: Issuer, client: Client) -> Starlette:
    """Return the provider at `url`, which is its issuer in ID tokens; it signs with the keys of `issuer`."""
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", _discovery),
            Route("/jwks", _keys),
            Route("/authorize", _authorize),
            Route("/sign-in", _sign_in, methods=["POST"]),
            Route("/token", _token, methods=["POST"]),
            Route("/sign-out", _sign_out, methods=["GET", "POST"]),
            Route("/health/ready", lambda _: JSONResponse({"status": "ready"})),
            Route("/metrics", lambda _: PlainTextResponse("")),
        ]
    )
    # Another name would let a foreign page that gives this address its own name read what is answered.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    app.state.server, app.state.client = Server(url, issuer, client), client
    app.state.jwks = json.loads(issuer.jwks.read_text())
    return app


async def _discovery(request: Request) -> Response:
    server: Server = request.app.state.server
    return JSONResponse(
        {
            "issuer": server.url,
            "authorization_endpoint": f"{server.url}/authorize",
            "token_endpoint": f"{server.url}/token",
            "jwks_uri": f"{server.url}/jwks",
            "end_session_endpoint": f"{server.url}/sign-out",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "token_endpoint_auth_methods_supported": AUTH_METHODS,
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": list(SCOPES),
            "acr_values_supported": [ONE_FACTOR, TWO_FACTORS],
            "prompt_values_supported": ["none", "login"],
        }
    )


async def _keys(request: Request) -> Response:
    return JSONResponse(request.app.state.jwks)


async def _authorize(request: Request) -> Response:
    """Answer with a code where a session suffices, else ask who signs in."""
    server: Server = request.app.state.server
    asked = _request_of(request, request.url.query)
    user = _sufficient(asked, server.memory.session(request.cookies.get(COOKIE)))
    try:
        grant = server.get_consent_grant(asked, end_user=user)
    except OAuth2Error as error:
        return _returned(server, asked, error)
    if user is None or grant.prompt == "login":
        return _html(pages.who(request.url.query))
    response: Response = server.create_authorization_response(asked, grant_user=user, grant=grant)
    return response


async def _sign_in(request: Request) -> Response:
    """Begin a session for the chosen person, by a second factor where that is asked for, and answer with a code."""
    server: Server = request.app.state.server
    form = await request.form()
    query, person = str(form.get("query", "")), PEOPLE.get(str(form.get("person", "")))
    asked = _request_of(request, query)
    try:
        grant = server.get_consent_grant(asked, end_user=None)
    except OAuth2Error as error:
        return _returned(server, asked, error)
    if person is None:
        return _html(pages.who(query), 422)
    confirmed = form.get("second") == "confirmed"
    if _wants_two_factors(asked) and not confirmed:
        return _html(pages.second_factor(query, person))
    user = server.memory.sign_in(person, TWO_FACTORS if confirmed else ONE_FACTOR)
    response: Response = server.create_authorization_response(asked, grant_user=user, grant=grant)
    if response.status_code == 302:
        response.status_code = 303
    response.set_cookie(COOKIE, user.session, max_age=SESSION_S, httponly=True, samesite="lax")
    return response


async def _token(request: Request) -> Response:
    server: Server = request.app.state.server
    body = (await request.body()).decode("utf-8", "replace")
    response: Response = server.create_token_response(_request_of(request, body))
    return response


async def _sign_out(request: Request) -> Response:
    """End the browser's session, and go back to where the client registered that it may."""
    server: Server = request.app.state.server
    client: Client = request.app.state.client
    fields = request.query_params if request.method == "GET" else await request.form()
    given = {name: str(value) for name, value in fields.items()}
    server.memory.sign_out(request.cookies.get(COOKIE, ""))
    target = given.get("post_logout_redirect_uri", "")
    response = _html(pages.signed_out())
    if target in client.after_sign_out:
        state = f"?{urlencode({'state': given['state']})}" if "state" in given else ""
        response = RedirectResponse(target + state, 303)
    response.delete_cookie(COOKIE)
    return response


def _request_of(request: Request, pairs: str) -> Asked:
    return Asked(request.method, str(request.url), request.headers, parse_qsl(pairs, keep_blank_values=True))


def _wants_two_factors(asked: Asked) -> bool:
    return TWO_FACTORS in asked.payload.data.get("acr_values", "").split()


def _sufficient(asked: Asked, user: SignedIn | None) -> SignedIn | None:
    """Return the session's user where the session is strong and young enough for the request."""
    if user is None or (_wants_two_factors(asked) and user.acr != TWO_FACTORS):
        return None
    longest = asked.payload.data.get("max_age", "")
    return None if longest.isdecimal() and time.time() - user.auth_time > int(longest) else user


def _returned(server: Server, asked: Asked, error: OAuth2Error) -> Response:
    """Send an error back to the client, or to the person where the request names no place to go back to."""
    if getattr(error, "redirect_uri", None):
        response: Response = server.handle_error_response(asked, error)
        return response
    return _html(pages.refused(str(error.description or error.error)), 400)


def _html(page: str, status: int = 200) -> Response:
    return HTMLResponse(page, status, {"Content-Security-Policy": pages.POLICY, "Cache-Control": "no-store"})
