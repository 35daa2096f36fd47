"""Services that hold one of each thing that their routes show."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

from services.checkpoint.settings import Settings as CheckpointSettings
from shared.base.ids import new_id
from shared.events.isolation import CaseOpened
from tests.checkpoint import test_permits as permits
from tests.checkpoint import test_reviews as reviews
from tests.checkpoint import test_visitors as visitors
from tests.checkpoint.gate import COMPOUND, GATE, NOW, Gate, build, gate_at
from tests.checkpoint.passing import ago, passage
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.notification import scene
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
    order_id, travel = new_id(), await returned_and_reported(person, journey_id)
    until = person.here.service.clock.now().replace(microsecond=0)
    order = {
        "order_id": order_id,
        "resident_ids": [person.resident_id],
        "colour": "yellow",
        "reason": "接触史待核实",
        "until": until.replace(day=until.day + 1).isoformat(),
    }
    answer = await clerk.post("/v1/colour-orders", json=order)
    assert answer.status_code == 201, answer.text
    await person.here.service.receive(person.open_case())
    appeal = {"appeal_id": new_id(), "text": "核酸检测阴性，请复核"}
    answer = await clerk.post(f"/v1/residents/{person.resident_id}/appeals", json=appeal)
    assert answer.status_code == 201, answer.text
    stranger = person.here.service.client("doctor", area="/jinhe/nankai", subject="doctor-wu")
    glass = {"glass_id": new_id(), "area_path": AREA, "reason": "追查密接者的家人", "minutes": 10}
    answer = await stranger.post("/v1/break-glass", json=glass)
    assert answer.status_code == 201, answer.text
    imports = (await clerk.get("/v1/imports")).json()["items"]
    reason = {"reason": "a wrong roster"}
    for one in imports:
        assert (await clerk.post(f"/v1/imports/{one['import_id']}/undo", json=reason)).status_code == 202
    await opened_and_claimed(person)
    ids = {
        **await rows_and_pairs(person),
        "group_id": GROUP,
        "resident_id": person.resident_id,
        "journey_id": journey_id,
        "order_id": order_id,
        "appeal_id": appeal["appeal_id"],
        **travel,
        "zone_id": await proposed_zone(person),
        "item": "disinfected",
    }
    return Seeded(person.here.service, ids | {"import_id": imports[0]["import_id"]} if imports else ids)


async def returned_and_reported(person: Resident, journey_id: str) -> dict[str, str]:
    """Have the approval of a return asked for and a returnee reported; return the ids of both."""
    made, ids = person.here.service, {"return_id": new_id(), "report_id": new_id()}
    body = {"return_id": ids["return_id"], "journey_id": journey_id}
    assert (await made.client("community", subject="clerk").post("/v1/returns", json=body)).status_code == 201
    report = {"report_id": ids["report_id"], "area_path": AREA, "about": "三楼有人返回"}
    neighbour = made.client("resident", subject="who-reports")
    assert (await neighbour.post("/v1/returnee-reports", json=report)).status_code == 201
    return ids


async def opened_and_claimed(person: Resident) -> None:
    """Have an office claim a colleague whom no office has, and a doctor from elsewhere open the area by break-glass."""
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


async def examined(person: Resident) -> str:
    """Have an official send a row about the own household; return the id of its examination."""
    own = person.here.service.client("community", subject=person.resident_id)
    await person.here.imported(row(1, name="李小伟"), client=own)
    waiting = (await person.here.clerk.get("/v1/examinations")).json()["items"]
    return str(waiting[0]["examination_id"])


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
    assert (await office.post("/v1/exit-permits", json=permits.leave(gate))).status_code == 201
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
