"""Sign-in against a real Keycloak with the realm of `deploy/keycloak/realm.json`; `make test-keycloak` runs these."""

import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from deploy.keycloak.server import ADMIN, REALM, REALM_FILE, Keycloak
from services.registration.main import build
from services.registration.settings import Settings
from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.registration.ordering import UNTIL
from tests.support.oidc import Relying
from tests.support.service import ServiceUnderTest

pytestmark = [
    pytest.mark.keycloak,
    pytest.mark.skipif("TEST_KEYCLOAK" not in os.environ, reason="these run with make test-keycloak (Java 17, Maven)"),
]
AREA = "/jinhe/hedong/chunhua/c01"
OUT_WITHIN_S = 60
REALM_SETTINGS = json.loads(REALM_FILE.read_text())
(CLIENT,) = REALM_SETTINGS["clients"]
CONSOLE = CLIENT["redirectUris"][0]
ROLE_NAMES = {"clerk": "community", "physician": "doctor", "city-officer": "city", "auditor": "auditor"}


class Provider(NamedTuple):
    """What a service is given of the provider: the fixture `issuer` of other tests."""

    issuer: str
    jwks: str
    audience: str = "lastmetre"


@pytest.fixture(scope="module")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    """One Keycloak for all tests, which takes a minute to start; `TEST_KEYCLOAK=http://...` names one that runs."""
    server = Keycloak(tmp_path_factory.mktemp("keycloak"))
    if (named := os.environ["TEST_KEYCLOAK"]).startswith("http"):
        server.port = urlsplit(named).port or 80
        yield server
        return
    with server:
        yield server


@pytest.fixture(scope="module")
def issuer(keycloak: Keycloak) -> Provider:
    return Provider(keycloak.issuer, f"{keycloak.issuer}/protocol/openid-connect/certs")


@pytest.fixture
async def registration(service: MakeService, monkeypatch: pytest.MonkeyPatch) -> ServiceUnderTest:
    """A service whose settings are those that docs/sign-in.md gives for Keycloak."""
    monkeypatch.setenv("LASTMETRE_CLAIMS__ROLES", '["realm_access.roles"]')
    monkeypatch.setenv("LASTMETRE_CLAIMS__ROLE_NAMES", json.dumps(ROLE_NAMES))
    return await service(build, Settings)


@pytest.fixture
async def browser(keycloak: Keycloak) -> AsyncIterator[Relying]:
    """A browser at the provider, and the console as its client."""

    async def keep(_: httpx.Response) -> None:
        for cookie in http.cookies.jar:  # browsers count loopback as secure, Python's jar does not
            cookie.secure = False

    async with httpx.AsyncClient(event_hooks={"response": [keep]}, timeout=120, trust_env=False) as http:
        made = Relying(http, keycloak.issuer, CLIENT["clientId"], CLIENT["secret"], CONSOLE)
        await made.discover()
        yield made


