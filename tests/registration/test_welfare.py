"""Welfare of staff: insured by dated terms, pledges by text and witness, goods; totals by unit (R1.13)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.registration.domain import welfare as rules
from services.registration.domain.welfare import Record
from shared.base.ids import new_id
from shared.events.registration_welfare import WelfareKind, WelfareRecorded
from tests.conftest import MakeService
from tests.registration.office import TODAY, Office, office
from tests.registration.test_staff import NURSE
from tests.support.service import AREA, MORNING

PERSONS = ("nurse-01", "guard-02")
SOURCE = "津河疫防指〔2026〕9号"


class Welfare:
    """An office with two members of staff, and officials of the city who state terms."""

    def __init__(self, here: Office) -> None:
        self.here, self.service = here, here.service
        self.second = here.service.client("city", area="/", subject="city-zhao")

    async def terms(self, kind: str = "insurance", since: date = TODAY, approved: bool = True, **facts: Any) -> str:
        """Have terms proposed, and approved by another official; return their id."""
        terms_id = new_id()
        usual = {"insurer": "人保", "days": 90, "sum_yuan": 500_000} if kind == "insurance" else {"text": "不去疫区"}
        body = {"terms_id": terms_id, "kind": kind, "version": "一版", "since": str(since), "source": SOURCE}
        answer = await self.here.city.post("/v1/welfare/terms", json=body | usual | facts)
        assert answer.status_code == 201, answer.text
        if approved:
            assert (await self.second.post(f"/v1/welfare/terms/{terms_id}/approve")).status_code == 200
        return terms_id

    async def record(self, what: str, client: Any = None, **facts: Any) -> httpx.Response:
        """Record for both persons; return the answer."""
        body = {"request_id": new_id(), "person_ids": list(PERSONS)} | facts
        answer: httpx.Response = await (client or self.here.clerk).post(f"/v1/welfare/{what}", json=body)
        return answer

    async def insure(self, terms_id: str, day: date = TODAY, **facts: Any) -> list[dict[str, Any]]:
        """Insure both persons; return the records."""
        answer = await self.record("enrolments", terms_id=terms_id, starts_on=str(day), **facts)
        assert answer.status_code == 201, answer.text
        return list(answer.json()["items"])

    async def totals(self) -> list[dict[str, Any]]:
        return list((await self.here.clerk.get("/v1/welfare/totals")).json()["items"])


async def welfare(service: MakeService) -> Welfare:
    here = await office(service)
    for at, person_id in enumerate(PERSONS):
        entry = NURSE | {"person_id": person_id, "phone": f"1380000002{at}"}
        assert (await here.city.post("/v1/staff", json=entry)).status_code == 201
    return Welfare(here)


def insured(starts_on: date, ends_on: date, **facts: Any) -> Record:
    return Record(
        **{"record_id": "r", "kind": WelfareKind.INSURANCE, "person_id": "p", "unit": "u", "area_path": AREA} | facts,
        starts_on=starts_on,
        recorded_by="x",
        recorded_at=MORNING,
        ends_on=ends_on,
    )


def test_an_insurance_of_90_days_is_renewed_without_a_gap_and_without_a_day_twice() -> None:
    first, last, renews = rules.insured_from(date(2026, 2, 1), 90, [])
    assert (first, last, renews) == (date(2026, 2, 1), date(2026, 5, 1), None)
    known = insured(first, last)
    assert rules.insured_from(date(2026, 4, 28), 90, [known])[::2] == (date(2026, 5, 2), "r")
    assert rules.insured_from(date(2026, 5, 2), 90, [known])[::2] == (date(2026, 5, 2), "r")
    assert rules.insured_from(date(2026, 5, 9), 90, [known])[::2] == (date(2026, 5, 9), None)


@pytest.mark.parametrize(("before", "ending"), [(8, False), (7, True), (0, True), (-1, False)])
def test_a_renewal_is_due_seven_days_before_the_last_day(before: int, ending: bool) -> None:
    assert insured(TODAY, TODAY + timedelta(days=before)).is_ending(TODAY) is ending


async def test_staff_are_insured_once_and_renewed_by_the_terms_in_force(service: MakeService) -> None:
    here = await welfare(service)
    terms_id = await here.terms()
    request = {"request_id": new_id()}
    first, again = await asyncio.gather(here.insure(terms_id, **request), here.insure(terms_id, **request))
    assert first == again
    assert [(one["starts_on"], one["ends_on"]) for one in first] == [("2026-02-10", "2026-05-10")] * 2
    renewed = await here.insure(terms_id, TODAY + timedelta(days=80))
    assert [(one["starts_on"], one["renews"] is not None) for one in renewed] == [("2026-05-11", True)] * 2
    assert len(await here.service.emitted(WelfareRecorded)) == 4
    assert await here.totals() == [{"unit": NURSE["unit"], "insured": 2, "ending": 0, "pledged": 0, "goods": {}}]
    mine = (await here.here.clerk.get("/v1/staff/nurse-01/welfare")).json()["items"]
    assert [one["kind"] for one in mine] == ["insurance", "insurance"]


async def test_terms_take_two_officials_and_newer_ones_take_the_place_of_older_ones(service: MakeService) -> None:
    here = await welfare(service)
    proposed = await here.terms(approved=False)
    day = {"terms_id": proposed, "starts_on": str(TODAY)}
    assert (await here.record("enrolments", **day)).json()["code"] == "registration.welfare_terms_old"
    own = await here.here.city.post(f"/v1/welfare/terms/{proposed}/approve")
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_welfare_terms")
    for _ in range(2):
        approved = (await here.second.post(f"/v1/welfare/terms/{proposed}/approve")).json()
        assert (approved["in_force"], approved["approved_by"]) == (True, "city-zhao")
    newer = await here.terms(since=TODAY + timedelta(days=5))
    later = {"terms_id": proposed, "starts_on": str(TODAY + timedelta(days=5))}
    assert (await here.record("enrolments", **later)).status_code == 400
    assert (await here.record("enrolments", **later | {"terms_id": newer})).status_code == 201
    listed = (await here.here.clerk.get("/v1/welfare/terms")).json()["items"]
    assert [(one["terms_id"], one["in_force"]) for one in listed] == [(newer, False), (proposed, True)]
    empty = {"terms_id": new_id(), "kind": "pledge", "version": "v", "since": str(TODAY), "source": SOURCE}
    assert (await here.here.city.post("/v1/welfare/terms", json=empty)).json()["code"] == "registration.welfare_text"


async def test_a_pledge_has_the_text_s_version_and_a_witness_who_is_another_person(service: MakeService) -> None:
    here = await welfare(service)
    signed = {"terms_id": await here.terms("pledge"), "signed_on": str(TODAY), "witness_id": "office-liu"}
    made = (await here.record("pledges", **signed)).json()["items"]
    assert {(one["terms_id"], one["witness_id"]) for one in made} == {(signed["terms_id"], "office-liu")}
    own = await here.record("pledges", **signed | {"witness_id": "guard-02"})
    assert own.json()["code"] == "registration.welfare_witness"
    tomorrow = await here.record("pledges", **signed | {"signed_on": str(TODAY + timedelta(days=1))})
    assert tomorrow.json()["code"] == "registration.welfare_day"
    assert [one["pledged"] for one in await here.totals()] == [2]


async def test_goods_are_signed_for_and_totalled_by_unit(service: MakeService) -> None:
    here = await welfare(service)
    goods = {"item": "口罩", "quantity": 20, "received_on": str(TODAY), "signature": "本人签收"}
    assert (await here.record("goods", **goods)).status_code == 201
    assert (await here.record("goods", person_ids=["nurse-01"], **goods)).status_code == 201
    assert [one["goods"] for one in await here.totals()] == [{"口罩": 60}]
    assert "本人签收" not in str(await here.service.database["welfare"].find().to_list(None))
    listed = (await here.here.clerk.get("/v1/welfare", params={"kind": "goods", "limit": 2})).json()
    assert (len(listed["items"]), listed["items"][0]["signature"]) == (2, "本人签收")
    assert (await here.here.clerk.get("/v1/welfare", params={"kind": "pledge"})).json()["items"] == []


async def test_all_persons_are_recorded_or_none_and_none_of_another_area_or_the_own_one(service: MakeService) -> None:
    here = await welfare(service)
    goods = {"item": "口罩", "quantity": 1, "received_on": str(TODAY)}
    unknown = await here.record("goods", person_ids=["nurse-01", "unknown-9"], **goods)
    elsewhere = await here.record("goods", here.here.elsewhere, **goods)
    own = await here.record("goods", here.service.client("community", subject="nurse-01"), **goods)
    assert (unknown.status_code, elsewhere.status_code, own.json()["code"]) == (404, 404, "registration.own_welfare")
    body = {"day": str(TODAY), "reason": "岗位调整"}
    assert (await here.here.city.post("/v1/staff/guard-02/end", json=body)).is_success
    assert (await here.record("goods", **goods)).json()["code"] == "registration.welfare_left"
    assert await here.service.emitted(WelfareRecorded) == []
    request = {"request_id": new_id(), "person_ids": ["nurse-01"]}
    assert (await here.record("goods", **goods | request)).status_code == 201
    more = await here.record("goods", **goods | request | {"person_ids": list(PERSONS)})
    assert more.json()["code"] == "registration.welfare_taken"
