"""Zones: who orders one, what it takes to lift it, and what is published of it (N1)."""

from datetime import date, timedelta

import pytest

from services.registration.domain import zone_policies, zones
from services.registration.domain.zone_policies import policy_at
from shared.base.errors import Invalid
from shared.base.ids import new_id
from shared.events.registration import PlaceLevel
from shared.events.registration_zones import ZoneBegan, ZoneExits, ZoneKind
from shared.store.act_log import ACTS
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND
from tests.registration.zoning import DISTRICT, NOTE, STREET, at, zoning
from tests.support.service import MORNING


def test_the_policy_of_a_day_is_the_one_that_began_last() -> None:
    assert policy_at(ZoneKind.LOCKDOWN, date(2022, 11, 10)).lift_after_days == 7
    assert policy_at(ZoneKind.LOCKDOWN, date(2022, 11, 11)).lift_after_days == 5
    with pytest.raises(Invalid, match="No policy"):
        policy_at(ZoneKind.CONTROL, date(2020, 1, 1))


def test_a_zone_carries_the_rules_of_later_policies_too_and_a_quota_of_its_own() -> None:
    rules = zone_policies.rules_from(ZoneKind.LOCKDOWN, date(2022, 7, 1), MORNING.tzinfo, (2, 3))
    assert [(one.lift_after_days, one.quota_persons) for one in rules] == [(7, 0), (5, 0)]
    (control,) = zone_policies.rules_from(ZoneKind.CONTROL, date(2022, 7, 1), MORNING.tzinfo, (2, 3))
    assert (control.exits, control.quota_persons, control.quota_days) == (ZoneExits.QUOTA, 2, 3)


def test_places_within_other_places_of_a_zone_are_left_out() -> None:
    assert zones.outermost(["/a/b/c", "/a/b", "/a/bc", "/a/b"]) == ("/a/b", "/a/bc")


def test_a_lifting_takes_two_levels_or_two_people_whatever_the_size_of_the_zone() -> None:
    policy = policy_at(ZoneKind.LOCKDOWN, date(2026, 1, 1))
    street, district, city = PlaceLevel.STREET, PlaceLevel.DISTRICT, PlaceLevel.CITY
    assert zones.levels(policy, PlaceLevel.BUILDING) == (street, district, city)
    assert zones.levels(policy, PlaceLevel.DISTRICT) == (district, city)
    assert zones.levels(policy, PlaceLevel.CITY) == (city, city)


async def test_a_lockdown_holds_once_a_second_person_has_ordered_it(service: MakeService) -> None:
    here = await zoning(service)
    hit = (await here.street.post("/v1/zones/households", json={"paths": [COMPOUND, f"{COMPOUND}/b1"]})).json()
    assert (hit["households"], hit["paths"], hit["takes_two"]["lockdown"]) == (2, [COMPOUND], True)
    proposed = (await here.propose()).json()
    zone_id = proposed["zone_id"]
    assert (proposed["state"], proposed["households"], await here.published()) == ("proposed", 2, [])
    refused = await here.street.post(f"/v1/zones/{zone_id}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.own_zone")
    assert "批准" in refused.json()["detail_zh"]
    here.service.clock.advance(timedelta(hours=2))
    for _ in range(2):
        ordered = await here.second.post(f"/v1/zones/{zone_id}/approve")
        assert (ordered.json()["state"], ordered.json()["ordered_by"]) == ("in_force", "street-sun")
    (event,) = await here.published()
    assert isinstance(event, ZoneBegan)
    assert event.since == MORNING + timedelta(hours=2)  # no gate acted by it before
    assert (event.paths, event.area_path, event.rules[-1].exits) == ((COMPOUND,), COMPOUND, ZoneExits.NONE)
    assert "阳性" not in event.model_dump_json()


