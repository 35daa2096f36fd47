"""Every service refuses in Chinese or in English, as `Accept-Language` prefers."""

import importlib

import pytest

from deploy.services import SERVICES
from shared.base.ids import new_id
from shared.web.problems import TEXTS
from tests.conftest import MakeService

# A route of each service that refuses a doctor, and the code by which it does.
REFUSING = {
    "registration": ("GET", f"/v1/residents/{new_id()}", "registration.no_such_resident"),
    "checkpoint": ("GET", f"/v1/visitors/{new_id()}", "checkpoint.no_such_permit"),
    "isolation": ("GET", f"/v1/cases/{new_id()}", "isolation.no_such_case"),
    "supply": ("GET", f"/v1/deliveries/{new_id()}", "supply.no_such_delivery"),
    "notification": ("GET", "/v1/nowhere", "http.404"),
    "console": ("GET", "/v1/readings", "access.role_missing"),
}


def test_a_route_is_named_for_each_service() -> None:
    assert set(REFUSING) == set(SERVICES)


@pytest.mark.parametrize("name", list(SERVICES))
async def test_each_service_refuses_in_the_language_that_the_caller_prefers(service: MakeService, name: str) -> None:
    main, settings = (importlib.import_module(f"services.{name}.{module}") for module in ("main", "settings"))
    made = await service(main.build, settings.Settings)
    method, path, code = REFUSING[name]
    answers = {}
    async with made.client("doctor") as client:
        for language in ("zh-CN,zh;q=0.9", "en", ""):
            headers = {"Accept-Language": language} if language else {}
            answer = await client.request(method, path, headers=headers)
            assert answer.json()["code"] == code
            answers[language] = answer
    chinese, english, without = answers.values()
    assert chinese.json()["detail"] == TEXTS[code].format_map(chinese.json())
    assert chinese.headers["content-language"] == "zh"
    assert english.json()["detail"].isascii()
    assert english.headers["content-language"] == "en"
    assert without.json()["detail"] == english.json()["detail"]
    assert english.json()["detail_zh"] == chinese.json()["detail"], "clients of the version before read detail_zh"
