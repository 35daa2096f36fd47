"""A sealed text opens in its own record alone, keys change while the city works, and no text of a person lies open."""

import base64
import json
from typing import Any

import pytest

from services.isolation import main as isolation
from services.registration.usecases.names import NAME
from shared.base.ids import new_id
from shared.base.sealing import FIRST_FORM, UNREADABLE, Sealer, seal_keys_from
from shared.events.registration import ContactPointsChanged
from shared.store.mongo import Database
from shared.store.resealing import STATE
from tests.access.seeds import SEEDS
from tests.conftest import MakeService
from tests.isolation.town import DOOR, Town, town
from tests.registration.office import office, person
from tests.support.http import stated
from tests.support.sealers import unwrapped
from tests.support.service import ServiceUnderTest

WORDS = {"registration": ["接触史待核实", "核酸检测阴性"], "checkpoint": ["张三"]}
OLD, NEW = bytes(range(32)), bytes(range(1, 33))
TEXT = "高血压，长期服药"


def written(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_a_seal_opens_in_no_other_record_and_in_no_other_field() -> None:
    sealer = Sealer(OLD)
    seal = sealer.seal(TEXT, "cases.reason", "c1")
    assert sealer.open(seal, "cases.reason", "c1") == TEXT
    for context, record in (("cases.reason", "c2"), ("cases.note", "c1"), ("cases.reasonc", "1"), ("cases", "c1")):
        with pytest.raises(ValueError, match="does not open"):
            sealer.open(seal, context, record)


def test_a_seal_names_its_key_and_every_key_that_is_held_opens() -> None:
    old, both = Sealer({0: OLD}), Sealer({1: NEW, 0: OLD})
    before, after = old.seal(TEXT, "f", "r"), both.seal(TEXT, "f", "r")
    assert (before[:5], after[:5]) == ("s2.0.", "s2.1.")
    assert [both.open(seal, "f", "r") for seal in (before, after)] == [TEXT] * 2
    assert [both.is_current(seal) for seal in (before, after)] == [False, True]
    with pytest.raises(ValueError, match="the sealing key 1 is not here"):
        old.open(after, "f", "r")
    with pytest.raises(ValueError, match="does not open"):
        both.open(after.replace("s2.1.", "s2.0."), "f", "r")


def test_a_seal_of_the_version_before_is_read_and_one_can_be_made_for_it() -> None:
    seal = Sealer(OLD, FIRST_FORM).seal(TEXT, "f", "r")
    assert seal.startswith("s1.")
    assert Sealer({1: NEW, 0: OLD}).open(seal, "f", "r") == TEXT
    with pytest.raises(ValueError, match="key 0"):
        Sealer({1: NEW}, FIRST_FORM)


def test_sealing_keys_are_read_in_their_order() -> None:
    assert seal_keys_from(written(OLD)) == {0: OLD}
    assert list(seal_keys_from(f"1:{written(NEW)},{written(OLD)}").items()) == [(1, NEW), (0, OLD)]
    for wrong in (
        "",
        "x:",
        f"a:{written(OLD)}",
        f"1:{written(OLD)},1:{written(NEW)}",
        f"{written(OLD)},{written(NEW)}",
    ):
        with pytest.raises(ValueError, match=r".+"):
            seal_keys_from(wrong)


async def everything(database: Database) -> str:
    """Return all that a store holds, as text; the events that wait are in it."""
    rows: list[Any] = []
    for name in await database.list_collection_names():
        rows += await database[name].find().to_list(None)
    return json.dumps(rows, ensure_ascii=False, default=lambda value: repr(value) + _text(value))


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else ""


async def test_the_words_of_doctors_and_officers_are_sealed_and_answered_in_clear(service: MakeService) -> None:
    here = await town(service)
    words = [TEXT, "家属要求延长", "体温计损坏"]
    assert (await here.order(reason=words[0])).status_code == 201
    extension = {"extension_id": new_id(), "days": 2, "reason": words[1]}
    assert (await here.doctor.post(f"/v1/cases/{here.case_id}/extension", json=extension)).status_code == 200
    waived = {"slots": [{"day": "2026-02-11", "half_day": "morning"}], "cause": "equipment", "note": words[2]}
    await here.doctor.post(f"/v1/cases/{here.case_id}/waiver", json=waived)
    kept = await everything(here.service.database)
    assert [word for word in words if word in kept] == []
    assert (await here.doctor.get(f"/v1/cases/{here.case_id}")).json()["reason"] == TEXT
    log = (await here.doctor.get(f"/v1/cases/{here.case_id}/log")).json()["items"]
    assert {words[0], words[1]} <= {line["reason"] for line in log}


@pytest.mark.parametrize(
    ("name", "words"), [("registration", ["接触史待核实", "核酸检测阴性"]), ("checkpoint", ["张三"])]
)
async def test_the_words_at_other_services_are_sealed_too(service: MakeService, name: str, words: list[str]) -> None:
    made = (await SEEDS[name](service)).made
    kept = await everything(made.database)
    assert [word for word in words if word in kept] == []


async def two_cases(here: Town) -> list[dict[str, Any]]:
    assert (await here.order(reason=TEXT)).status_code == 201
    other = new_id()
    await here.register(other, area_path=DOOR)
    answer = await here.order(case_id=new_id(), resident_id=other, reason="发热待查")
    assert answer.status_code == 201, answer.text
    return list(await here.service.database["cases"].find().sort("reason").to_list(None))


async def test_a_sealed_reason_copied_to_another_case_does_not_open(service: MakeService) -> None:
    here = await town(service)
    first, second = await two_cases(here)
    change = {"$set": {"reason": first["reason"]}}
    await here.service.database["cases"].update_one({"_id": second["_id"]}, change)
    answer = await here.doctor.get(f"/v1/cases/{second['_id']}")
    assert answer.json()["reason"] == UNREADABLE
    assert TEXT not in answer.text
    assert (await here.doctor.get(f"/v1/cases/{first['_id']}")).status_code == 200


async def test_a_sealed_name_copied_to_another_resident_does_not_open(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, name="王伟"), person(2, name="李娜"))
    residents = here.service.database["residents"]
    one, other = await residents.find().to_list(None)
    await residents.update_one({"_id": other["_id"]}, {"$set": {"sealed.name": one["sealed"]["name"]}})
    answer = await here.clerk.get(f"/v1/residents/{other['_id']}", headers=stated("上门核查"))
    assert answer.json()["name"] == UNREADABLE
    contacts = here.service.database["contacts"]
    sealed = (await contacts.find_one({"_id": one["_id"]}) or {})["sealed"]
    await contacts.update_one({"_id": other["_id"]}, {"$set": {"sealed": sealed}})
    with pytest.raises(ValueError, match="cannot be read"):
        here.service.deps.sealer.open(sealed, "contact", other["_id"])


