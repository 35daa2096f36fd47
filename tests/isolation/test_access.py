"""Who may do what with a case: by role, by area, by token (R3.1, DESIGN section 7)."""

from typing import Any

import pytest

from shared.base.ids import new_id
from tests.conftest import MakeService
from tests.isolation.town import DOOR, KEEPER, Town
from tests.isolation.town import isolated as isolated_town


async def isolated(service: MakeService) -> Town:
    here = await isolated_town(service)
    here.at(1, 8)
    return here


async def test_a_resident_sees_the_own_case_and_no_other(service: MakeService) -> None:
    here = await isolated(service)
    neighbour = here.service.client("resident", area=DOOR)
    for path in ("", "/measurements", "/log"):
        assert (await here.resident.get(f"/v1/cases/{here.case_id}{path}")).status_code == 200
        hidden = await neighbour.get(f"/v1/cases/{here.case_id}{path}")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "isolation.no_such_case")
    assert [c["case_id"] for c in (await here.resident.get("/v1/cases")).json()["items"]] == [here.case_id]
    assert (await neighbour.get("/v1/cases")).json()["items"] == []
    assert (await here.report(client=neighbour)).status_code == 404


async def test_staff_of_another_area_find_nothing(service: MakeService) -> None:
    here = await isolated(service)
    elsewhere = here.service.client("doctor", "community", "city", area="/jinhe/hexi/qingshui/c02")
    assert (await elsewhere.get(f"/v1/cases/{here.case_id}")).status_code == 404
    assert (await elsewhere.get("/v1/cases")).json()["items"] == []
    assert (await here.report(client=elsewhere)).status_code == 404
    for step in ("return", "release"):
        assert (await here.post(elsewhere, step)).status_code == 404
    refused = await here.post(elsewhere, "extension", extension_id=new_id(), days=1, reason="复查")
    assert refused.status_code == 404
    assert (await here.post(elsewhere, "cancellation", reason="认错了人")).status_code == 404
    assert (await here.case())["state"] == "observing"


async def test_an_area_whose_name_begins_alike_is_another_area(service: MakeService) -> None:
    here = await isolated(service)
    alike = here.service.client("community", area="/jinhe/hedong/chunhua/c0")
    assert (await alike.get(f"/v1/cases/{here.case_id}")).status_code == 404


@pytest.mark.parametrize("role", ["grid_worker", "community", "city", "volunteer", "auditor", "resident", "device"])
async def test_only_a_doctor_orders_extends_and_takes_back(service: MakeService, role: str) -> None:
    here = await isolated(service)
    client = here.service.client(role)
    assert (await here.order(client, case_id=new_id())).json()["code"] == "access.role_missing"
    extension = {"extension_id": new_id(), "days": 1, "reason": "复查"}
    assert (await here.post(client, "extension", **extension)).json()["code"] == "access.role_missing"
    assert (await here.post(client, "return")).json()["code"] == "access.role_missing"


@pytest.mark.parametrize("role", ["volunteer", "auditor", "operator", "device"])
async def test_who_is_no_staff_sees_no_case(service: MakeService, role: str) -> None:
    here = await isolated(service)
    client = here.service.client(role)
    assert (await client.get(f"/v1/cases/{here.case_id}")).status_code == 404
    assert (await client.get("/v1/cases")).json()["items"] == []
    assert (await client.get("/v1/measurements")).status_code == 403


async def test_cases_are_listed_a_page_at_a_time(service: MakeService) -> None:
    here = await isolated(service)
    ordered = {here.case_id}
    for _ in range(4):
        resident_id, case_id = new_id(), new_id()
        await here.register(resident_id)
        assert (await here.order(case_id=case_id, resident_id=resident_id)).status_code == 201
        ordered.add(case_id)
    listed: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await here.office.get("/v1/cases", params={"limit": 2, "after": after})).json()
        listed += [case["case_id"] for case in page["items"]]
        after = page["next"]
    assert sorted(ordered) == listed


async def test_a_keeper_lists_the_kept_cases_a_page_at_a_time(service: MakeService) -> None:
    here = await isolated(service)
    for _ in range(2):
        resident_id = new_id()
        await here.register(resident_id)
        assert (await here.order(case_id=new_id(), resident_id=resident_id)).status_code == 201
    volunteer = here.service.client("volunteer", subject=KEEPER)
    pages: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await volunteer.get("/v1/cases", params={"limit": 2, "after": after})).json()
        assert len(page["items"]) <= 2
        pages += [case["case_id"] for case in page["items"]]
        after = page["next"]
    assert len(pages) == len(set(pages)) == 3


@pytest.mark.parametrize(("path", "key", "count"), [("measurements", "due_at", 28), ("log", "what", 8)])
async def test_the_parts_of_a_case_are_listed_a_page_at_a_time(
    service: MakeService, path: str, key: str, count: int
) -> None:
    here = await isolated(service)
    for days in (1, 1, 1):
        await here.extend(days)
    where = f"/v1/cases/{here.case_id}/{path}"
    whole = [row[key] for row in (await here.office.get(where)).json()["items"]]
    pages: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await here.office.get(where, params={"limit": 3, "after": after})).json()
        pages += [row[key] for row in page["items"]]
        after = page["next"]
    assert pages == whole
    assert len(whole) == (count + 6 if path == "measurements" else count)


async def test_cases_are_listed_by_resident_and_closed_cases_only_on_request(service: MakeService) -> None:
    here = await isolated(service)
    await here.post(here.office, "cancellation", reason="填报有误")
    for only_open, count in ((True, 0), (False, 1)):
        query = {"resident_id": here.resident_id, "only_open": only_open}
        assert len((await here.office.get("/v1/cases", params=query)).json()["items"]) == count
        neighbour = here.service.client("resident", area=DOOR)
        for stranger in (neighbour, here.service.client("community", area="/jinhe/hexi")):
            assert (await stranger.get("/v1/cases", params=query)).json()["items"] == []


@pytest.mark.parametrize("limit", [0, -1, 1001, "all"])
async def test_a_page_has_a_limit(service: MakeService, limit: Any) -> None:
    here = await isolated(service)
    assert (await here.office.get("/v1/cases", params={"limit": limit})).json()["code"] == "request.invalid"
