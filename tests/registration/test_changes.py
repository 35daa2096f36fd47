"""The history of residents' files: who changed what, when and why, with what was before, sealed."""

import json
from typing import Any

from services.registration.usecases.changes import DETAILS
from shared.base.sealing import Sealer
from shared.store.act_log import ACTS, log_of
from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, Office, counts, office, person
from tests.security.test_seals import seal_keys_from, turns
from tests.support.sealers import unwrapped


async def history(here: Office, resident_id: str, client: Any = None) -> list[dict[str, Any]]:
    """Return the changes of a file, the newest first."""
    answer = await (client or here.clerk).get(f"/v1/residents/{resident_id}/changes")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def changed(change: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["field"]: (one["before"], one["after"]) for one in change["changes"]}


async def test_an_import_that_renames_and_moves_a_person_keeps_what_was_before(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, categories="残疾", card="CARD-1"), person(2))
    report = await here.imported(
        person(1, name="李小伟", room="909", phone="19911112222", categories="无", card="CARD-2"), person(2)
    )
    assert counts(report) == (0, 1, 1, 0)
    resident_id = (await here.find_resident(1))["resident_id"]
    (change,) = await history(here, resident_id)
    assert (change["act"], change["by"], change["import_id"]) == ("import", "office-liu", report["import_id"])
    assert (change["row"], change["at"]) == (2, "2026-02-10T01:00:00Z")
    facts = changed(change)
    cards = facts.pop("card_hashes")
    assert facts == {
        "name": ("王伟1", "李小伟"),
        "area_path": (f"{COMPOUND}/1/2/101", f"{COMPOUND}/1/2/909"),
        "phone": ("19900000001", "19911112222"),
        "categories": ("disabled", ""),
    }
    assert cards[0] != cards[1]
    assert "CARD" not in json.dumps(change)


async def test_changes_by_clerks_are_kept_with_who_why_and_the_request(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1, card="CARD-1"), person(2))
    first, second = [(await here.find_resident(n))["resident_id"] for n in (1, 2)]
    worker = here.service.client("grid_worker", subject="worker-1")
    care = {"categories": ["disabled"], "keeper_id": "keeper-1"}
    await worker.put(f"/v1/residents/{second}/care", json=care)
    await here.clerk.put(f"/v1/residents/{second}/staff", json={"person_id": "doctor-wu"})
    await worker.put(f"/v1/contacts/{second}", json={"phone": "13911112222"})
    await here.clerk.post(f"/v1/residents/{second}/cards", json={"card": "CARD-1", "reason": "登记时弄错了"})
    card, contact, staff, care_change = await history(here, second)
    assert [one["act"] for one in (care_change, staff, contact, card)] == ["care", "staff", "contact", "card"]
    assert changed(care_change) == {"categories": ("", "disabled"), "keeper_id": ("", "keeper-1")}
    assert care_change["by"] == "worker-1"
    assert len({one["request"] for one in (card, contact, staff, care_change)}) == 4
    assert changed(staff) == {"staff_id": ("", "doctor-wu")}
    assert changed(contact) == {"phone": ("19900000002", "13911112222")}
    assert card["reason"] == "登记时弄错了"
    (given_up,) = await history(here, first)
    assert (given_up["act"], list(changed(given_up))) == ("card", ["card_hashes"])


async def test_new_residents_and_unchanged_rows_write_no_change(service: MakeService) -> None:
    here = await office(service)
    report = await here.imported(*(person(n) for n in range(1, 6)))
    await here.imported(*(person(n) for n in range(1, 6)))
    assert await here.service.database["resident_changes"].count_documents({}) == 0
    assert (await here.find_resident(3))["import_id"] == report["import_id"]


