"""Every service erases what it holds of a person, keeps what the law asks for without words, and confirms it once."""

from typing import Any

from services.notification import main as notification
from services.notification.settings import Settings as NotificationSettings
from shared.base.ids import new_id
from shared.events.erasures import CheckpointErased, Erased, IsolationErased, NotificationErased
from shared.events.registration import ContactPointsChanged, ResidentRegistered
from shared.events.registration_rights import ErasureOrdered
from tests.access.seeds import SEEDS
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.support.http import stated
from tests.support.service import AREA, MORNING, ServiceUnderTest

DOOR = f"{AREA}/a1/g01/p01/1/1/101"
WORDS = "欧阳建国说自己去过外地"


def order(resident_id: str) -> ErasureOrdered:
    return ErasureOrdered(resident_id=resident_id, request_id=new_id(), area_path=AREA, ordered_at=MORNING)


async def confirmed_once(made: ServiceUnderTest, resident_id: str, contract: type[Erased]) -> Erased:
    """Have a service receive the order twice; return its one confirmation."""
    (event,) = await made.receive(order(resident_id))
    await made.receive(event)
    (confirmation,) = await made.emitted(contract)
    return confirmation


async def test_isolation_keeps_a_closed_case_without_words_door_or_household(service: MakeService) -> None:
    here = await town(service)
    assert (await here.order(reason=WORDS)).status_code == 201
    confirmation = await confirmed_once(here.service, here.resident_id, IsolationErased)
    assert confirmation.kept["cases"] == 1
    (case,) = await here.service.database["cases"].find().to_list(None)
    assert (case["reason"], case["area_path"], case["household_id"]) == ("", AREA, "")
    assert {row["reason"] for row in await here.service.database["case_log"].find().to_list(None)} == {""}
    assert {row["area_path"] for row in await here.service.database["measurements"].find().to_list(None)} == {AREA}


async def test_notification_removes_messages_their_copies_and_every_contact(service: MakeService) -> None:
    made = await service(notification.build, NotificationSettings)
    person, other = new_id(), new_id()
    sealed = made.deps.sealer.seal('{"phone": "19912345678"}', "contact", person)
    for one in (person, other):
        await made.receive(ContactPointsChanged(person_id=one, area_path=DOOR, sealed=sealed))
    database = made.database
    await database["contacts"].insert_one({"_id": f"{person}#1", "area_path": DOOR, "sealed": sealed})
    rows = [(new_id(), person, "case-1"), (new_id(), other, person), (new_id(), other, "case-2")]
    for key, to, about in rows:
        await database["messages"].insert_one({"_id": key, "recipient_id": to, "subject": about, "body": WORDS})
        await database["copies"].insert_one({"_id": f"{key}/sms", "message_id": key})
    confirmation = await confirmed_once(made, person, NotificationErased)
    assert confirmation.removed == {"copies": 2, "contacts": 2, "messages": 2}
    left: list[dict[str, Any]] = await database["messages"].find().to_list(None)
    assert [(row["recipient_id"], row["subject"]) for row in left] == [(other, "case-2")]
    assert [row["_id"] for row in await database["contacts"].find().to_list(None)] == [other]
    assert await database["copies"].count_documents({}) == 1


async def test_checkpoint_keeps_passages_under_the_random_id_and_drops_permits(service: MakeService) -> None:
    seeded = await SEEDS["checkpoint"](service)
    made, person = seeded.made, new_id()
    passage = {"_id": new_id(), "resident_id": person, "at": MORNING, "gate_id": "g", "device_id": "d", "seq": 1}
    await made.database["passages"].insert_one(passage)
    await made.database["permits"].insert_one({"_id": new_id(), "resident_id": person})
    confirmation = await confirmed_once(made, person, CheckpointErased)
    assert confirmation.removed == {"permits": 1}
    assert confirmation.kept == {"passages": 1}
    assert await made.database["permits"].count_documents({"resident_id": person}) == 0


async def test_a_person_reads_what_a_service_holds_and_an_office_outside_does_not(service: MakeService) -> None:
    here = await town(service)
    assert (await here.order(reason=WORDS)).status_code == 201
    path, purpose = f"/v1/personal-data/{here.resident_id}", stated("本人到窗口申请")
    answer = await here.resident.get(path)
    assert answer.status_code == 200, answer.text
    (case,) = next(one["rows"] for one in answer.json()["kinds"] if one["kind"] == "cases")
    assert case["reason"] == WORDS
    assert (await here.office.get(path)).status_code == 400
    assert (await here.office.get(path, headers=purpose)).status_code == 200
    elsewhere = here.service.client("community", area="/jinhe/hexi")
    assert (await elsewhere.get(path, headers=purpose)).status_code == 404
    other = here.service.client("resident", subject=new_id())
    assert (await other.get(path)).status_code == 404
    again = (await here.resident.get(path)).json()["kinds"]
    assert OFFICE_READ in str(again), "a person learns who read the data"


OFFICE_READ = "personal_data"


async def test_supply_and_isolation_know_where_a_person_lives_by_the_bus(service: MakeService) -> None:
    here = await town(service)
    person = new_id()
    event = ResidentRegistered(resident_id=person, household_id="h", area_path=DOOR)
    await here.service.receive(event)
    assert await here.service.deps.personal.home(person) == DOOR
    assert await here.service.deps.personal.home(new_id()) is None
