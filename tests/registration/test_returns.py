"""The approval of a return: one person, form, certificate and code, and the signatures of two people (R1.7)."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.base.ids import new_id
from shared.events import registration_returns as events
from tests.conftest import MakeService
from tests.registration.office import AREA, TODAY
from tests.registration.resident import Resident, resident

FORM = {"unit": "红星机械厂", "reason": "复工返岗", "number": "F-1024"}
CERTIFICATE = {"kind": "nucleic_acid", "number": "HS-20260210", "issued_on": "2026-02-10", "valid_until": "2026-02-20"}


class Returning:
    """A resident who declared a journey that begins in five days, and the approval of the return."""

    def __init__(self, one: Resident, journey_id: str) -> None:
        self.one = one
        self.service = one.here.service
        self.journey_id = journey_id
        self.return_id = new_id()
        self.own = self.service.client("resident", subject=one.resident_id)
        self.liu = one.here.clerk
        self.other = self.service.client("community", subject="office-departure")

    async def ask(self, client: Any = None, **changes: str) -> httpx.Response:
        body = {"return_id": self.return_id, "journey_id": self.journey_id} | changes
        answer: httpx.Response = await (client or self.own).post("/v1/returns", json=body)
        return answer

    async def send(self, step: str, client: Any = None, **body: Any) -> httpx.Response:
        path = f"/v1/returns/{self.return_id}/{step}"
        answer: httpx.Response = await (client or self.liu).post(path, json=body or None)
        return answer

    async def code_id(self, resident_id: str = "") -> str:
        who = resident_id or self.one.resident_id
        return str((await self.liu.get(f"/v1/residents/{who}/code")).json()["code_id"])

    async def complete(self) -> httpx.Response:
        """State all three documents."""
        return await self.send("parts", self.own, form=FORM, certificate=CERTIFICATE, code_id=await self.code_id())

    async def sign(self, side: str = "destination", client: Any = None) -> httpx.Response:
        return await self.send("signatures", client, side=side)

    async def approve(self) -> dict[str, Any]:
        """Sign for both sides."""
        assert (await self.complete()).status_code == 200
        assert (await self.sign()).status_code == 200
        answer = await self.sign("departure", self.other)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def published(self) -> list[str]:
        return [type(event).__name__ for event in await self.service.emitted(events.ReturnEvent)]


async def returning(service: MakeService) -> Returning:
    one = await resident(service)
    made = Returning(one, await one.declares(TODAY + timedelta(days=5)))
    assert (await made.ask()).status_code == 201
    return made


async def test_a_return_lists_what_it_lacks_until_two_people_have_signed(service: MakeService) -> None:
    made = await returning(service)
    first = (await made.liu.get(f"/v1/returns/{made.return_id}")).json()
    signatures = ["destination_signature", "departure_signature"]
    assert (first["state"], first["missing"]) == ("open", ["form", "certificate", "code", *signatures])
    stated = await made.send("parts", made.own, form=FORM, certificate=CERTIFICATE)
    assert stated.json()["missing"] == ["code", *signatures]
    refused = await made.sign()
    assert (refused.status_code, refused.json()["code"], refused.json()["missing"]) == (
        409,
        "registration.return_incomplete",
        "code",
    )
    approved = await made.approve()
    assert (approved["state"], approved["missing"], approved["code"]["colour"]) == ("approved", [], "green")
    assert [one["by"] for one in approved["signatures"]] == ["office-liu", "office-departure"]
    assert await made.published() == ["ReturnAsked", *["ReturnChanged"] * 3, "ReturnApproved"]
    (event,) = await made.service.emitted(events.ReturnApproved)
    assert (event.destination_signed_by, event.departure_signed_by) == ("office-liu", "office-departure")


async def test_the_same_person_never_signs_twice_and_a_repeat_changes_nothing(service: MakeService) -> None:
    made = await returning(service)
    await made.complete()
    first, again = [(await made.sign()).json() for _ in range(2)]
    assert first == again
    for spelling in ("office-liu", "Office-Liu"):
        twin = made.service.client("community", subject=spelling)
        refused = await made.sign("departure", twin)
        assert (refused.status_code, refused.json()["code"]) == (409, "registration.return_two_people")
    taken = await made.sign("destination", made.other)
    assert taken.json()["code"] == "registration.return_signed"


async def test_neither_the_person_nor_the_household_nor_the_keeper_signs(service: MakeService) -> None:
    made = await returning(service)
    await made.complete()
    mine = made.service.client("community", subject=made.one.resident_id)
    await made.liu.put(f"/v1/residents/{made.one.resident_id}/care", json={"categories": [], "keeper_id": "keeper-9"})
    for own in (mine, made.service.client("community", subject="keeper-9")):
        refused = await made.sign("departure", own)
        assert (refused.status_code, refused.json()["code"]) == (409, "access.own_decision")
        assert (await made.send("refusal", own, reason="not so")).json()["code"] == "access.own_decision"
    assert (await made.sign("departure", made.service.client("grid_worker", subject="w"))).status_code == 403
    assert (await made.sign("departure", made.one.here.elsewhere)).status_code == 404


async def test_another_document_after_a_signature_takes_both_signatures_again(service: MakeService) -> None:
    made = await returning(service)
    await made.complete()
    await made.sign()
    changed = (await made.send("parts", made.own, form=FORM | {"number": "F-2"})).json()
    assert (changed["signatures"], changed["form"]["number"]) == ([], "F-2")
    await made.sign()
    again = (await made.send("parts", made.own, form=FORM | {"number": "F-2"})).json()
    assert len(again["signatures"]) == 1


async def test_the_code_is_the_persons_own_and_the_certificate_lasts_until_the_departure(service: MakeService) -> None:
    made = await returning(service)
    neighbour = (await made.one.here.resident(2))["resident_id"]
    for code_id in (await made.code_id(neighbour), new_id()):
        refused = await made.send("parts", made.own, code_id=code_id)
        assert (refused.status_code, refused.json()["code"]) == (400, "registration.return_code")
    short = CERTIFICATE | {"valid_until": "2026-02-14"}
    stated = (await made.send("parts", made.own, form=FORM, certificate=short, code_id=await made.code_id())).json()
    assert stated["missing"][0] == "certificate"
    backwards = CERTIFICATE | {"valid_until": "2026-02-01"}
    assert (await made.send("parts", made.own, certificate=backwards)).status_code == 422


async def test_a_return_is_approved_before_the_journey(service: MakeService) -> None:
    made = await returning(service)
    await made.complete()
    await made.sign()
    made.service.clock.advance(timedelta(days=6))
    late = await made.sign("departure", made.other)
    assert (late.status_code, late.json()["code"]) == (409, "registration.return_late")


@pytest.mark.parametrize("approved", [True, False])
async def test_on_arrival_the_community_learns_whether_the_return_was_approved(
    service: MakeService, approved: bool
) -> None:
    made = await returning(service)
    if approved:
        await made.approve()
    worker = made.service.client("grid_worker", subject="worker-1")
    first, again = [(await made.send("arrival", worker)).json() for _ in range(2)]
    assert (first["state"], first["arrival_reported_by"], again) == ("arrived", "worker-1", first)
    (event,) = await made.service.emitted(events.ReturnArrived)
    assert (event.was_approved, event.state) == (approved, "arrived")
    await made.service.due()
    decided = await made.send("refusal", reason="too late now")
    assert decided.json()["code"] == "registration.return_decided"


async def test_a_return_whose_person_does_not_arrive_expires(service: MakeService) -> None:
    made = await returning(service)
    await made.approve()
    made.service.clock.advance(timedelta(days=8, hours=14))
    await made.service.due()
    assert (await made.published())[-1] == "ReturnApproved"
    made.service.clock.advance(timedelta(days=1))
    await made.service.due()
    assert (await made.published())[-1] == "ReturnExpired"
    arrived = (await made.send("arrival")).json()
    assert (arrived["state"], arrived["approved_at"] is not None) == ("arrived", True)


async def test_a_refusal_has_a_reason_that_the_person_reads_and_no_event_carries(service: MakeService) -> None:
    made = await returning(service)
    refused = await made.send("refusal", reason="证件与本人不符")
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert (await made.send("refusal", reason="证件与本人不符")).json() == refused.json()
    assert (await made.own.get(f"/v1/returns/{made.return_id}")).json()["refusal"] == "证件与本人不符"
    (event,) = await made.service.emitted(events.ReturnRefused)
    assert "证件" not in event.model_dump_json()
    stored = await made.service.database["returns"].find_one({})
    assert "证件" not in str(stored)
    another = await made.ask(return_id=new_id())
    assert another.status_code == 201


async def test_one_return_of_a_journey_is_open_at_a_time(service: MakeService) -> None:
    made = await returning(service)
    assert (await made.ask()).status_code == 201
    answers = await asyncio.gather(*(made.ask(return_id=new_id()) for _ in range(2)))
    assert {answer.json()["code"] for answer in answers} == {"registration.return_open"}
    other = await made.one.declares(TODAY + timedelta(days=20))
    taken = await made.ask(journey_id=other)
    assert taken.json()["code"] == "registration.return_taken"


async def test_a_return_follows_the_days_of_its_journey_and_ends_with_it(service: MakeService) -> None:
    made = await returning(service)
    await made.approve()
    days = {"departs_on": str(TODAY + timedelta(days=8)), "arrives_on": str(TODAY + timedelta(days=9))}
    assert (await made.own.post(f"/v1/journeys/{made.journey_id}/days", json=days)).status_code == 200
    moved = (await made.own.get(f"/v1/returns/{made.return_id}")).json()
    assert (moved["state"], moved["signatures"], moved["arrives_on"]) == ("open", [], days["arrives_on"])
    await made.own.post(f"/v1/journeys/{made.journey_id}/cancellation")
    assert (await made.own.get(f"/v1/returns/{made.return_id}")).json()["state"] == "cancelled"
    assert (await made.published())[-2:] == ["ReturnChanged", "ReturnCancelled"]
    assert (await made.send("arrival")).json()["code"] == "registration.journey_cancelled"


async def test_a_stranger_finds_no_return_and_a_list_is_of_the_area(service: MakeService) -> None:
    made = await returning(service)
    neighbour = made.service.client("resident", subject="another")
    for client in (neighbour, made.one.here.elsewhere):
        assert (await client.get(f"/v1/returns/{made.return_id}")).status_code == 404
        assert (await made.send("parts", client, form=FORM)).status_code == 404
    for state, count in (("open", 1), ("approved", 0)):
        page = (await made.liu.get("/v1/returns", params={"state": state})).json()
        assert len(page["items"]) == count
    assert (await made.one.here.elsewhere.get("/v1/returns")).json()["items"] == []
    auditor = made.service.client("auditor", area=AREA)
    readings = (await auditor.get("/v1/readings", params={"reader": "office-liu"})).json()["items"]
    assert "return" in {one["kind"] for one in readings}
