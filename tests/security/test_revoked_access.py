"""A person whose access is revoked is refused by every service, with each token issued before."""

import importlib
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest

from deploy.launcher.secrets.issuer import Issuer
from deploy.services import SERVICES
from shared.base.clock import machine_time
from shared.base.errors import Unauthenticated
from shared.events.registration import AccessRevoked
from shared.web.access import Access
from shared.web.tokens import OwnTokens
from tests.conftest import MakeService
from tests.registration.office import office
from tests.shared.test_access import own_keys, own_tokens
from tests.support.service import ServiceUnderTest

WHO = "officer-zhang"


def feed(made: ServiceUnderTest, event: AccessRevoked) -> None:
    """Have the process read the event from the topic."""
    (replica,) = [one for one in made.parts.replicas_beside if one.topic == event.topic]
    replica.read(0, [made.record(event if event._meta else made.stamp(event))])


def revoked(subject: str = WHO, ago_s: float = 0) -> AccessRevoked:
    at = machine_time() - timedelta(seconds=ago_s)
    return AccessRevoked(subject=subject, revoked_at=at, expires_at=at + timedelta(hours=24))


async def test_the_city_s_office_revokes_and_the_event_goes_to_all(service: MakeService) -> None:
    here = await office(service)
    made, body = here.service, {"subject": WHO, "reason": "账号被盗用"}
    city = made.client("city", area="/", subject="city-li")
    officer = made.client("community", subject=WHO)
    assert (await officer.get("/v1/residents")).status_code == 200
    answer = await city.post("/v1/access-revocations", json=body)
    assert answer.status_code == 201, answer.text
    (event,) = await made.emitted(AccessRevoked)
    assert (event.subject, event.expires_at - event.revoked_at) == (WHO, timedelta(hours=24))
    feed(made, event)
    refused = await officer.get("/v1/residents")
    assert (refused.status_code, refused.json()["code"]) == (401, "access.revoked")
    assert "撤销" in refused.json()["detail_zh"]
    assert (await city.get("/v1/residents")).status_code == 200
    auditor = made.client("auditor", area="/", subject="auditor-qian")
    (trace,) = (await auditor.get("/v1/readings", params={"subject": WHO})).json()["items"]
    assert (trace["reader"], trace["purpose"]) == ("city-li", "账号被盗用")


async def test_a_person_cannot_revoke_the_own_access_and_no_other_role_any(service: MakeService) -> None:
    here = await office(service)
    body = {"subject": WHO, "reason": "账号被盗用"}
    own = await here.service.client("city", area="/", subject=WHO).post("/v1/access-revocations", json=body)
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_access")
    for role in ("community", "doctor", "operator", "auditor"):
        assert (await here.service.client(role).post("/v1/access-revocations", json=body)).status_code == 403
    assert await here.service.emitted(AccessRevoked) == []


@pytest.mark.parametrize("name", SERVICES)
async def test_every_service_refuses_a_revoked_person(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    async with made.client("city", area="/", subject=WHO) as client:
        before = await client.get("/v1/readings", params={"reader": "someone"})
        feed(made, revoked())
        after = await client.get("/v1/readings", params={"reader": "someone"})
    assert (before.status_code, after.status_code) == (200, 401)


@pytest.fixture
def access(issuer: Issuer) -> Access:
    """What a process believes."""
    return Access(issuer.issuer, issuer.audience, str(issuer.jwks))


async def code_of(access: Access, token: str) -> str:
    try:
        await access.principal(token)
    except Unauthenticated as refused:
        return refused.code
    return "believed"


def issued(issuer: Issuer, at: float, **claims: Any) -> str:
    facts = {"sub": WHO, "iss": issuer.issuer, "aud": issuer.audience, "roles": ["city"], "area": "/"}
    kid = jwt.get_unverified_header(issuer.mint("city", area="/"))["kid"]
    whole = facts | {"iat": int(at), "exp": int(at) + 3600} | claims
    return jwt.encode(whole, issuer._key, algorithm="EdDSA", headers={"kid": kid})


async def test_tokens_issued_since_count_and_a_late_event_undoes_no_later_one(access: Access, issuer: Issuer) -> None:
    now = time.time()
    old, new = issued(issuer, now - 60), issued(issuer, now)
    access.revoke(WHO, now - 30, now + 3600)
    access.revoke(WHO, now - 300, now + 3000)
    assert [await code_of(access, token) for token in (old, new)] == ["access.revoked", "believed"]
    assert await code_of(access, issuer.mint("city", area="/", subject="another")) == "believed"


async def test_a_revocation_is_forgotten_once_no_token_can_live(access: Access) -> None:
    now = time.time()
    access.revoke(WHO, now - 90_000, now - 1)
    for number in range(3):
        access.revoke(f"p{number}", now, now + 60)
    assert set(access._revoked) == {"p0", "p1", "p2"}


async def test_a_device_s_own_token_is_revoked_like_any_other(access: Access, issuer: Issuer) -> None:
    own: OwnTokens = own_tokens(issuer, own_keys())
    access.believe(own)
    token, _ = own.sign("device-1", "/jinhe", timedelta(days=30), gate="g1", serial=1)
    assert await code_of(access, token) == "believed"
    access.revoke("device-1", time.time(), time.time() + 60)
    assert await code_of(access, token) == "access.revoked"