async def test_a_prevention_area_of_few_households_holds_at_once(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ordered(kind="prevention")
    assert (await here.read(zone_id))["state"] == "in_force"


async def test_a_zone_that_begins_later_is_ordered_now_and_in_force_then(service: MakeService) -> None:
    here = await zoning(service)
    begins = MORNING + timedelta(hours=10)
    zone_id = await here.ordered(since=begins.isoformat())
    assert (await here.read(zone_id))["state"] == "ordered"
    here.service.clock.advance(timedelta(hours=10))
    await here.service.due()
    assert (await here.read(zone_id))["state"] == "in_force"
    assert [(event.type, event.since) for event in await here.published()] == [
        ("registration.ZoneOrdered.v1", begins),
        ("registration.ZoneBegan.v1", begins),
    ]


async def test_the_same_zone_again_is_one_zone_and_another_under_its_id_is_refused(service: MakeService) -> None:
    here, zone_id = await zoning(service), new_id()
    assert (await here.propose(zone_id=zone_id)).status_code == 201
    await here.second.post(f"/v1/zones/{zone_id}/approve")
    assert (await here.propose(zone_id=zone_id)).json()["state"] == "in_force"
    other = await here.propose(zone_id=zone_id, kind="control")
    assert (other.status_code, other.json()["code"]) == (409, "registration.zone_taken")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"since": (MORNING - timedelta(hours=1)).isoformat()}, "registration.zone_since"),
        ({"review_on": "2026-12-01"}, "registration.zone_review"),
        ({"paths": [f"{COMPOUND}/none"]}, "registration.no_such_place"),
        ({"paths": ["/jinhe/hexi"]}, "access.not_found"),
        ({"quota": {"persons": 1, "days": 2}}, "registration.zone_quota"),
        ({"kind": "curfew"}, "request.invalid"),
    ],
)
async def test_a_zone_that_cannot_be_meant_is_refused(
    service: MakeService, changes: dict[str, object], code: str
) -> None:
    here = await zoning(service)
    assert (await here.propose(**changes)).json()["code"] == code


async def test_a_zone_that_is_refused_or_not_decided_in_a_day_never_holds(service: MakeService) -> None:
    here = await zoning(service)
    refused, forgotten = [(await here.propose()).json()["zone_id"] for _ in range(2)]
    assert (await here.second.post(f"/v1/zones/{refused}/reject", json={"reason": NOTE})).json()["state"] == "rejected"
    here.service.clock.advance(timedelta(hours=24))
    await here.service.due()
    assert (await here.read(forgotten))["state"] == "expired"
    late = await here.second.post(f"/v1/zones/{forgotten}/approve")
    assert (late.status_code, late.json()["code"]) == (409, "registration.zone_decided")
    assert await here.published() == []


