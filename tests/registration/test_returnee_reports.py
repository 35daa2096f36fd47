"""Reports of returnees: a task for the community, and nothing of who reported (R1.5)."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.registration.domain import report_policies
from shared.base.ids import new_id
from shared.events import registration_reports as events
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, TODAY
from tests.registration.resident import Resident, resident

REPORTER = "neighbour-zhou"


class Reported:
    """A report of a neighbour about a resident of the compound."""

    def __init__(self, one: Resident) -> None:
        self.one = one
        self.service = one.here.service
        self.report_id = new_id()
        self.neighbour = self.service.client("resident", area="/jinhe/hexi", subject=REPORTER)

    async def report(self, client: Any = None, **changes: str) -> httpx.Response:
        body = {"report_id": self.report_id, "area_path": COMPOUND, "door": "1号楼2单元101", "about": "昨晚从武汉回来"}
        answer: httpx.Response = await (client or self.neighbour).post("/v1/returnee-reports", json=body | changes)
        return answer

    async def send(self, step: str, client: Any = None, **body: str) -> httpx.Response:
        path = f"/v1/returnee-reports/{self.report_id}/{step}"
        answer: httpx.Response = await (client or self.one.here.clerk).post(path, json=body)
        return answer

    async def listed(self, state: str = "open", client: Any = None) -> list[dict[str, Any]]:
        answer = await (client or self.one.here.clerk).get("/v1/returnee-reports", params={"state": state})
        return list(answer.json()["items"])


async def reported(service: MakeService) -> Reported:
    made = Reported(await resident(service))
    assert (await made.report()).status_code == 201
    return made


async def test_a_report_is_verified_by_the_declaration_that_was_made(service: MakeService) -> None:
    made = await reported(service)
    (listed,) = await made.listed()
    assert (listed["about"], listed["state"], listed["overdue"]) == ("昨晚从武汉回来", "open", False)
    journey_id = await made.one.declares(TODAY, "hubei/wuhan", made.one.here.clerk)
    first, again = [(await made.send("verification", journey_id=journey_id)).json() for _ in range(2)]
    assert (first["state"], first["journey_id"], first["decided_by"]) == ("verified", journey_id, "office-liu")
    assert (again, await made.listed()) == (first, [])
    assert [one["report_id"] for one in await made.listed("verified")] == [made.report_id]
    emitted = await made.service.emitted(events.ReturneeReportEvent)
    assert [event.state for event in emitted] == ["open", "verified"]
    decided = await made.send("unfounded", reason="a mix-up")
    assert decided.json()["code"] == "registration.report_decided"


async def test_the_reporter_stands_in_no_answer_event_reading_log_or_document(service: MakeService) -> None:
    made = await reported(service)
    mine = await made.neighbour.get(f"/v1/returnee-reports/{made.report_id}")
    assert mine.status_code == 200
    await made.one.here.clerk.get(f"/v1/returnee-reports/{made.report_id}")
    assert REPORTER not in mine.text + str(await made.listed())
    assert all(REPORTER not in event.model_dump_json() for event in await made.service.emitted())
    database = made.service.database
    for owner in (database, database.client[f"{database.name}_log"]):
        for name in await owner.list_collection_names():
            rows = await owner[name].find().to_list(None)
            assert REPORTER not in str(rows), name
    assert "武汉" not in str(await database["returnee_reports"].find_one({}))


async def test_a_report_is_unfounded_with_a_reason_and_not_by_who_made_it(service: MakeService) -> None:
    made = Reported(await resident(service))
    assert (await made.report(made.one.here.clerk)).status_code == 201
    own = await made.send("unfounded", reason="a mix-up")
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_report")
    worker = made.service.client("grid_worker", subject="worker-1")
    first, again = [(await made.send("unfounded", worker, reason="已上门核实")).json() for _ in range(2)]
    assert (first["state"], first["decision"], again) == ("unfounded", "已上门核实", first)


async def test_a_declaration_of_a_person_who_lives_elsewhere_verifies_nothing(service: MakeService) -> None:
    made = Reported(await resident(service))
    elsewhere = f"{COMPOUND.rpartition('/')[0]}/p02"
    await made.one.here.define(elsewhere, "秋实院")
    assert (await made.report(area_path=elsewhere)).status_code == 201
    refused = await made.send("verification", journey_id=await made.one.declares(TODAY))
    assert (refused.status_code, refused.json()["code"]) == (400, "registration.report_journey")
    assert (await made.send("verification", journey_id=new_id())).status_code == 404


async def test_a_report_that_waits_for_a_day_is_overdue(service: MakeService) -> None:
    made = await reported(service)
    made.service.clock.advance(timedelta(hours=24))
    assert [one["overdue"] for one in await made.listed()] == [True]


async def test_a_report_is_made_once_for_a_known_place_and_a_few_times_a_day(service: MakeService) -> None:
    made = await reported(service)
    assert (await made.report()).status_code == 201
    taken = await made.report(about="another")
    assert (taken.status_code, taken.json()["code"]) == (409, "registration.report_taken")
    assert (await made.report(report_id=new_id(), area_path="/jinhe/nowhere")).status_code == 404
    for _ in range(report_policies.policy_at(TODAY).reports_a_day - 1):
        assert (await made.report(report_id=new_id())).status_code == 201
    assert (await made.report(report_id=new_id())).json()["code"] == "registration.too_many_reports"
    made.service.clock.advance(timedelta(days=1))
    assert (await made.report(report_id=new_id())).status_code == 201


@pytest.mark.parametrize("role", ["resident", "community"])
async def test_a_stranger_and_another_community_see_no_report(service: MakeService, role: str) -> None:
    made = await reported(service)
    stranger = made.service.client(role, area="/jinhe/hexi/qingshui/c02", subject="stranger")
    assert (await stranger.get(f"/v1/returnee-reports/{made.report_id}")).status_code == 404
    if role == "community":
        assert (await made.send("unfounded", stranger, reason="not here")).status_code == 404
        assert await made.listed(client=stranger) == []


def test_the_time_to_verify_a_report_follows_the_policy_of_the_day() -> None:
    days = (date(2019, 1, 1), date(2020, 3, 1), date(2022, 7, 1), date(2026, 2, 10))
    assert [report_policies.policy_at(day).hours for day in days] == [24, 24, 12, 24]
    assert all(one.source for one in report_policies.POLICIES)
