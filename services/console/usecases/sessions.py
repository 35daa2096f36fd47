"""Sessions: begun by a sign-in, renewed before their token expires, ended by their time, their person or the city."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.console.client.provider import ProviderAway, SignInRefused, Tokens
from services.console.domain.sessions import SEEN_EVERY, SIGN_IN_WITHIN, Session, SignIn, digest, local_path
from services.console.usecases import Deps
from shared.base.errors import Unauthenticated
from shared.web.access import Principal

SECRET_LENGTH = 43  # characters of 32 bytes in base64url
RENEWED_POLL_S, RENEWED_WITHIN_S = 0.1, 5.0


@dataclass(frozen=True)
class SignedIn:
    """A request of a signed-in browser: its session, its cookie, and what the token says of the person."""

    session: Session
    cookie: str
    person: Principal


@dataclass(frozen=True)
class Begun:
    """A sign-in that has begun: where the browser goes, and the cookie by which it is known on its return."""

    url: str
    browser: str


def new_secret() -> str:
    """Return a secret that a browser keeps: 32 random bytes."""
    return secrets.token_urlsafe(32)


async def begin_sign_in(
    deps: Deps, return_to: str, browser: str = "", session_id: str = "", wanted: Mapping[str, str] | None = None
) -> Begun:
    """Begin a sign-in; with `wanted` a fresh one or one with a second factor. Raises `ProviderAway`.

    The sign-ins that a browser begins in several tabs share its cookie, so that each of them can be completed.
    """
    state, nonce, verifier = (new_secret() for _ in range(3))
    browser = browser if len(browser) == SECRET_LENGTH else new_secret()
    url = await deps.provider.authorization_url(state, nonce, verifier, **(wanted or {}))
    sign_in = SignIn(
        sign_in_id=digest(state),
        browser=digest(browser),
        return_to=local_path(return_to),
        expires_at=deps.now() + SIGN_IN_WITHIN,
        nonce=nonce,
        verifier=verifier,
        session_id=session_id,
    )
    await deps.store.begin_sign_in(sign_in)
    return Begun(url, browser)


async def complete_sign_in(deps: Deps, state: str, code: str, browser: str) -> tuple[SignIn, str, Session]:
    """Return the sign-in, the new session's cookie and the session.

    Raises `SignInRefused` where it began in another browser, took too long or was used, `ProviderAway`, and
    `Unauthenticated` where the services do not accept the provider's token.
    """
    sign_in = await deps.store.take_sign_in(digest(state))
    if sign_in is None or sign_in.browser != digest(browser) or deps.now() >= sign_in.expires_at:
        raise SignInRefused("this sign-in began in another browser, took too long, or was used before")
    tokens = await deps.provider.exchange(code, sign_in.verifier, sign_in.nonce)
    person = await deps.access.principal(tokens.access)
    cookie, now = new_secret(), deps.now()
    session = Session(
        session_id=digest(cookie),
        subject=person.subject,
        name=tokens.name or person.subject,
        began_at=now,
        seen_at=now,
        idle_at=now + deps.session_idle,
        ends_at=now + deps.session_life,
        expires_at=tokens.expires_at,
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        id_token=tokens.identity,
    )
    await deps.store.begin(session)
    if sign_in.session_id:
        await _continue(deps, sign_in, session)
    return sign_in, cookie, session


async def _continue(deps: Deps, sign_in: SignIn, session: Session) -> None:
    """Let the new session take over the form that waits, of the same person alone; the former session ends."""
    former = await deps.store.session(sign_in.session_id)
    form_id = form_of(sign_in.return_to)
    form = await deps.store.form(form_id) if form_id else None
    if former and form and former.subject == session.subject == form.subject:
        await deps.store.move_form(form, session.session_id)
    if former and former.subject == session.subject and (glass := former.glass(deps.now())):
        await deps.store.keep_glass(session.session_id, glass)
    await deps.store.end(sign_in.session_id)


def form_of(path: str) -> str:
    """Return the id of the form that a path shows again; empty for any other path."""
    return path.removeprefix("/forms/") if path.startswith("/forms/") else ""


async def current(deps: Deps, cookie: str, session: Session | None = None) -> SignedIn | None:
    """Return the session of a cookie with a token that counts; None where it is over. Raises `Unavailable`.

    `session` is the cookie's, where this request has looked it up before.
    """
    if session is None and cookie:
        session = await deps.store.session(digest(cookie))
    now = deps.now()
    if session is None or session.is_over(now):
        return None
    if session.needs_renewal(now):
        renewed = await _renewed(deps, session, now)
        if renewed is None:
            return None
        session = renewed
    try:
        person = await deps.access.principal(session.access_token)
    except Unauthenticated:
        await deps.store.end(session.session_id)
        return None
    if now - session.seen_at >= SEEN_EVERY:
        await deps.store.touch(session, now, min(now + deps.session_idle, session.ends_at))
    return SignedIn(session, cookie, person)


async def _renewed(deps: Deps, session: Session, now: datetime) -> Session | None:
    """Return the session with new tokens, renewed by one process alone; None where the provider renews them no longer.

    While the provider is away the session goes on until its token expires.
    """
    if not session.refresh_token:
        return session if now < session.expires_at else None
    if not await deps.store.take_refresh(session, now):
        return await _renewed_by_another(deps, session)
    try:
        tokens = await deps.provider.renew(session.refresh_token)
    except SignInRefused:
        await deps.store.end(session.session_id)
        return None
    except ProviderAway:
        return session if now < session.expires_at else None
    renewed = _with(session, tokens)
    return renewed if await deps.store.renew(renewed) else None


async def _renewed_by_another(deps: Deps, session: Session) -> Session | None:
    """Return the session once the process that renews it has done so; at once where the token still counts."""
    if deps.now() < session.expires_at:
        return session
    loop = asyncio.get_running_loop()
    until = loop.time() + RENEWED_WITHIN_S
    while loop.time() < until:
        known = await deps.store.session(session.session_id)
        if known is None or known.expires_at != session.expires_at:
            return known
        await asyncio.sleep(RENEWED_POLL_S)
    return None


def _with(session: Session, tokens: Tokens) -> Session:
    return replace(
        session,
        access_token=tokens.access,
        refresh_token=tokens.refresh or session.refresh_token,
        id_token=tokens.identity or session.id_token,
        expires_at=tokens.expires_at,
        refreshing_until=None,
    )
