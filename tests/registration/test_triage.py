"""A triage desk: one call registers a person face to face, whole or not at all (R1.11)."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from services.registration.domain import triage as rules
from shared.base.ids import new_id
from shared.events import registration as events
from shared.events.registration_desks import DeskChanged, TriageRecorded
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, TODAY, Office, id_number, office
from tests.registration.resident import resident
from tests.support.service import AREA

DOOR = {"compound": COMPOUND, "building": "3号楼", "unit": "", "room": "501"}
WUHAN = {"origin_region": "hubei/wuhan", "departs_on": str(TODAY), "arrives_on": str(TODAY)}


class Hall:
    """A desk in the community hall with one clerk on duty."""

    def __init__(self, here: Office) -> None:
        self.here, self.service, self.desk_id = here, here.service, new_id()
        self.clerk = here.service.client("grid_worker", subject="desk-zhao")

    async def open(self, *staff: str, **changes: Any) -> httpx.Response:
        body = {"area_path": AREA, "name": "社区大厅1号台", "staff": list(staff) or ["desk-zhao"]}
        answer: httpx.Response = await self.here.clerk.put(f"/v1/desks/{self.desk_id}", json=body | changes)
        return answer

    async def register(self, client: Any = None, **changes: Any) -> httpx.Response:
        person = {"id_number": id_number(7), "name": "李明", "contact_phone": "13800000007", "door": DOOR}
        body = {"triage_id": new_id(), "person": person, "temperature_c": 36.5} | changes
        answer: httpx.Response = await (client or self.clerk).post(f"/v1/desks/{self.desk_id}/triages", json=body)
        return answer

    async def counts(self) -> dict[str, Any]:
        return dict((await self.clerk.get(f"/v1/desks/{self.desk_id}/day")).json())


async def hall(here: Office) -> Hall:
    made = Hall(here)
    assert (await made.open()).status_code == 200
    return made


async def test_one_call_opens_a_file_declares_the_journey_and_gives_a_card(service: MakeService) -> None:
    desk = await hall((await resident(service)).here)
    answer = await desk.register(journey=WUHAN)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["outcome"], made["risk"], made["card_given"], made["next_steps"]) == (
        "new",
        "high",
        "made",
        ["card", "isolate"],
    )
    file = (await desk.clerk.get(f"/v1/residents/{made['resident_id']}")).json()
    assert (file["name"], file["area_path"], file["phone"]) == ("李明", f"{COMPOUND}/3/501", "13800000007")
    assert (await desk.clerk.get(f"/v1/journeys/{made['journey_id']}")).json()["stated_by"] == "desk-zhao"
    (card,) = (await desk.service.emitted(events.CardsChanged))[-1].card_hashes
    (holder,) = {(await desk.register(person={"card": made["card"]})).json()["resident_id"]}
    assert (holder, made["card"].startswith("JZ"), len(card)) == (made["resident_id"], True, 32)
    (recorded, *_) = await desk.service.emitted(TriageRecorded)
    assert (recorded.resident_id, recorded.fever, recorded.desk_path) == (made["resident_id"], False, AREA)
    assert "李明" not in str([event.model_dump_json() for event in await desk.service.emitted()])


async def test_the_same_call_gives_the_same_answer_also_at_the_same_moment(service: MakeService) -> None:
    desk, call = await hall(await office(service)), {"triage_id": new_id()}
    first, second = await asyncio.gather(desk.register(**call), desk.register(**call))
    assert (first.status_code, first.json()) == (201, second.json())
    assert (await desk.register(**call)).json() == first.json()
    assert len(await desk.service.emitted(TriageRecorded)) == 1
    other = await desk.register(**call, temperature_c=38.0)
    assert (other.status_code, other.json()["code"]) == (409, "registration.triage_taken")


async def test_what_is_wrong_in_one_part_stores_nothing_of_the_others(service: MakeService) -> None:
    desk = await hall(await office(service))
    before = len(await desk.service.emitted())
    later = {"origin_region": "hubei", "departs_on": str(TODAY), "arrives_on": "2026-12-01"}
    refused = [
        await desk.register(journey=later),
        await desk.register(blank_card="x"),
        await desk.register(temperature_c=97.8),
        await desk.register(person={"id_number": id_number(8)}),
    ]
    assert [one.json()["code"] for one in refused] == [
        "registration.journey_dates",
        "registration.bad_card",
        "registration.triage_temperature",
        "registration.triage_new_file",
    ]
    assert len(await desk.service.emitted()) == before
    assert (await desk.counts())["registered"] == 0


@pytest.mark.parametrize("by", ["resident_id", "id_number", "phone", "card"])
async def test_a_known_person_needs_one_number_alone(service: MakeService, by: str) -> None:
    one = await resident(service)
    desk = await hall(one.here)
    reason = {"card": "CARD-0001", "reason": "补发旧卡"}
    assert (await one.here.clerk.post(f"/v1/residents/{one.resident_id}/cards", json=reason)).is_success
    numbers = {"resident_id": one.resident_id, "id_number": id_number(1), "phone": "19900000001", "card": "card-0001"}
    made = (await desk.register(person={by: numbers[by]})).json()
    assert (made["outcome"], made["resident_id"], made["next_steps"]) == ("known", one.resident_id, ["card", "home"])
    file = (await desk.clerk.get(f"/v1/residents/{one.resident_id}")).json()
    assert (file["name"], file["phone"]) == ("王伟1", "19900000001")


async def test_a_number_typed_for_another_person_changes_no_file(service: MakeService) -> None:
    one = await resident(service)
    desk = await hall(one.here)
    refused = await desk.register(person={"id_number": id_number(1), "name": "李明", "door": DOOR})
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.triage_other_name")


async def test_a_person_of_another_office_is_examined_and_the_desk_learns_nothing_of_it(service: MakeService) -> None:
    desk = await hall((await resident(service)).here)
    far = desk.service.client("community", area=f"{AREA}/a1/g02", subject="far-clerk")
    compound = f"{AREA}/a1/g02/p09"
    await desk.here.define(compound, "秋实院")
    desk.clerk = far
    assert (await desk.open("far-clerk")).status_code == 200
    refused = await desk.register(person={"id_number": id_number(1)})
    desk.desk_id = new_id()
    body = {"area_path": f"{AREA}/a1/g02", "name": "二网格台", "staff": ["far-clerk"]}
    assert (await desk.here.clerk.put(f"/v1/desks/{desk.desk_id}", json=body)).status_code == 200
    unknown = [await desk.register(person={"id_number": id_number(serial)}) for serial in (1, 99)]
    assert [one.json()["code"] for one in unknown] == ["registration.triage_new_file"] * 2
    person = {"id_number": id_number(1), "name": "王伟1", "door": {"compound": compound, "room": "1"}}
    made = (await desk.register(person=person, temperature_c=38.1)).json()
    assert (made["outcome"], made["resident_id"], made["next_steps"]) == ("examined", None, ["clinic", "examined"])
    assert refused.status_code == 404


async def test_a_fever_is_judged_in_tenths_by_the_dated_policy_and_comes_first(service: MakeService) -> None:
    desk = await hall(await office(service))
    at, over = [(await desk.register(temperature_c=degrees)).json() for degrees in (37.3, 37.4)]
    assert (at["fever"], over["fever"], over["next_steps"]) == (False, True, ["clinic", "card"])
    stricter = (*rules.FEVER_POLICIES, rules.FeverPolicy(date(2022, 6, 28), 37.3, True, "第九版"))
    assert rules.is_fever(37.3, rules.fever_policy(date(2022, 6, 27), stricter)) is False
    assert rules.is_fever(37.3, rules.fever_policy(date(2022, 6, 28), stricter)) is True
    assert (await desk.counts())["fevers"] == 1


async def test_only_who_is_on_duty_registers_and_not_the_own_person(service: MakeService) -> None:
    one = await resident(service)
    desk = await hall(one.here)
    stranger = desk.service.client("grid_worker", subject="worker-9")
    assert (await desk.register(stranger)).json()["code"] == "registration.not_on_duty"
    assert (await desk.open(one.resident_id)).status_code == 200
    own = desk.service.client("grid_worker", subject=one.resident_id)
    assert (await desk.register(own, person={"id_number": id_number(1)})).json()["code"] == "access.own_decision"
    assert (await desk.open(closed=True)).status_code == 200
    assert (await desk.register()).json()["code"] == "registration.not_on_duty"
    states = [event.closed for event in await desk.service.emitted(DeskChanged)]
    assert states == [False, False, True]


async def test_the_card_s_number_is_for_who_gave_it_and_for_that_day(service: MakeService) -> None:
    desk = await hall(await office(service))
    made = (await desk.register()).json()
    path = f"/v1/triages/{made['triage_id']}"
    assert (await desk.clerk.get(path)).json()["card"] == made["card"] != ""
    assert (await desk.here.clerk.get(path)).json()["card"] == ""
    desk.service.clock.at = desk.service.clock.at.replace(day=11)
    assert (await desk.clerk.get(path)).json()["card"] == ""


async def test_the_day_of_a_desk_is_listed_and_counted(service: MakeService) -> None:
    desk = await hall((await resident(service)).here)
    await desk.register(journey=WUHAN)
    await desk.register(person={"id_number": id_number(1)}, symptoms=["cough", "cough"], issue_card=False)
    counts = await desk.counts()
    assert counts | {"desk_id": "", "day": ""} == {
        "desk_id": "",
        "day": "",
        "registered": 2,
        "new_files": 1,
        "examined": 0,
        "journeys": 1,
        "high_risk": 1,
        "fevers": 0,
        "with_symptoms": 1,
        "cards": 1,
    }
    rows = (await desk.clerk.get(f"/v1/desks/{desk.desk_id}/triages", params={"limit": 1})).json()
    more = await desk.clerk.get(f"/v1/desks/{desk.desk_id}/triages", params={"limit": 1, "after": rows["next"]})
    assert (rows["items"][0]["outcome"], more.json()["items"][0]["symptoms"]) == ("new", ["cough"])
    yesterday = await desk.clerk.get(f"/v1/desks/{desk.desk_id}/day", params={"day": "2026-02-09"})
    assert yesterday.json()["registered"] == 0