def one_time_code(username: str) -> str:
    """Return the code that the user's second factor shows now (RFC 6238)."""
    (user,) = (one for one in REALM_SETTINGS["users"] if one["username"] == username)
    (stored,) = (json.loads(one["secretData"]) for one in user["credentials"] if one["type"] == "otp")
    digest = hmac.new(stored["value"].encode(), (int(time.time()) // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


async def tokens_of(browser: Relying, username: str) -> dict[str, Any]:
    """Sign in with a password; return the tokens."""
    answer = await browser.submit(await browser.ask(), username=username, password=f"demo-{username}")
    exchanged = await browser.exchange(answer)
    assert exchanged.is_success, exchanged.text
    return dict(exchanged.json())


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token claims; the service verifies it."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def as_caller(made: ServiceUnderTest, tokens: dict[str, Any]) -> Any:
    """Return a client of the service with the provider's access token."""
    client = made.client()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return client


async def test_a_clerk_signs_in_and_the_service_knows_role_and_area(
    browser: Relying, registration: ServiceUnderTest
) -> None:
    tokens = await tokens_of(browser, "office-liu")
    identity = await browser.identity(tokens["id_token"])
    assert (identity["nonce"], identity["acr"]) == (browser.nonce, "1")
    caller = await registration.app.state.access.principal(tokens["access_token"])
    assert (caller.subject, caller.roles, caller.area) == (identity["sub"], {"community"}, AREA)
    async with as_caller(registration, tokens) as clerk:
        assert (await clerk.get("/v1/places")).status_code == 200
        assert (await clerk.post("/v1/access-revocations", json={})).json()["code"] == "access.role_missing"


async def test_without_pkce_there_is_no_code(browser: Relying) -> None:
    for wrong in ({"code_challenge": ""}, {"code_challenge_method": "plain"}):
        assert browser.returned(await browser.ask(**wrong))["error"] == "invalid_request"
    answer = await browser.submit(await browser.ask(), username="office-liu", password="demo-office-liu")
    assert (await browser.exchange(answer, code_verifier="x" * 50)).status_code == 400


async def test_an_account_without_our_roles_is_refused_with_what_to_do(
    browser: Relying, registration: ServiceUnderTest
) -> None:
    async with as_caller(registration, await tokens_of(browser, "newcomer-he")) as stranger:
        answer = await stranger.get("/v1/places")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.no_role")


async def test_a_red_code_takes_the_second_factor_that_the_service_asks_for(
    browser: Relying, registration: ServiceUnderTest
) -> None:
    order = {"order_id": new_id(), "colour": "red", "reason": "contact of a case", "until": UNTIL.isoformat()}
    order |= {"resident_ids": [new_id()]}
    weak = await tokens_of(browser, "doctor-chen")
    async with as_caller(registration, weak) as doctor:
        problem = (await doctor.post("/v1/colour-orders", json=order)).json()
    assert problem["code"] == "access.step_up_needed"
    asked = {"acr_values": problem["acr_values"], "max_age": str(problem["max_age"])}
    page = await browser.ask(**asked)
    began = int(time.time())
    answer = await browser.submit(page, otp=one_time_code("doctor-chen"))
    strong = (await browser.exchange(answer)).json()
    claims = [claims_of(one["access_token"]) for one in (weak, strong)]
    assert [one["acr"] for one in claims] == ["1", "2"]
    assert claims[1]["auth_time"] >= began, "the second factor makes the sign-in fresh"
    async with as_caller(registration, strong) as doctor:
        taken = await doctor.post("/v1/colour-orders", json=order)
    assert taken.json()["code"] == "registration.no_such_resident", "the sign-in suffices; there is no such resident"


async def test_who_signs_out_is_out_at_the_provider_too(browser: Relying) -> None:
    tokens = await tokens_of(browser, "auditor-qian")
    assert "code" in browser.returned(await browser.ask()), "the session signs in without asking"
    home = CLIENT["attributes"]["post.logout.redirect.uris"].split("##")[0]
    given = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": home, "state": "s1"}
    left = await browser.http.get(browser.metadata["end_session_endpoint"], params=given)
    assert left.headers["location"] == f"{home}?state=s1"
    assert (await browser.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await browser.ask()).status_code == 200, "the next sign-in asks for the password"


async def test_a_disabled_account_is_out_within_a_minute(browser: Relying, keycloak: Keycloak) -> None:
    tokens = await tokens_of(browser, "operator-ma")
    tokens = (await browser.refresh(tokens["refresh_token"])).json()
    claims = claims_of(tokens["access_token"])
    assert claims["exp"] - claims["iat"] <= OUT_WITHIN_S, "what was issued before ends by itself"
    admin = await _administrator(browser.http, keycloak)
    user = f"{keycloak.url}/admin/realms/{REALM}/users/{claims['sub']}"
    changed = await browser.http.put(user, json={"enabled": False}, headers=admin)
    assert changed.status_code == 204, changed.text
    assert (await browser.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def _administrator(http: httpx.AsyncClient, keycloak: Keycloak) -> dict[str, str]:
    form = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
    answer = await http.post(f"{keycloak.url}/realms/master/protocol/openid-connect/token", data=form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
