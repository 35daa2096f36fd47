"""Services that hold one of each thing that their routes show."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from services.checkpoint.settings import Settings as CheckpointSettings
from shared.base.ids import new_id
from shared.events.isolation import CaseOpened
from tests.access.examined_row import examined, prepare_rights
from tests.checkpoint import test_reviews as reviews
from tests.checkpoint import test_visitors as visitors
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, build, gate_at
from tests.checkpoint.passing import ago, passage
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.notification import scene
from tests.registration.employing import employer_body
from tests.registration.exiting import leave
from tests.registration.office import Office, text
from tests.registration.office import person as row
from tests.registration.resident import TODAY, Resident, resident
from tests.supply.town import deliveries, open_case, supply
from tests.support.service import AREA, ServiceUnderTest
from tests.support.waiting import PATIENCE_S

GROUP = new_id()


class Seeded(NamedTuple):
    """A service that holds one of each thing, and the ids of those by the names of path parameters and of filters."""

    made: ServiceUnderTest
    ids: Mapping[str, str]
    filters: Mapping[str, Mapping[str, str]] = {}  # by operation, of lists that need them


async def isolation(service: MakeService) -> Seeded:
    here = await town(service)
    assert (await here.order()).status_code == 201
    first_day = (TODAY + timedelta(days=1)).isoformat()
    return Seeded(here.service, {"case_id": here.case_id}, {"GET /v1/measurements": {"day": first_day}})


async def registration(service: MakeService) -> Seeded:
    person = await resident(service)
    clerk = person.here.service.client("community", subject="clerk")
    journey_id = await person.declares(TODAY)
    await sent_with_a_bad_row(person)
    order_id, travel = new_id(), await returned_and_reported(person, journey_id)
    until = person.here.service.clock.now().replace(microsecond=0)
    order = {
        "order_id": order_id,
        "resident_ids": [person.resident_id],
        "colour": "yellow",
        "reason": "接触史待核实",
        "until": until.replace(day=until.day + 1).isoformat(),
    }
    assert (await clerk.post("/v1/colour-orders", json=order)).status_code == 201
    await person.here.service.receive(person.open_case())
    appeal = {"appeal_id": new_id(), "text": "核酸检测阴性，请复核"}
    assert (await clerk.post(f"/v1/residents/{person.resident_id}/appeals", json=appeal)).status_code == 201
    stranger = person.here.service.client("doctor", area="/jinhe/nankai", subject="doctor-wu")
    glass = {"glass_id": new_id(), "area_path": AREA, "reason": "追查密接者的家人", "minutes": 10}
    assert (await stranger.post("/v1/break-glass", json=glass)).status_code == 201
    imports = (await clerk.get("/v1/imports")).json()["items"]
    for one in imports:
        assert (await clerk.post(f"/v1/imports/{one['import_id']}/undo", json=UNDONE)).status_code == 202
    travel |= await opened_and_claimed(person)
    await prepare_rights(person)
    ids = {
        **await rows_and_pairs(person),
        **await permitted(person.here),
        "group_id": GROUP,
        "resident_id": person.resident_id,
        "journey_id": journey_id,
        "order_id": order_id,
        "appeal_id": appeal["appeal_id"],
        **travel | await employing(person),
        "zone_id": await proposed_zone(person),
        "move_id": await proposed_move(person),
        "item": "disinfected",
    }
    return Seeded(person.here.service, ids | {"import_id": imports[0]["import_id"]} if imports else ids, DAYS)


UNDONE = {"reason": "a wrong roster"}
DAYS = {"GET /v1/places/then": {"day": TODAY.isoformat()}}


async def sent_with_a_bad_row(person: Resident) -> None:
    """A roster with a bad row is imported by a colleague of those who read it, and its mapping is remembered."""
    here = person.here
    sender = here.service.client("community", subject="clerk")
    assert (await here.send(text([row(701), row(702, id_number="1")]), client=sender)).json()["rejected"] == 1
    columns = {"小区名": "compound", "几号": "room", "谁": "name", "证件": "id_number"}
    answer = await sender.put("/v1/import-mappings", json={"kind": "residents", "columns": columns})
    assert answer.status_code == 200, answer.text


async def returned_and_reported(person: Resident, journey_id: str) -> dict[str, str]:
    """Have the approval of a return asked for and a returnee reported; return the ids of both."""
    made, ids = person.here.service, {"return_id": new_id(), "report_id": new_id()}
    ids |= await registered_at_desk(person)
    body = {"return_id": ids["return_id"], "journey_id": journey_id}
    assert (await made.client("community", subject="clerk").post("/v1/returns", json=body)).status_code == 201
    report = {"report_id": ids["report_id"], "area_path": AREA, "about": "三楼有人返回"}
    neighbour = made.client("resident", subject="who-reports")
    assert (await neighbour.post("/v1/returnee-reports", json=report)).status_code == 201
    return ids


async def permitted(here: Office) -> dict[str, str]:
    """Have another person permitted to leave the city, and a rented door; return the ids."""
    body = leave(Resident(here, await here.resident(2)))
    assert (await here.service.client("community", subject="clerk").post("/v1/exits", json=body)).status_code == 201
    path = f"/v1/exits/{body['exit_id']}/approval"
    assert (await here.service.client("community", subject="clerk-2").post(path)).status_code == 200
    return {"exit_id": str(body["exit_id"])} | await rented(here)


async def rented(here: Office) -> dict[str, str]:
    """Have a door with a tenant; return the ids of both."""
    clerk, ids = here.service.client("community", subject="clerk"), {"rental_id": new_id(), "tenancy_id": new_id()}
    door = {"rental_id": ids["rental_id"], "area_path": f"{AREA}/a1/g01/p01/b9/u1/901"}
    assert (await clerk.post("/v1/rentals", json=door)).status_code == 201
    arrived = here.service.clock.now().replace(microsecond=0).isoformat()
    tenant = {
        "tenancy_id": ids["tenancy_id"],
        "name": "租客",
        "phone": "13800001111",
        "room": "1",
        "arrived_at": arrived,
    }
    assert (await clerk.post(f"/v1/rentals/{ids['rental_id']}/tenants", json=tenant)).status_code == 200
    return ids


async def opened_and_claimed(person: Resident) -> dict[str, str]:
    """Have an office claim a colleague whom no office has, and a doctor from elsewhere open the area; return ids."""
    made = person.here.service
    clerk = made.client("community", subject="clerk")
    assert (await clerk.put("/v1/contacts/colleague-zhao", json={"phone": "13912345678"})).status_code == 202
    colleague: dict[str, object] = {"person_id": "colleague-sun", "name": "孙大", "unit": "街道办", "area_path": AREA}
    colleague |= {"duties": ["patrol"], "qualifications": ["security"]}  # a list by each has the person
    assert (await clerk.post("/v1/staff", json=colleague)).status_code == 201
    group: dict[str, object] = {"group_id": GROUP, "area_path": AREA, "kind": "command", "name": "领导小组"}
    group |= {"reason": "成立小组", "members": [{"person_id": "colleague-sun", "duty": "head"}]}
    assert (await clerk.post("/v1/leading-groups", json=group)).status_code == 201
    doctor = made.client("doctor", area="/jinhe/hexi", subject="doctor-wu")
    glass = {"glass_id": new_id(), "area_path": AREA, "reason": "追查密接者的家人", "minutes": 30}
    assert (await doctor.post("/v1/break-glass", json=glass)).status_code == 201
    return await insured(person)


async def insured(person: Resident) -> dict[str, str]:
    """Have terms approved and a colleague insured by them; return the id of the terms."""
    ids, made = {"terms_id": new_id()}, person.here.service
    terms: dict[str, object] = {"terms_id": ids["terms_id"], "kind": "insurance", "version": "一版", "days": 90}
    terms |= {"since": TODAY.isoformat(), "source": "9号文", "insurer": "人保财险"}
    assert (await made.client("city", area="/", subject="city-wu").post("/v1/welfare/terms", json=terms)).is_success
    second = made.client("city", area="/", subject="city-zhao")
    assert (await second.post(f"/v1/welfare/terms/{ids['terms_id']}/approve")).status_code == 200
    body = {"request_id": new_id(), "terms_id": ids["terms_id"], "person_ids": ["colleague-sun"]}
    clerk = made.client("community", subject="clerk")
    answer = await clerk.post("/v1/welfare/enrolments", json=body | {"starts_on": TODAY.isoformat()})
    assert answer.status_code == 201, answer.text
    return ids


async def registered_at_desk(person: Resident) -> dict[str, str]:
    """Have a clerk register the person at a desk; return the ids of the desk and of the registration."""
    ids = {"desk_id": new_id(), "triage_id": new_id()}
    clerk = person.here.service.client("community", subject="clerk")
    desk = {"area_path": AREA, "name": "社区大厅1号台", "staff": ["clerk"]}
    answer = await clerk.put(f"/v1/desks/{ids['desk_id']}", json=desk)
    assert answer.status_code == 200, answer.text
    body = {"triage_id": ids["triage_id"], "person": {"resident_id": person.resident_id}, "temperature_c": 36.5}
    answer = await clerk.post(f"/v1/desks/{ids['desk_id']}/triages", json=body)
    assert answer.status_code == 201, answer.text
    return ids


async def employing(person: Resident) -> dict[str, str]:
    """Have an employer with a member of staff, a venue and a vehicle registered; return their ids."""
    clerk = person.here.service.client("community", subject="clerk")
    ids = {name: new_id() for name in ("employer_id", "venue_id", "vehicle_id")}
    unit: dict[str, object] = employer_body() | {"employer_id": ids["employer_id"]}
    assert (await clerk.post("/v1/employers", json=unit)).status_code == 201
    worker = {"name": "外地人", "phone": "13800000032", "reason": "新员工入职"}
    staff = await clerk.post(f"/v1/employers/{ids['employer_id']}/employees", json=worker)
    assert staff.status_code == 201, staff.text
    venue = {
        "venue_id": ids["venue_id"],
        "area_path": AREA,
        "kind": "pharmacy",
        "name": "春华药店",
        "reason": "场所登记",
    }
    assert (await clerk.post("/v1/venues", json=venue)).status_code == 201
    car = {"vehicle_id": ids["vehicle_id"], "plate": "津A12345", "kind": "car", "resident_id": person.resident_id}
    assert (await clerk.post("/v1/vehicles", json=car)).status_code == 201
    return ids | {"employee_id": str(staff.json()["employee_id"])}


async def proposed_zone(person: Resident) -> str:
    """Have a clerk propose a lockdown of the community; return its id."""
    now = person.here.service.clock.now()
    zone = {
        "zone_id": new_id(),
        "kind": "lockdown",
        "paths": [AREA],
        "since": now.isoformat(),
        "review_on": (now + timedelta(days=3)).date().isoformat(),
        "source": "津河疫防指〔2026〕8号",
        "reason": "一户两人核酸阳性",
    }
    answer = await person.here.service.client("community", subject="clerk").post("/v1/zones", json=zone)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["zone_id"])


async def rows_and_pairs(person: Resident) -> dict[str, str]:
    """Have a row to examine and a pair of files wait for an office; return the ids of both."""
    return {"examination_id": await examined(person), "pair_id": await likely_the_same(person)}


async def likely_the_same(person: Resident) -> str:
    """Have a clerk put the resident and another file on the worklist of duplicates; return the id of the pair."""
    await person.here.imported(row(7, name="李晓伟"))
    ids = {"first_id": person.resident_id, "second_id": (await person.here.find_resident(7))["resident_id"]}
    answer = await person.here.clerk.post("/v1/duplicates", json=ids)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["pair_id"])


async def proposed_move(person: Resident) -> str:
    """Have a clerk propose that the compound moves into a second grid; return the id of the move."""
    clerk = person.here.service.client("community", subject="clerk")
    grid = {"level": "grid", "code": "g02", "name": "二网格", "parent": f"{AREA}/a1"}
    assert (await clerk.post("/v1/places", json=grid)).status_code == 201
    move: dict[str, object] = {"move_id": new_id(), "kind": "move", "sources": [COMPOUND], "target": f"{AREA}/a1/g02"}
    answer = await clerk.post("/v1/place-moves", json=move | {"reason": "网格调整"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["move_id"])


async def goods(service: MakeService) -> Seeded:
    made = await supply(service, flour=5, milk=5, disinfectant=5)
    await made.receive(open_case(new_id()))
    (kit,) = await deliveries(made)
    return Seeded(made, {"delivery_id": kit["delivery_id"]})


async def checkpoint(service: MakeService) -> Seeded:
    gate = Gate(await service(build, CheckpointSettings, at=NOW))
    await gate.open(PATIENCE_S)
    gate.learns(gate_at(COMPOUND))
    await visitors.define_gate(gate)
    office, checkpoint_id, person = visitors.staff(gate), visitors.CHECKPOINT, new_id()
    policies = f"/v1/checkpoints/{checkpoint_id}/policies/{NOW.isoformat()}"
    assert (await office.put(policies, json={"reason": "封闭管理", "exits": "permit"})).status_code == 200
    entries = {"resident_ids": [new_id()], "plates": []}
    assert (await office.put(f"/v1/checkpoints/{checkpoint_id}/entries", json=entries)).status_code == 200
    slip = await visitors.registered(gate)
    code = (await office.post(f"/v1/gates/{GATE}/enrolments", json={"enrolment_id": new_id()})).json()["code"]
    enrolment = {"code": code, "request_id": new_id(), "name": "北门1"}
    device = (await gate.service.client().post("/v1/devices/enrol", json=enrolment)).json()
    alert_id = await reviews.alerted(gate)
    await reviews.overridden(gate)
    await gate.service.receive(passage(person, ago(60)), passage(new_id(), ago(59)))
    await gate.close()
    ids = {"checkpoint_id": checkpoint_id, "permit_id": slip["permit_id"], "device_id": device["device_id"]}
    ids |= {"gate_id": GATE, "alert_id": alert_id}
    filters = {
        "GET /v1/passages": {"gate_id": GATE},
        "GET /v1/contacts": {"resident_id": person},
        "GET /v1/flow": {"gate_id": GATE},
    }
    return Seeded(gate.service, ids, filters)


async def notification(service: MakeService) -> Seeded:
    made = await scene.notification(service)
    (event,) = await made.receive(scene.case(CaseOpened))
    return Seeded(made, {"cause": event.id, "subject": event.key})


SEEDS: dict[str, Callable[[MakeService], Awaitable[Seeded]]] = {
    "registration": registration,
    "isolation": isolation,
    "supply": goods,
    "checkpoint": checkpoint,
    "notification": notification,
}
