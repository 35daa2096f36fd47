"""A phone that an official replaces, and a member of staff whom another area claims."""

from shared.events.registration_acts import ContactReplaced
from tests.conftest import MakeService
from tests.notification import scene
from tests.registration.office import GRID
from tests.registration.resident import resident


async def test_the_former_number_is_published_sealed_and_kept(service: MakeService) -> None:
    one = await resident(service)
    worker = one.here.service.client("grid_worker", subject="worker-1")
    path = f"/v1/contacts/{one.resident_id}"
    assert (await worker.put(path, json={"phone": "13911112222"})).status_code == 204
    (replaced,) = await one.here.service.emitted(ContactReplaced)
    assert (replaced.subject_id, replaced.replaced_by) == (one.resident_id, "worker-1")
    assert "19900000001" in one.here.service.deps.sealer.open(replaced.sealed_before, "contact", one.resident_id)
    (before,) = await one.here.service.database["contacts_before"].find().to_list(None)
    assert (before["person_id"], before["sealed"]) == (one.resident_id, replaced.sealed_before)


async def test_a_message_goes_to_the_former_number_too(service: MakeService) -> None:
    town = await scene.notification(service)
    (event,) = [one for one in scene.acts() if isinstance(one, ContactReplaced)]
    (received,) = await town.receive(event)
    former = f"{event.subject_id}#{received.id}"
    written = await scene.read_messages(town)
    assert written == sorted([(event.subject_id, "contact_replaced"), (former, "contact_replaced")])
    contact = await town.database["contacts"].find_one({"_id": former})
    assert contact
    assert contact["sealed"] == event.sealed_before


async def test_the_area_where_a_doctor_answers_for_a_place_decides_and_not_the_first_claim(
    service: MakeService,
) -> None:
    one = await resident(service)
    phone, path = {"phone": "13911112222"}, "/v1/contacts/doctor-wu"
    assert (await one.here.elsewhere.put(path, json=phone)).status_code == 204  # no area has the doctor yet
    duty = {"keepers": [{"person_id": "doctor-wu", "duty": "doctor"}]}
    assert (await one.here.clerk.put("/v1/places/keepers", params={"path": GRID}, json=duty)).status_code == 200
    assert (await one.here.clerk.put(path, json={"phone": "13800138000"})).status_code == 204
    assert (await one.here.elsewhere.put(path, json=phone)).status_code == 404
