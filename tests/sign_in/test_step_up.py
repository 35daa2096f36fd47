"""Red codes and mass orders take a sign-in by a second factor within the last ten minutes (RFC 9470)."""

import time

import pytest

from deploy.launcher.secrets.issuer import Issuer
from shared.base.token_rules import TokenRules
from shared.web.principal import Principal
from shared.web.step_up import is_fresh
from tests.conftest import MakeService
from tests.registration.ordering import officers
from tests.support.service import AREA

CHALLENGE = 'Bearer error="insufficient_user_authentication", acr_values="2", max_age="600"'


def test_a_strong_sign_in_is_fresh_for_ten_minutes() -> None:
    signed_in = Principal("s", frozenset({"city"}), "/", None, strong_at=1000.0)
    assert [is_fresh(signed_in, TokenRules(), now) for now in (1000, 1600, 1601)] == [True, True, False]
    assert not is_fresh(signed_in._replace(strong_at=0.0), TokenRules(), 0)


async def test_mighty_orders_ask_for_a_fresh_sign_in_and_name_what_is_needed(service: MakeService) -> None:
    here = await officers(service, 2)
    made = here.here.service
    liu = made.client("community", subject="office-liu", fresh=False)
    chen = made.client("doctor", subject="doctor-chen", fresh=False)
    waiting = await here.proposed(colour="red")
    for answer in (
        await here.propose(colour="red", client=liu),
        await here.propose(*here.residents, colour="yellow", client=liu),
        await here.decide(waiting, client=chen),
        await here.lift(waiting, client=liu),
    ):
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (401, "access.step_up_needed"), answer.text
        assert answer.headers["www-authenticate"] == CHALLENGE
        assert (problem["acr_values"], problem["max_age"]) == ("2", 600)
        assert "10 minutes" in problem["detail"]
        assert "第二因素" in problem["detail_zh"]
    assert await here.colours() == ["green", "green"]
    assert (await here.propose(colour="yellow", client=liu)).status_code == 201
    assert (await here.decide(waiting, "reject", client=chen)).status_code == 200


async def test_a_sign_in_of_an_hour_ago_is_no_longer_fresh(
    service: MakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await officers(service)
    then = time.time()
    monkeypatch.setattr("shared.web.step_up.time.time", lambda: then + 3600)
    assert (await here.propose(colour="red")).json()["code"] == "access.step_up_needed"


async def test_an_account_without_a_role_learns_whom_to_ask(service: MakeService, issuer: Issuer) -> None:
    here = await officers(service)
    claims = {"sub": "new", "iss": issuer.issuer, "aud": issuer.audience, "area": "/", "roles": ["wizard"]}
    stranger = here.here.service.client("city")
    stranger.headers["Authorization"] = f"Bearer {issuer.signed(claims, 60)}"
    for path in ("/v1/colour-orders", "/v1/places"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "access.no_role")
        assert "administrator" in answer.json()["detail"]
        assert "管理员" in answer.json()["detail_zh"]


async def test_an_export_with_names_takes_a_step_up_and_is_recorded(service: MakeService) -> None:
    made = (await officers(service)).here.service
    body = {"list": "residents", "area_path": AREA}
    weak = await made.client("community", subject="office-liu", fresh=False).post("/v1/exports", json=body)
    assert (weak.status_code, weak.json()["code"]) == (401, "access.step_up_needed")
    liu = made.client("community", subject="office-liu")
    assert (await liu.post("/v1/exports", json=body)).status_code == 201
    assert (await liu.post("/v1/exports", json=body | {"area_path": "/jinhe/hexi"})).status_code == 404
    city = made.client("city", area="/", subject="city-lin")
    assert (await city.post("/v1/exports", json=body | {"area_path": "/"})).status_code == 201
    auditor = made.client("auditor", area=AREA)
    readings = (await auditor.get("/v1/readings", params={"reader": "office-liu"})).json()["items"]
    (one,) = [reading for reading in readings if reading["kind"] == "export of residents"]
    assert (one["subject"], one["purpose"]) == (AREA, "export of a list with names")