async def turns(made: ServiceUnderTest) -> None:
    """Do the recurring work that brings seals along, until it is whole."""
    (work,) = [one for one in made.parts.recurring if one.name == "seals.brought_along"]
    await work.work(made.deps)


def with_keys(made: ServiceUnderTest, variable: str, keys: str, build: Any) -> Any:
    """Return another process of the service, with other sealing keys, on the same store."""
    settings = made.settings.model_copy(update={variable: keys})
    return ServiceUnderTest(build(settings, made.clock), settings, made.database, made._issuer)


async def test_a_new_key_takes_over_while_the_service_works(service: MakeService) -> None:
    here = await town(service)
    await two_cases(here)
    old = here.service.settings.text_seal_key  # type: ignore[attr-defined]
    both, alone = f"1:{written(NEW)},0:{old}", f"1:{written(NEW)}"
    later = with_keys(here.service, "text_seal_key", both, isolation.build)
    assert (await later.client("doctor").get(f"/v1/cases/{here.case_id}")).json()["reason"] == TEXT
    await turns(later)
    rows = [row for name in ("cases", "case_log") for row in await here.service.database[name].find().to_list(None)]
    assert {row["reason"][:5] for row in rows if row["reason"]} == {"s2.1."}
    last = with_keys(here.service, "text_seal_key", alone, isolation.build)
    assert (await last.client("doctor").get(f"/v1/cases/{here.case_id}")).json()["reason"] == TEXT
    for made in (later, last):
        await made.end()


async def test_what_the_version_before_left_in_clear_or_in_its_own_form_is_brought_along(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, name="王伟"))
    database, sealer = here.service.database, here.service.deps.sealer
    key = seal_keys_from(here.service.settings.seal_key)[0]  # type: ignore[attr-defined]
    before = Sealer(key, FIRST_FORM)
    (row,) = await database["residents"].find().to_list(None)
    await database["residents"].update_one(
        {"_id": row["_id"]}, {"$set": {"sealed.name": before.seal("王伟", NAME, "")}}
    )
    contact = await database["contacts"].find_one({"_id": row["_id"]}) or {}
    points = sealer.open(await unwrapped(database, sealer, "contacts", contact), "contact", row["_id"])
    await database["contacts"].update_one({"_id": row["_id"]}, {"$set": {"sealed": before.seal(points, "contact", "")}})
    code = {"_id": "0f" * 16, "code_id": "0f" * 16, "resident_id": row["_id"], "note": "手机遗失"}
    await database["codes"].insert_one(code)
    answer = await here.clerk.get(f"/v1/residents/{row['_id']}", headers=stated("上门核查"))
    assert answer.json()["name"] == "王伟"
    before_turn = len(await here.service.emitted(ContactPointsChanged))
    await turns(here.service)
    (row,) = await database["residents"].find().to_list(None)
    name = await unwrapped(database, sealer, "residents", row, "sealed.name")
    assert row["sealed"]["name"].startswith("p1.")
    assert sealer.is_current(name)
    assert sealer.open(name, NAME, row["_id"]) == "王伟"
    note = (await database["codes"].find_one({"_id": code["_id"]}) or {})["note"]
    assert sealer.open(note, "codes.note", code["_id"]) == "手机遗失"
    events = await here.service.emitted(ContactPointsChanged)
    assert len(events) == before_turn + 1, "others keep the contact under the old seal"
    assert sealer.open(events[-1].sealed, "contact", row["_id"]) == points
    assert await database[STATE].count_documents({"whole_at": None}) == 0


async def test_beside_the_version_before_a_service_writes_what_that_one_reads(service: MakeService) -> None:
    here = await town(service)
    settings = here.service.settings.model_copy(update={"seal_form": FIRST_FORM})
    app = isolation.build(settings, here.service.clock)
    careful = ServiceUnderTest(app, settings, here.service.database, here.service._issuer)
    await careful.start()
    careful.feed_replicas()
    here.doctor = careful.client("doctor", subject="doctor-chen")
    assert (await here.order(reason=TEXT)).status_code == 201
    (row,) = await here.service.database["cases"].find().to_list(None)
    assert row["reason"] == TEXT
    await turns(careful)
    await careful.end()
    await turns(here.service)  # once all processes are new, the text is sealed
    (row,) = await here.service.database["cases"].find().to_list(None)
    assert row["reason"].startswith("s2.")