async def test_street_district_and_city_lift_a_zone_in_this_order(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ready_to_lift()
    asked = (await here.ask(zone_id)).json()
    assert (asked["state"], asked["next_level"]) == ("lift_asked", "district")
    early = await here.decide(zone_id, here.city)
    assert (early.status_code, early.json()["code"]) == (409, "registration.zone_level")
    assert (await here.decide(zone_id, here.district)).json()["next_level"] == "city"
    for _ in range(2):  # again, it changes nothing
        lifted = (await here.decide(zone_id, here.city)).json()
        assert (lifted["state"], at(lifted["until"])) == ("lifted", MORNING + timedelta(days=5))
    assert [(one["kind"], one["level"], one["by"]) for one in lifted["steps"]] == [
        ("asked", "street", "street-li"),
        ("agreed", "district", "district-zhou"),
        ("agreed", "city", "city-wu"),
    ]
    events = await here.published()
    assert [event.state for event in events] == ["in_force", "lift_asked", "lift_asked", "lifted"]
    assert events[-1].until == MORNING + timedelta(days=5)


async def test_no_person_takes_two_steps_whatever_the_area_of_the_token(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ready_to_lift()
    await here.ask(zone_id)
    promoted = here.service.client("community", area=DISTRICT, subject="street-li")
    refused = await here.decide(zone_id, promoted)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.zone_same_person")


async def test_a_lifting_waits_for_the_days_of_the_policy_and_for_each_item(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ordered()
    soon = await here.ask(zone_id)
    assert (soon.status_code, soon.json()["code"]) == (409, "registration.zone_too_soon")
    here.service.clock.advance(timedelta(days=5))
    await here.street.post(f"/v1/zones/{zone_id}/checklist/disinfected", json={"reason": NOTE})
    unchecked = await here.ask(zone_id)
    assert unchecked.json()["code"] == "registration.zone_unchecked"
    assert "no_new_case" in unchecked.json()["detail"]
    assert "disinfected" not in unchecked.json()["detail"]
    unknown = await here.street.post(f"/v1/zones/{zone_id}/checklist/painted", json={"reason": NOTE})
    assert unknown.json()["code"] == "registration.zone_item"
    (done,) = [one for one in (await here.read(zone_id))["checklist"] if one["by"]]
    assert (done["item"], done["by"], done["note"]) == ("disinfected", "street-li", NOTE)


async def test_a_refused_lifting_states_why_and_begins_again_with_an_empty_checklist(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ready_to_lift()
    await here.ask(zone_id)
    refused = (await here.decide(zone_id, here.district, "refuse", "第二轮核酸未完成")).json()
    assert (refused["state"], refused["next_level"]) == ("in_force", "street")
    assert (refused["steps"][-1]["kind"], refused["steps"][-1]["note"]) == ("refused", "第二轮核酸未完成")
    assert [one["by"] for one in refused["checklist"]] == [None] * 5
    assert (await here.ask(zone_id)).json()["code"] == "registration.zone_unchecked"
    await here.tick_all(zone_id)
    await here.ask(zone_id)
    await here.decide(zone_id, here.district)
    assert (await here.decide(zone_id, here.city)).json()["state"] == "lifted"


async def test_an_official_who_lives_in_a_zone_takes_no_step_to_lift_it(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ready_to_lift()
    own = (await here.here.find_resident(1))["resident_id"]
    neighbour = here.service.client("community", area=STREET, subject="street-qian", resident_id=own)
    refused = await here.ask(zone_id, neighbour)
    assert (refused.status_code, refused.json()["code"]) == (409, "access.own_decision")


async def test_each_step_stands_in_the_log_of_acts(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ready_to_lift()
    await here.ask(zone_id)
    await here.decide(zone_id, here.district)
    await here.decide(zone_id, here.city)
    database = here.service.database.client[f"{here.service.database.name}_log"]
    rows = await database[ACTS].find({"subject": zone_id, "kind": {"$regex": "^registration.Zone\\."}}).to_list(None)
    kinds = [row["kind"].removeprefix("registration.Zone.") for row in rows]
    assert set(kinds) >= {"proposed", "ordered", "ticked.disinfected", "lift.asked.street", "lift.agreed.city"}


async def test_a_list_of_zones_is_that_of_the_callers_area(service: MakeService) -> None:
    here = await zoning(service)
    zone_id = await here.ordered()
    control = await here.ordered(kind="control")
    listed = (await here.district.get("/v1/zones", params={"kind": "lockdown", "state": "in_force"})).json()["items"]
    assert [one["zone_id"] for one in listed] == [zone_id]
    assert {one["zone_id"] for one in (await here.street.get("/v1/zones")).json()["items"]} == {zone_id, control}
    community = here.service.client("grid_worker", area=AREA, subject="grid")
    assert len((await community.get("/v1/zones", params={"within": COMPOUND})).json()["items"]) == 2
    elsewhere = here.here.elsewhere
    assert (await elsewhere.get("/v1/zones")).json()["items"] == []
    assert (await elsewhere.get(f"/v1/zones/{zone_id}")).status_code == 404


async def test_an_order_and_an_approval_take_a_fresh_sign_in(service: MakeService) -> None:
    here = await zoning(service)
    stale = here.service.client("community", area=STREET, subject="street-sun", fresh=False)
    assert (await here.propose(stale)).status_code == 401
    zone_id = (await here.propose()).json()["zone_id"]
    assert (await stale.post(f"/v1/zones/{zone_id}/approve")).status_code == 401
