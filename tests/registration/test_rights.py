"""The rights of a person: a copy, a correction, and an erasure after which nothing gives the person back (N11)."""

from typing import Any

import pytest

from services.registration.domain import rights as rules
from shared.base.errors import Unreadable
from shared.base.ids import new_id
from shared.base.sealing import Sealer, is_seal
from shared.events.erasures import IsolationErased
from shared.events.registration import ContactPointsChanged
from shared.events.registration_rights import ErasureOrdered, ResidentErased, RightKind, RightsAnswered
from shared.store.latest import FIRST
from shared.store.mongo import Database
from shared.store.person_keys import PersonKeys
from tests.conftest import MakeService
from tests.registration.office import AREA, Office, id_number, office, person
from tests.support.http import stated

PURPOSE = stated("本人到窗口申请")
NAME, PHONE = "欧阳建国", "19912345678"
GONE = (NAME, PHONE, id_number(1))


async def counter(service: MakeService) -> tuple[Office, str]:
    """Return an office with one resident, whose phone and name were changed once."""
    here = await office(service)
    await here.imported(person(1))
    await here.imported(person(1, name=NAME, phone=PHONE))
    return here, (await here.find_resident(1))["resident_id"]


async def ask(here: Office, resident_id: str, kind: str, **more: str) -> dict[str, Any]:
    body = {"request_id": new_id(), "kind": kind, "identity": "paper_seen", "note": f"身份证 {NAME}", **more}
    answer = await here.clerk.post(f"/v1/residents/{resident_id}/rights", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def decide(here: Office, request: dict[str, Any], how: str, status: int = 200) -> dict[str, Any]:
    answer = await here.city.post(f"/v1/rights/{request['request_id']}/{how}", json={"reason": "材料齐全，予以办理"})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def erased(here: Office, resident_id: str) -> dict[str, Any]:
    """Erase a resident, and let registration follow its own order."""
    request = await decide(here, await ask(here, resident_id, "erasure"), "grant")
    await publish_all(here)
    await here.service.receive(*await here.service.emitted(ErasureOrdered))
    return request


async def publish_all(here: Office) -> None:
    """Mark what waits in the outbox as published, as the relay does."""
    await here.service.database["outbox"].update_many({}, {"$set": {"published_at": here.service.clock.now()}})


def texts_in(value: Any) -> list[str]:
    """Return every text in a document, at any depth."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_in(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in texts_in(one)]
    if isinstance(value, bytes):
        return [value.decode(errors="replace")]
    return [value] if isinstance(value, str) else []


async def read_all(database: Database, sealer: Sealer, contexts: set[str]) -> list[str]:
    """Return every text of a store, and what each seal in it holds that the service's key still opens."""
    texts: list[str] = []
    for name in await database.list_collection_names():
        for row in await database[name].find().to_list(None):
            for text in texts_in(row):
                texts += [text, *_tried(sealer, text, contexts | {f"{name}.{field}" for field in row}, row)]
    return texts


def _tried(sealer: Sealer, text: str, contexts: set[str], row: Any) -> list[str]:
    if not is_seal(text):
        return []
    records = {str(row["_id"]), str(row.get("person_id")), str(row.get("resident_id"))}
    clear = []
    for context in contexts:
        for record in records:
            try:
                clear.append(sealer.open(text, context, record))
            except Unreadable:
                continue
    return clear


CONTEXTS = {"resident.name", "resident.id_number", "resident.particulars", "contact", "resident_change", "appeal.text"}


async def test_after_an_erasure_no_document_of_the_store_gives_the_person_back(service: MakeService) -> None:
    here, resident_id = await counter(service)
    database, sealer = here.service.database, here.service.deps.sealer
    copy = {name: await database[name].find().to_list(None) for name in ("residents", "contacts", "resident_changes")}
    await erased(here, resident_id)
    texts = await read_all(database, sealer, CONTEXTS)
    for word in GONE:
        assert not [text for text in texts if word in text], word
    (file,) = await database["residents"].find({"_id": resident_id}).to_list(None)
    assert (file["name_hashes"], file["phone_hashes"], file["number_hashes"]) == ([], [], [])
    # A backup of the store, taken before, opens no more: the key is gone.
    assert await PersonKeys(database, sealer).of([resident_id]) == {}
    seals = [text for rows in copy.values() for row in rows for text in texts_in(row) if text.startswith("p1.")]
    assert len(seals) == 5
    for text in seals:
        with pytest.raises(Unreadable):
            sealer.open(text, "resident.name", resident_id)


async def test_what_is_published_last_of_an_erased_person_holds_nothing_of_them(service: MakeService) -> None:
    here, resident_id = await counter(service)
    await decide(here, await ask(here, resident_id, "erasure"), "grant")
    (last,) = await here.service.emitted(ResidentErased)
    assert (last.id_number_hash, last.gate_seal, last.household_id, last.left) == (None, None, "", True)
    assert (last.area_path, last.card_hashes, last.staff_id) == (AREA, (), None)
    contact = (await here.service.emitted(ContactPointsChanged))[-1]
    assert PHONE not in here.service.deps.sealer.open(contact.sealed, "contact", resident_id)
    await publish_all(here)
    await here.service.receive(*await here.service.emitted(ErasureOrdered))
    kept = [row for name in (FIRST, "outbox") for row in await here.service.database[name].find().to_list(None)]
    topics = {one["topic"] for row in kept for one in row["events"] if one["key"] == resident_id}
    assert not topics & {"registration.residents.v1", "registration.contacts.v1"}
    newest = await here.service.database["latest"].find_one({"_id": f"registration.residents.v1/{resident_id}"})
    assert newest
    assert newest["type"] == ResidentErased.type


async def test_a_second_erasure_and_a_repeated_order_change_nothing(service: MakeService) -> None:
    here, resident_id = await counter(service)
    request = await erased(here, resident_id)
    before = await here.service.database["residents"].find().to_list(None)
    await here.service.receive(*await here.service.emitted(ErasureOrdered))
    again = await here.city.post(f"/v1/rights/{request['request_id']}/grant", json={"reason": "再次提交同一决定"})
    assert (again.status_code, again.json()["state"]) == (200, "granted")
    assert await here.service.database["residents"].find().to_list(None) == before
    body = {"request_id": new_id(), "kind": "erasure"}
    refused = await here.clerk.post(f"/v1/residents/{resident_id}/rights", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "registration.erased")


async def test_the_file_is_not_to_be_searched_any_more_and_the_person_can_be_registered_anew(
    service: MakeService,
) -> None:
    here, resident_id = await counter(service)
    await erased(here, resident_id)
    for text in (NAME, "ouyang", PHONE, PHONE[-4:], id_number(1)):
        answer = await here.clerk.post("/v1/residents/look-up", json={"text": text})
        assert not [one for one in answer.json().get("items", []) if one["resident_id"] == resident_id], text
    await here.imported(person(1, name=NAME, phone=PHONE))
    assert (await here.find_resident(1))["resident_id"] != resident_id


async def test_an_erasure_names_which_services_have_confirmed_it(service: MakeService) -> None:
    here, resident_id = await counter(service)
    request = await erased(here, resident_id)
    event = {"resident_id": resident_id, "request_id": request["request_id"], "area_path": AREA}
    counts = {"removed": {}, "kept": {"cases": 2}}
    await here.service.receive(IsolationErased(**event, **counts, erased_at=here.service.clock.now()))
    request_now = (await here.clerk.get(f"/v1/rights/{request['request_id']}")).json()
    assert [one["service"] for one in request_now["confirmed"]] == ["registration", "isolation"]
    assert request_now["awaited"] == ["checkpoint", "supply", "notification"]
    assert request_now["note"] == ""


async def test_an_erasure_waits_while_a_correction_is_open_and_says_so_in_both_languages(
    service: MakeService,
) -> None:
    here, resident_id = await counter(service)
    wanted = {"about": "name", "wanted": "欧阳建邦", "evidence": "户口簿"}
    correction = await ask(here, resident_id, "correction", **wanted)
    request = await ask(here, resident_id, "erasure")
    assert request["obstacles"] == ["other_request"]
    refused = await decide(here, request, "grant", 409)
    assert (refused["code"], refused["obstacles"]) == ("registration.erasure_waits", ["other_request"])
    assert "更正申请尚未办结" in str(refused)
    await decide(here, correction, "refuse")
    assert (await decide(here, request, "grant"))["state"] == "granted"


async def test_a_correction_changes_the_file_and_its_history_keeps_before_and_after(service: MakeService) -> None:
    here, resident_id = await counter(service)
    wanted = {"about": "name", "wanted": "欧阳建邦", "evidence": "户口簿"}
    request = await ask(here, resident_id, "correction", **wanted)
    own = await here.clerk.post(f"/v1/rights/{request['request_id']}/grant", json={"reason": "自己受理自己批准"})
    assert (own.status_code, own.json()["code"]) == (409, "registration.own_request")
    await decide(here, request, "grant")
    file = (await here.clerk.get(f"/v1/residents/{resident_id}", headers=PURPOSE)).json()
    assert file["name"] == "欧阳建邦"
    (change, *_) = (await here.clerk.get(f"/v1/residents/{resident_id}/changes")).json()["items"]
    assert (change["act"], change["reason"]) == ("correction", "材料齐全，予以办理")
    assert len(await here.service.emitted(RightsAnswered)) == 1


async def test_a_copy_holds_the_file_in_clear_for_the_person_and_the_office_alone(service: MakeService) -> None:
    here, resident_id = await counter(service)
    request = await ask(here, resident_id, "export")
    assert (request["state"], request["copy_ready"]) == ("granted", True)
    path = f"/v1/personal-data/{resident_id}"
    own = here.service.client("resident", subject=resident_id)
    answer = (await own.get(path)).json()
    (file,) = next(one["rows"] for one in answer["kinds"] if one["kind"] == "file")
    assert (file["name"], file["phone"], file["id_number"]) == GONE
    assert (await here.clerk.get(path)).json()["code"] == "request.purpose_missing"
    assert (await here.clerk.get(path, headers=PURPOSE)).status_code == 200
    assert (await here.elsewhere.get(path, headers=PURPOSE)).status_code == 404
    readings = await here.service.database["readings"].find({"kind": "personal_data"}).to_list(None)
    assert [one["reader"] for one in readings] == ["office-liu"]


def test_the_policy_of_the_day_gives_the_deadline_and_names_its_source() -> None:
    for policy in rules.POLICIES:
        assert rules.policy_at(policy.since) is policy
        assert set(policy.answer_days) == set(RightKind)
        assert str(policy.since.year) in policy.source
