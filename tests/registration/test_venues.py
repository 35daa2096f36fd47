"""Venues with desks and keepers, and vehicles of residents and employers, through the routes (R1.10)."""

from shared.base.ids import new_id
from shared.events.registration_employers import VehicleEnded, VehicleRegistered, VenueChanged, VenueRegistered
from tests.conftest import MakeService
from tests.registration.employing import employing
from tests.registration.office import AREA, TODAY, office
from tests.registration.test_staff import NURSE


async def test_a_venue_has_desks_with_two_keepers_each_or_stands_in_the_list_of_gaps(service: MakeService) -> None:
    here = await office(service)
    second = NURSE | {"person_id": "clerk-sun", "name": "孙大", "phone": "13800000029"}
    for member in (NURSE, second):
        assert (await here.city.post("/v1/staff", json=member)).status_code == 201
    desk = {"name": "收银台", "post": "一楼", "keeper_ids": ["nurse-01"]}
    body = {"venue_id": new_id(), "area_path": AREA, "kind": "supermarket", "name": "春华超市", "opening": "8:00-21:00"}
    body |= {"reason": "场所摸排登记"}
    for _ in range(2):
        made = await here.clerk.post("/v1/venues", json=body | {"desks": [desk]})
        assert made.status_code == 201, made.text
    assert len(await here.service.emitted(VenueRegistered)) == 1
    (gap,) = (await here.clerk.get("/v1/venues?gaps=true")).json()["items"]
    assert (gap["desks"][0]["missing"], gap["desks"][0]["keepers"][0]["name"]) == (1, "赵敏")
    path = f"/v1/venues/{body['venue_id']}"
    unknown = {"desks": [desk | {"keeper_ids": ["moon"]}], "reason": "人员调整"}
    assert (await here.clerk.put(f"{path}/desks", json=unknown)).json()["code"] == "registration.keeper_unknown"
    both = {"desks": [desk | {"keeper_ids": ["nurse-01", "clerk-sun"]}], "reason": "补齐值守人员"}
    for _ in range(2):
        assert (await here.clerk.put(f"{path}/desks", json=both)).json()["has_gap"] is False
    (changed,) = await here.service.emitted(VenueChanged)
    assert [one.person_id for one in changed.desks[0].keepers] == ["nurse-01", "clerk-sun"]
    assert (await here.clerk.get("/v1/venues?gaps=true")).json()["items"] == []
    renamed = {k: body[k] for k in ("area_path", "kind", "reason")} | {"name": "春华生鲜超市"}
    assert (await here.clerk.put(path, json=renamed)).json()["name"] == "春华生鲜超市"
    closed = (await here.clerk.post(f"{path}/closure", json={"reason": "租约到期"})).json()
    assert closed["closed_on"] == TODAY.isoformat()
    assert (await here.clerk.get("/v1/venues")).json()["items"] == []
    assert (await here.elsewhere.get(path)).json()["code"] == "registration.no_such_venue"


async def test_a_vehicle_belongs_to_its_owner_and_its_plate_finds_the_resident(service: MakeService) -> None:
    unit = await employing(service)
    here = unit.here
    file = await here.resident(1)
    car = {"vehicle_id": new_id(), "plate": "津a·d12345", "kind": "car", "resident_id": file["resident_id"]}
    own = here.service.client("resident", subject=file["resident_id"])
    for client in (own, here.clerk):
        made = await client.post("/v1/vehicles", json=car)
        assert made.status_code == 201, made.text
    assert (made.json()["plate"], made.json()["new_energy"]) == ("津AD12345", True)
    (event,) = await here.service.emitted(VehicleRegistered)
    assert "12345" not in event.model_dump_json().replace(event.vehicle_id, "").replace(file["resident_id"], "")
    again = await here.clerk.post("/v1/vehicles", json=car | {"vehicle_id": new_id()})
    assert again.json()["code"] == "registration.vehicle_known"
    wrong = await here.clerk.post("/v1/vehicles", json=car | {"vehicle_id": new_id(), "plate": "津A12I45"})
    assert wrong.json()["code"] == "registration.bad_plate"
    answer = await here.clerk.post("/v1/residents/ask", json={"q": "津AD12345"})
    if answer.status_code == 200:
        assert [one["resident_id"] for one in answer.json()["items"]] == [file["resident_id"]]
    bus = {"vehicle_id": new_id(), "plate": "津A54321", "kind": "bus", "employer_id": unit.employer_id}
    assert (await unit.clerk.post("/v1/vehicles", json=bus)).status_code == 201
    assert (await unit.clerk.post("/v1/vehicles", json=car | {"vehicle_id": new_id()})).status_code == 404
    (theirs,) = (await unit.clerk.get(f"{unit.path}/vehicles")).json()
    assert theirs["plate"] == "津A54321"
    assert len((await here.clerk.get("/v1/vehicles")).json()["items"]) == 2
    auditor = here.service.client("auditor")
    assert {one["plate"] for one in (await auditor.get("/v1/vehicles")).json()["items"]} == {"津A···45", "津A···21"}
    for _ in range(2):
        ended = await own.post(f"/v1/vehicles/{car['vehicle_id']}/end", json={"reason": "车辆已出售"})
        assert ended.json()["until"] == TODAY.isoformat()
    assert len(await here.service.emitted(VehicleEnded)) == 1
    assert (await own.get(f"/v1/residents/{file['resident_id']}/vehicles")).json() == []
    assert len((await own.get(f"/v1/residents/{file['resident_id']}/vehicles?ended=true")).json()) == 1
