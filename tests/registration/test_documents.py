"""Registration's documents while two of its versions work on one store: what a later one has added stays."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

import pytest

from services.registration.domain.appeals import Appeal
from services.registration.domain.codes import IssuedCode
from services.registration.domain.orders import ColourOrder, Part
from services.registration.store import Store
from shared.base.ids import new_id
from shared.store.documents import Documents
from shared.store.mongo import Database
from tests.conftest import MakeService
from tests.registration import rights_documents
from tests.registration.employer_documents import EMPLOYER_USES, prepare_employer
from tests.registration.office import TODAY, Office, office, person, text
from tests.registration.ordering import Officers, registered
from tests.registration.resident import Resident
from tests.registration.roster_documents import remember_mapping, take_error_sheet
from tests.registration.staff_documents import (
    PLACES,
    approve_rules,
    change_member,
    dissolve_group,
    name_keepers,
    prepare_staff,
)
from tests.registration.travel_documents import DESK_USES, TRAVEL_USES, prepare_travel
from tests.registration.undone_documents import undo_import
from tests.registration.zoning import lock_down, tick_item
from tests.support.later_version import add_to_parts, lost_from_parts
from tests.support.prepared import Prepared
from tests.support.sealers import SEALER
from tests.support.service import AREA, ServiceUnderTest

LATER = {"of_a_later_version": {"that": ["this", "version", 0], "does": "not know"}}


class Scene:
    """An office with a document of every kind."""

    def __init__(self, here: Officers, one: Resident) -> None:
        self.here = here
        self.one = one
        self.office = here.here
        self.order_id = self.appeal_id = self.code_id = self.journey_id = self.return_id = self.import_id = (
            self.undone_id
        ) = ""

    async def prepare(self) -> None:
        """Have a colour by hand, an appeal, a journey, an open case, a code and an import that waits."""
        await self.office.city.put(f"/v1/risk-regions/{TODAY}", json={"regions": {"hubei": "medium"}})
        self.journey_id = await self.one.declares(TODAY)
        await prepare_travel(self)
        self.order_id = await self.here.in_force(*self.here.residents)
        appeal = {"appeal_id": new_id(), "text": "I was never there"}
        path = f"/v1/residents/{self.one.resident_id}"
        made = await self.here.liu.post(f"{path}/appeals", json=appeal)
        assert made.status_code == 201, made.text
        self.appeal_id = appeal["appeal_id"]
        await self.office.service.receive(self.one.open_case())
        await self.send("POST", f"{path}/cards", {"card": "CARD-1", "reason": "the first card"})
        self.code_id = (await self.here.liu.get(f"{path}/code")).json()["code_id"]
        await self.office.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
        await self.office.imported(person(2, compound="清水院"), client=self.office.elsewhere)
        await undo_import(self)
        await remember_mapping(self.office.clerk)
        await self.send("PUT", "/v1/contacts/doctor-wu", {"phone": "13911112222"}, 202, self.office.elsewhere)
        glass = {"glass_id": new_id(), "area_path": AREA, "reason": "追查密接者的家人", "minutes": 30}
        doctor = self.office.service.client("doctor", area="/jinhe/hexi", subject="doctor-wu")
        await self.send("POST", "/v1/break-glass", glass, 201, doctor)
        await prepare_staff(self)
        await prepare_employer(self)
        await rights_documents.prepare(self)
        self.zone_id = await lock_down(self.office)
        waiting = await self.office.post(self.roster)
        self.import_id = waiting.json()["import_id"]

    @property
    def roster(self) -> bytes:
        """A roster with a bad row, of the household of the first resident."""
        return text([person(9, room="101"), person(8, name="")])

    async def send(self, method: str, path: str, body: Any = None, status: int = 200, client: Any = None) -> Any:
        """Send a request that has to succeed; return the body of the answer."""
        answer = await (client or self.here.liu).request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


async def change_care(scene: Scene) -> None:
    await scene.send("PUT", f"/v1/residents/{scene.one.resident_id}/care", {"categories": ["disabled"]})


async def set_contact(scene: Scene) -> None:
    await scene.send("PUT", f"/v1/contacts/{scene.one.resident_id}", {"phone": "13800138000"}, 204)


async def confirm_claim(scene: Scene) -> None:
    city = scene.office.service.client("city", area="/", subject="city-1")
    (claim,) = (await scene.send("GET", "/v1/contacts/claims", client=city))["items"]
    await scene.send("POST", f"/v1/contacts/claims/{claim['claim_id']}/confirmation", client=city)


async def close_glass(scene: Scene) -> None:
    doctor = scene.office.service.client("doctor", area="/jinhe/hexi", subject="doctor-wu")
    (glass,) = await scene.office.service.database["break_glass"].find().to_list(None)
    await scene.send("DELETE", f"/v1/break-glass/{glass['_id']}", client=doctor)


async def pass_card(scene: Scene) -> None:
    other = await scene.office.find_resident(2)
    path = f"/v1/residents/{other['resident_id']}/cards"
    given = await scene.send("POST", path, {"card": "CARD-1", "reason": "the family shares one"})
    assert [one["to_id"] for one in given["passings"]] == [other["resident_id"]]


async def read_undo(scene: Scene) -> None:
    path = f"/v1/imports/{scene.undone_id}/undo"
    assert (await scene.send("GET", path))["kept"] == 1
    assert len((await scene.send("GET", f"{path}/kept"))["items"]) == 1


async def accept_row(scene: Scene) -> None:
    (waiting,) = (await scene.send("GET", "/v1/examinations"))["items"]
    await scene.send("POST", f"/v1/examinations/{waiting['examination_id']}/accept", {"reason": "moved in May"})


async def finish_import(scene: Scene) -> None:
    assert await scene.office.step()
    report = await scene.send("GET", f"/v1/imports/{scene.import_id}")
    assert (report["state"], report["added"], [one["row"] for one in report["problems"]]) == ("done", 1, [3])


async def read_journeys(scene: Scene) -> None:
    listed = (await scene.send("GET", "/v1/journeys"))["items"]
    assert listed == [await scene.send("GET", f"/v1/journeys/{scene.journey_id}")]


async def correct_risk_list(scene: Scene) -> None:
    assert (await scene.send("GET", f"/v1/risk-regions/{TODAY}"))["regions"] == {"hubei": "medium"}
    await scene.send("PUT", f"/v1/risk-regions/{TODAY}", {"regions": {}}, 204, scene.office.city)


async def lift_order(scene: Scene) -> None:
    lifting = (await scene.here.lift(scene.order_id)).json()
    assert (await scene.here.decide(lifting["order_id"])).status_code == 200
    await scene.office.service.due()
    assert (await scene.here.read_order(scene.order_id))["state"] == "lifted"


async def revoke_code(scene: Scene) -> None:
    await scene.send("POST", f"/v1/codes/{scene.code_id}/revoke", {"reason": "copied"})


async def end_case(scene: Scene) -> None:
    await scene.office.service.receive(scene.one.released())
    changes = await scene.send("GET", f"/v1/residents/{scene.one.resident_id}/standing/history")
    assert [change["rule"] for change in changes["items"]][-1] != "isolation"


async def uphold_appeal(scene: Scene) -> None:
    chief = scene.office.service.client("community", subject="chief-ma")
    await scene.send("POST", f"/v1/appeals/{scene.appeal_id}/uphold", {"reason": "a mix-up"}, client=chief)


async def send_roster_again(scene: Scene) -> None:
    assert (await scene.office.post(scene.roster)).json()["import_id"] == scene.import_id


USES: dict[str, tuple[Callable[[Scene], Awaitable[None]], bool]] = {  # and whether the use saves a document
    "residents._residents": (change_care, True),
    "residents._households": (finish_import, False),
    "cards._cards": (pass_card, True),
    "contacts._contacts": (set_contact, True),
    "undoing._traces": (read_undo, False),
    "undoing._undos": (read_undo, False),
    "undoing._kept": (read_undo, False),
    "examinations._examinations": (accept_row, True),
    "examinations._notices": (accept_row, False),
    **rights_documents.USES,
    "contacts.claims": (confirm_claim, True),
    "break_glass._glasses": (close_glass, True),
    "code_rules._rules": (approve_rules, True),
    "staff._staff": (change_member, True),
    "staff._changes": (change_member, False),
    "periods._periods": (name_keepers, False),
    "groups._groups": (dissolve_group, True),
    **EMPLOYER_USES,
    "places._places": (name_keepers, True),
    **PLACES,
    "journeys._journeys": (read_journeys, False),
    "journeys._risk_lists": (correct_risk_list, True),
    **TRAVEL_USES,
    "orders._orders": (lift_order, True),
    "orders._parts": (lift_order, True),
    "codes._codes": (revoke_code, True),
    "standings._evidence": (end_case, True),
    "standings._standings": (end_case, True),
    "appeals._appeals": (uphold_appeal, True),
    "import_mappings._mappings": (lambda scene: remember_mapping(scene.office.clerk, "phone"), True),
    "imports._files": (lambda scene: take_error_sheet(scene.office.clerk, scene.import_id), False),
    "imports._imports": (finish_import, True),
    "imports._problems": (finish_import, False),
    "imports._parts": (finish_import, False),
    "imports._claims": (send_roster_again, False),
    **DESK_USES,
    "zones._zones": (lambda scene: tick_item(scene.here.liu, scene.zone_id), True),
}


async def _prepare(service: ServiceUnderTest) -> dict[str, Any]:
    here = Officers(Office(service), await registered(2)(service))
    scene = Scene(here, Resident(here.here, await here.here.find_resident(1)))
    await scene.prepare()
    first = await here.here.find_resident(1)
    ids = {name: value for name, value in vars(scene).items() if name.endswith("_id")}
    return {"residents": here.residents, "first": first, "case_id": scene.one.case_id, "ids": ids}


_prepared = Prepared(_prepare)


async def scene_of(service: MakeService) -> Scene:
    here = await office(service, _prepared)
    one = Resident(here, here.prepared["first"])
    one.case_id = here.prepared["case_id"]
    made = Scene(Officers(here, here.prepared["residents"]), one)
    vars(made).update(here.prepared["ids"])
    return made


@pytest.mark.parametrize("reader", USES)
async def test_a_field_of_a_later_version_is_read_past_and_stays(service: MakeService, reader: str) -> None:
    scene, (use, saves) = await scene_of(service), USES[reader]
    room, _, name = reader.partition(".")
    collection = getattr(getattr(scene.office.service.deps.store, room), name).collection
    await collection.update_many({}, {"$set": LATER})
    database = scene.office.service.database
    parts = await add_to_parts(database, scene.office.service.deps.store, collection.name)
    before = {str(row["_id"]): row async for row in collection.find()}
    assert before
    await use(scene)
    after = {str(row["_id"]): row async for row in collection.find()}
    assert all(LATER.items() <= after[key].items() for key in before.keys() & after.keys())
    assert [key for key in before.keys() & after.keys() if before[key] != after[key]] or not saves
    assert await lost_from_parts(database, collection.name, parts) == []


async def test_personal_data_that_a_later_version_seals_stays(service: MakeService) -> None:
    scene = await scene_of(service)
    residents = scene.office.service.database["residents"]
    await residents.update_many({}, {"$set": {"sealed.birthplace": "sealed"}})
    await scene.office.imported(person(1, name="王小伟"))
    assert (await scene.office.find_resident(1))["name"] == "王小伟"
    assert await residents.count_documents({"sealed.birthplace": "sealed"}) == 3


def test_every_collection_of_documents_is_in_the_table(database: Database) -> None:
    documents = {
        f"{room}.{name}"
        for room, queries in vars(Store(database, SEALER)).items()
        for name, value in vars(queries).items()
        if isinstance(value, Documents)
    }
    assert documents == USES.keys()


async def test_a_change_of_a_colour_with_a_field_of_a_later_version_is_listed(service: MakeService) -> None:
    scene = await scene_of(service)
    await scene.office.service.database["standings"].update_many({}, {"$set": {"trace.0.later": 1}})
    path = f"/v1/residents/{scene.one.resident_id}/standing/history"
    changes = (await scene.send("GET", path))["items"]
    assert [change["rule"] for change in changes] == ["risk_travel", "manual", "isolation"]


async def test_the_version_before_can_read_what_this_one_writes(service: MakeService) -> None:
    """It refuses unknown fields of four kinds, and takes the source of evidence from `order_id`."""
    scene = await scene_of(service)
    database = scene.office.service.database
    strict = {"appeals": Appeal, "colour_orders": ColourOrder, "colour_order_parts": Part, "codes": IssuedCode}
    for name, kind in strict.items():
        known = {"_id", "gone_at"} | {field.name for field in fields(kind)}
        rows = await database[name].find().to_list(None)
        assert [row.keys() - known for row in rows] == [set()] * len(rows), name
    sources = {row["order_id"] async for row in database["evidence"].find({"resident_id": scene.one.resident_id})}
    assert sources == {scene.one.case_id, scene.journey_id, scene.order_id}
    (journey,) = await database["journeys"].find().to_list(None)
    assert journey["journey_id"] == journey["_id"]
