"""The demo's provider: authorization code with PKCE, sessions, step-up, refresh and sign-out."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import jwt
import pytest

from deploy.launcher.errors import BadOption
from deploy.launcher.secrets.issuer import Issuer
from deploy.launcher.sign_in import wanted
from deploy.sign_in.app import build
from deploy.sign_in.main import app_of
from deploy.sign_in.people import PEOPLE
from deploy.sign_in.server import Client
from shared.base.errors import Unauthenticated
from shared.web.access import Access, Role
from tests.support.oidc import Relying

URL, CONSOLE = "http://127.0.0.1:8090", "http://127.0.0.1:8008"
CLIENT = Client("lastmetre-console", "a secret", [f"{CONSOLE}/sign-in/callback"], [f"{CONSOLE}/"])


@pytest.fixture
async def console(issuer: Issuer) -> AsyncIterator[Relying]:
    transport = httpx.ASGITransport(build(URL, issuer, CLIENT))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as http:
        made = Relying(http, URL, CLIENT.client_id, CLIENT.secret, CLIENT.redirects[0])
        await made.discover()
        yield made


@pytest.fixture
def access(issuer: Issuer) -> Access:
    return Access(issuer.issuer, issuer.audience, str(issuer.jwks))


async def test_a_person_signs_in_and_the_services_accept_the_token(console: Relying, access: Access) -> None:
    page = await console.ask()
    assert all(person.name in page.text and person.latin_name in page.text for person in PEOPLE.values())
    tokens = (await console.exchange(await console.submit(page, person="doctor-chen"))).json()
    caller = await access.principal(tokens["access_token"])
    assert (caller.subject, caller.roles, caller.area) == ("doctor-chen", {Role.DOCTOR}, "/jinhe/hedong/chunhua/c01")
    claims = await console.identity(tokens["id_token"])
    assert (claims["sub"], claims["nonce"], claims["acr"]) == ("doctor-chen", console.nonce, "1")
    assert claims["auth_time"] <= claims["iat"]


async def test_a_session_signs_in_again_without_asking_until_it_is_too_old(console: Relying) -> None:
    await console.submit(await console.ask(), person="office-liu")
    assert (await console.exchange(await console.ask())).is_success
    assert (await console.ask(prompt="login")).status_code == 200
    assert (await console.ask(max_age="3600")).status_code == 302
    _make_older(console, 3601)
    assert (await console.ask(max_age="3600")).status_code == 200


async def test_without_a_session_a_silent_request_is_sent_back(console: Relying) -> None:
    assert console.returned(await console.ask(prompt="none"))["error"] == "login_required"


async def test_a_step_up_asks_for_the_second_factor_although_there_is_a_session(console: Relying) -> None:
    await console.submit(await console.ask(), person="city-lin")
    page = await console.submit(await console.ask(acr_values="2"), person="city-lin")
    assert "第二因素" in page.text
    tokens = (await console.exchange(await console.submit(page, second="confirmed"))).json()
    assert (await console.identity(tokens["id_token"]))["acr"] == "2"
    assert (await console.ask(acr_values="2")).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"response_type": "token"},
        {"redirect_uri": "http://127.0.0.1:8008/elsewhere"},
        {"redirect_uri": "http://127.0.0.1.example:8008/sign-in/callback"},
        {"client_id": "another"},
    ],
)
async def test_a_wrong_request_gets_no_code(console: Relying, wrong: dict[str, str]) -> None:
    answer = await console.ask(**wrong)
    assert answer.status_code == 400 or "error" in console.returned(answer)
    assert not answer.headers.get("location", "").startswith("http://127.0.0.1.example")


async def test_a_code_works_once_with_its_verifier_and_the_secret(console: Relying) -> None:
    answer = await console.submit(await console.ask(), person="office-liu")
    assert (await console.exchange(answer, code_verifier="x" * 50)).status_code == 400
    assert (await console.exchange(answer)).is_success
    assert (await console.exchange(answer)).status_code == 400
    thief = Relying(console.http, URL, CLIENT.client_id, "another secret", console.redirect)
    await thief.discover()
    assert (await thief.refresh("x")).status_code == 401


async def test_a_refresh_token_works_once_and_until_the_sign_out(console: Relying) -> None:
    tokens = (await console.exchange(await console.submit(await console.ask(), person="auditor-qian"))).json()
    newer = (await console.refresh(tokens["refresh_token"])).json()
    claims = [jwt.decode(one["access_token"], options={"verify_signature": False}) for one in (tokens, newer)]
    assert claims[0]["auth_time"] == claims[1]["auth_time"]
    assert claims[0]["jti"] != claims[1]["jti"]
    assert (await console.refresh(tokens["refresh_token"])).status_code == 400
    left = await console.http.get("/sign-out", params={"post_logout_redirect_uri": f"{CONSOLE}/", "state": "s1"})
    assert left.headers["location"] == f"{CONSOLE}/?state=s1"
    assert (await console.refresh(newer["refresh_token"])).status_code == 400
    assert (await console.ask()).status_code == 200, "the next sign-in asks who it is"


async def test_a_revoked_person_is_out_until_a_new_sign_in_also_with_a_renewed_token(
    console: Relying, access: Access
) -> None:
    answer = await console.submit(await console.ask(), person="office-liu")
    _make_older(console, 100)
    tokens = (await console.exchange(answer)).json()
    await access.principal(tokens["access_token"])
    access.revoke("office-liu", time.time() - 50, time.time() + 3600)
    renewed = (await console.refresh(tokens["refresh_token"])).json()
    silent = (await console.exchange(await console.ask())).json()
    for one in (tokens, renewed, silent):
        with pytest.raises(Unauthenticated) as refused:
            await access.principal(one["access_token"])
        assert refused.value.code == "access.revoked"
    again = await console.submit(await console.ask(prompt="login"), person="office-liu")
    assert await access.principal((await console.exchange(again)).json()["access_token"])


def _make_older(console: Relying, seconds: int) -> None:
    """Have the sessions of the provider begun earlier."""
    memory = console.http._transport.app.state.server.memory  # type: ignore[attr-defined]
    for session in memory.sessions.values():
        object.__setattr__(session, "auth_time", session.auth_time - seconds)


async def test_a_sign_out_leads_to_no_foreign_page(console: Relying) -> None:
    left = await console.http.get("/sign-out", params={"post_logout_redirect_uri": "http://evil.example/"})
    assert (left.status_code, "location" in left.headers) == (200, False)


async def test_a_request_by_a_foreign_name_is_refused(console: Relying) -> None:
    assert (await console.http.get("/jwks", headers={"host": "evil.example"})).status_code == 400


def test_the_provider_runs_on_loopback_alone(tmp_path: Path) -> None:
    settings = {
        "LASTMETRE_SIGN_IN_URL": URL,
        "LASTMETRE_SIGN_IN_CONSOLES": CONSOLE,
        "LASTMETRE_SIGN_IN_KEYS": str(tmp_path),
        "LASTMETRE_OIDC_CLIENT_ID": "c",
        "LASTMETRE_OIDC_CLIENT_SECRET": "s",
    }
    assert app_of(settings)[1] == 8090
    for variable in ("LASTMETRE_SIGN_IN_URL", "LASTMETRE_SIGN_IN_CONSOLES"):
        with pytest.raises(SystemExit, match="verifies no identity"):
            app_of(settings | {variable: "http://10.0.0.1:8090"})


def test_the_launcher_runs_it_with_the_demo_on_its_own_servers_alone() -> None:
    assert [wanted(None, demo, True) for demo in (True, False)] == [True, False]
    assert wanted(True, False, True)
    assert not wanted(None, True, False)
    with pytest.raises(BadOption):
        wanted(True, True, False)