async def test_the_history_is_sealed_and_a_new_key_takes_it_along(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1))
    await here.imported(person(1, name="李小伟", phone="19911112222"))
    changes = here.service.database["resident_changes"]
    (row,) = await changes.find().to_list(None)
    clear = json.dumps(row, default=str, ensure_ascii=False)
    assert [one for one in ("王伟1", "李小伟", "19911112222", "19900000001") if one in clear] == []
    old = Sealer(seal_keys_from(here.service.settings.seal_key)[0], 1)  # type: ignore[attr-defined]
    sealer = here.service.deps.sealer
    inner = await unwrapped(here.service.database, sealer, "resident_changes", row)
    details = sealer.open(inner, DETAILS, row["_id"])
    await changes.update_one({}, {"$set": {"sealed": old.seal(details, DETAILS, row["_id"])}})
    await turns(here.service)
    (row,) = await changes.find().to_list(None)
    assert row["sealed"].startswith("p1.")
    assert sealer.is_current(await unwrapped(here.service.database, sealer, "resident_changes", row))
    kinds = [one["kind"] async for one in log_of(here.service.database)[ACTS].find()]
    assert "registration.ResidentChange" in kinds


async def test_staff_and_auditors_of_the_persons_area_read_the_history_and_that_is_recorded(
    service: MakeService,
) -> None:
    here = await office(service)
    await here.imported(person(1))
    await here.imported(person(1, name="李小伟"))
    path = f"/v1/residents/{(await here.find_resident(1))['resident_id']}/changes"
    auditor = here.service.client("auditor", subject="auditor-1")
    for client, status in ((here.clerk, 200), (auditor, 200), (here.city, 200), (here.elsewhere, 404)):
        assert (await client.get(path)).status_code == status
    own = here.service.client("resident", area=AREA, subject="r")
    assert (await own.get(path)).status_code == 403
    readings = await here.service.database["readings"].find({"kind": "resident_change"}).to_list(None)
    assert [one["reader"] for one in readings] == ["office-liu", "auditor-1", "city-office"]


async def test_the_history_is_listed_by_pages_the_newest_first(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1))
    for name in ("甲", "乙", "丙"):
        await here.imported(person(1, name=name))
    path, names, after = f"/v1/residents/{(await here.find_resident(1))['resident_id']}/changes", [], ""
    while after is not None:
        page = (await here.clerk.get(path, params={"limit": 2, "after": after})).json()
        names += [changed(one)["name"][1] for one in page["items"]]
        after = page["next"]
    assert names == ["丙", "乙", "甲"]


async def test_the_report_of_an_import_names_what_each_row_changed(service: MakeService) -> None:
    here = await office(service)
    await here.imported(person(1), person(2), person(3))
    report = await here.imported(person(3, phone="19911112222"), person(2), person(1, name="李小伟"))
    path = f"/v1/imports/{report['import_id']}/changes"
    page = (await here.clerk.get(path, params={"limit": 1})).json()
    rows = page["items"] + (await here.clerk.get(path, params={"after": page["next"]})).json()["items"]
    assert [(one["row"], changed(one)) for one in rows] == [
        (2, {"phone": ("19900000003", "19911112222")}),
        (4, {"name": ("王伟1", "李小伟")}),
    ]
    assert rows[1]["changes"][0]["title"] == "姓名 name"
    assert (await here.elsewhere.get(path)).status_code == 404


async def test_what_a_file_held_in_another_area_is_not_for_the_new_office(service: MakeService) -> None:
    here = await office(service)
    await here.define("/jinhe/hexi/qingshui/c02/a1/g01/p09", "清水院")
    await here.imported(person(1))
    await here.imported(person(1, name="李小伟"))
    await here.imported(person(1, name="李小伟", compound="清水院"), client=here.city)
    resident_id = (await here.find_resident(1))["resident_id"]
    moved, renamed = await history(here, resident_id, here.elsewhere)
    assert changed(moved)["area_path"] == (None, "/jinhe/hexi/qingshui/c02/a1/g01/p09/1/2/101")
    assert changed(renamed) == {"name": (None, None)}
    assert changed((await history(here, resident_id, here.city))[1]) == {"name": ("王伟1", "李小伟")}
