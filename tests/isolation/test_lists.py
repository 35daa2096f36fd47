"""Cases in the order of their days, and by what has changed."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.ids import new_id
from shared.store.changes import SETTLED_AFTER
from tests.conftest import MakeService
from tests.isolation.moving import NEW_DOOR, isolated
from tests.isolation.town import TODAY, Town, town

STARTS = [3, 1, 2, 1]  # days before today


async def cases(service: MakeService) -> tuple[Town, list[str]]:
    """Order a case for each start, of seven days; return the town and the cases' ids."""
    here, ids = await town(service), []
    for days in STARTS:
        resident, case = new_id(), new_id()
        await here.register(resident)
        starts_on = (TODAY - timedelta(days=days)).isoformat()
        answer = await here.order(case_id=case, resident_id=resident, starts_on=starts_on, length_days=7)
        assert answer.status_code == 201, answer.text
        ids.append(case)
    return here, ids


async def pages(client: Any, **params: Any) -> list[dict[str, Any]]:
    """Return the items of all pages, two a page."""
    items: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        answer = await client.get("/v1/cases", params=params | {"after": after, "limit": 2})
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
    return items


@pytest.mark.parametrize("field", ["starts_on", "ends_on"])
@pytest.mark.parametrize("only_open", [True, False])
@pytest.mark.parametrize("area", ["/", "/jinhe/hedong"])
async def test_cases_are_listed_in_the_order_of_their_days(
    service: MakeService, field: str, only_open: bool, area: str
) -> None:
    here, ids = await cases(service)
    office = here.service.client("community", area=area, subject="office-9")
    for sort, descending in ((field, False), (f"-{field}", True)):
        listed = await pages(office, sort=sort, only_open=only_open)
        wanted = sorted(((-days, case) for days, case in zip(STARTS, ids, strict=True)), reverse=descending)
        assert [case["case_id"] for case in listed] == [case for _, case in wanted]


@pytest.mark.parametrize("only_open", [True, False])
async def test_every_order_has_the_cases_that_are_being_handed_over(service: MakeService, only_open: bool) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    own = []
    for days in STARTS:
        resident = new_id()
        await here.register(resident, area_path=NEW_DOOR)
        starts_on = (TODAY - timedelta(days=days)).isoformat()
        answer = await here.order(here.new_doctor, case_id=new_id(), resident_id=resident, starts_on=starts_on)
        assert answer.status_code == 201, answer.text
        own.append(answer.json()["case_id"])
    wanted = {here.case_id, *own}
    for client in (here.new_office, here.city):
        for sort in ("door", "starts_on", "-starts_on", "ends_on", "-ends_on"):
            listed = [case["case_id"] for case in await pages(client, sort=sort, only_open=only_open)]
            assert (len(listed), set(listed)) == (len(wanted), wanted), sort


async def test_a_case_that_is_being_handed_over_is_among_the_changes_of_both_areas(service: MakeService) -> None:
    here = await isolated(service)
    await here.moves(NEW_DOOR)
    here.service.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
    for client, count in ((here.office, 1), (here.new_office, 1), (here.third_office, 0)):
        assert len((await client.get("/v1/cases/changes")).json()["items"]) == count


async def test_the_cases_of_a_resident_are_sorted_too(service: MakeService) -> None:
    here, ids = await cases(service)
    mine = (await here.office.get(f"/v1/cases/{ids[0]}")).json()["resident_id"]
    assert [case["case_id"] for case in await pages(here.office, sort="-ends_on", resident_id=mine)] == [ids[0]]


async def test_an_order_that_is_not_served_is_refused_with_those_that_are(service: MakeService) -> None:
    here = await town(service)
    answer = await here.office.get("/v1/cases", params={"sort": "reason"})
    assert (answer.status_code, answer.json()["code"]) == (422, "request.bad_sort")
    assert answer.json()["allowed"] == ["door", "starts_on", "-starts_on", "ends_on", "-ends_on"]


async def test_a_reader_gets_the_cases_and_then_only_those_that_have_changed(service: MakeService) -> None:
    here, ids = await cases(service)

    async def changes(after: str) -> Any:
        here.service.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
        return (await here.office.get("/v1/cases/changes", params={"after": after})).json()

    first = await changes("")
    assert {case["case_id"] for case in first["items"]} == set(ids)
    for officer in (here.city, here.office):
        answer = await officer.post(f"/v1/cases/{ids[1]}/cancellation", json={"reason": "误下达"})
    assert answer.status_code == 200
    second = await changes(first["next"])
    assert [(case["case_id"], case["state"]) for case in second["items"]] == [(ids[1], "cancelled")]
    assert (await changes(second["next"]))["items"] == []
