"""What a file holds beside name and number: papers, addresses, relation, consent, departure, return and death."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from services.registration.domain import particulars
from services.registration.domain.particulars import Consent, Presence, State
from services.registration.usecases import hashes_brought
from tests.conftest import MakeService
from tests.registration.office import AREA, TODAY, Office, counts, id_number, office, person
from tests.registration.test_asking import look_up
from tests.registration.test_changes import changed, history
from tests.support.prepared import Prepared
from tests.support.service import ServiceUnderTest

PASSPORT = {"kind": "passport", "number": "e 1234 5678"}
SECOND_HOME = {"kind": "second_home", "text": "河西区清水2号院 1-1-101", "path": "/jinhe/hexi/qingshui/c02"}
DIED = {"presence": "dead", "since": "2026-02-09", "note": "家属报告"}


@pytest.mark.parametrize(
    ("kind", "number", "stored"),
    [
        ("resident_id", "110105491231002", "11010519491231002X"),
        ("passport", "e12345678", "E12345678"),
        ("passport", "EA1234567", "EA1234567"),
        ("passport", "C01X00T47", None),
        ("passport", "ABC", None),
        ("hk_macau_permit", "H12345678", "H12345678"),
        ("hk_macau_permit", "M1234567801", "M1234567801"),
        ("hk_macau_permit", "810000199408230021", "810000199408230021"),
        ("hk_macau_permit", "E12345678", None),
        ("taiwan_permit", "12345678", "12345678"),
        ("taiwan_permit", "1234567", None),
        ("foreign_resident_card", "can110105123456", "CAN110105123456"),
        ("foreign_resident_card", "CAN11010512345", None),
        ("resident_id", "110105194912310021", None),
    ],
)
def test_a_paper_is_checked_by_the_rules_of_its_kind(kind: str, number: str, stored: str | None) -> None:
    if stored is None:
        with pytest.raises(ValueError, match="number must have"):
            particulars.check_paper(kind, number)
    else:
        assert particulars.check_paper(kind, number).number == stored


def test_a_relation_is_known_by_its_term_and_another_one_stays_as_it_is() -> None:
    assert [particulars.relation_of(text) for text in ("户主", "spouse", " 子 ", "表弟")] == [
        "head",
        "spouse",
        "son",
        "表弟",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State(), State("dead", TODAY + timedelta(days=1))),
        (State(), State("departed", None)),
        (State("departed", TODAY), State("here", TODAY - timedelta(days=1))),
        (State("dead", TODAY), State("departed", TODAY)),
    ],
)
def test_a_state_that_cannot_be_meant_is_refused(before: State, after: State) -> None:
    with pytest.raises(ValueError, match=r"day|death"):
        particulars.check_state(before, after, TODAY)


def test_a_consent_is_given_before_it_is_withdrawn() -> None:
    particulars.check_consent(Consent("1", TODAY, "w", TODAY), TODAY)
    for consent in (Consent("1", TODAY + timedelta(days=1), "w"), Consent("1", TODAY, "w", date(2025, 1, 1))):
        with pytest.raises(ValueError, match="consent"):
            particulars.check_consent(consent, TODAY)


async def _register(service: ServiceUnderTest) -> list[str]:
    here = Office(service)
    await here.define("/jinhe/hedong/chunhua/c01/a1/g01/p01", "春华1号院")
    await here.imported(person(1, card="CARD-1"), person(2))
    return [(await here.find_resident(n))["resident_id"] for n in (1, 2)]


_registered = Prepared(_register)


async def people(service: MakeService) -> tuple[Office, str]:
    here = await office(service, _registered)
    return here, here.prepared[0]


async def put(here: Office, resident_id: str, what: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await here.clerk.put(f"/v1/residents/{resident_id}/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_papers_addresses_relation_and_consent_are_kept_with_what_was_before(service: MakeService) -> None:
    here, key = await people(service)
    await put(here, key, "papers", {"papers": [PASSPORT]})
    await put(here, key, "addresses", {"addresses": [SECOND_HOME]})
    await put(here, key, "relation", {"relation": "配偶"})
    consent = {"text_version": "2026-01", "given_on": "2026-02-01", "witness": "keeper-1"}
    await put(here, key, "consent", consent)
    file = await put(here, key, "consent", consent | {"withdrawn_on": "2026-02-10"})
    assert (await here.clerk.get(f"/v1/residents/{key}/particulars")).json() == file
    assert file["papers"] == [{"kind": "passport", "number": "E12345678"}]
    assert (file["relation"], file["id_number"], file["left"]) == ("spouse", id_number(1), False)
    assert file["consent"]["withdrawn_on"] == "2026-02-10"
    withdrawn, given, relation, addresses, papers = await history(here, key)
    assert changed(papers) == {"papers": ("", "passport E12345678")}
    assert changed(relation) == {"relation": ("", "配偶 spouse")}
    assert "清水2号院" in changed(addresses)["addresses"][1]
    assert changed(withdrawn)["consent"][0] == changed(given)["consent"][1]
    assert (await here.elsewhere.get(f"/v1/residents/{key}/particulars")).status_code == 404


async def test_a_person_is_looked_up_by_another_paper_and_by_its_end(service: MakeService) -> None:
    here, key = await people(service)
    await put(here, key, "papers", {"papers": [PASSPORT]})
    assert await look_up(here, "E12345678") == ([key], ["paper"])
    assert (await look_up(here, "5678"))[0] == [key]
    await here.service.database["residents"].update_many({}, {"$set": {"number_hashes": []}})
    await here.service.database["brought_files"].delete_many({})
    await hashes_brought.bring_along(here.service.deps)
    assert (await look_up(here, "E12345678"))[0] == [key]
    await put(here, key, "papers", {"papers": []})
    assert (await look_up(here, "E12345678"))[0] == []


async def test_a_paper_that_cannot_be_one_is_refused_with_what_is_wrong(service: MakeService) -> None:
    here, key = await people(service)
    for papers in ([{"kind": "passport", "number": "ABC"}], [PASSPORT, PASSPORT]):
        answer = await here.clerk.put(f"/v1/residents/{key}/papers", json={"papers": papers})
        assert (answer.status_code, answer.json()["code"]) == (400, "registration.bad_particulars")


async def test_nothing_of_it_is_in_clear_in_the_store_or_in_an_event(service: MakeService) -> None:
    here, key = await people(service)
    before = len(await here.service.emitted())
    await put(here, key, "papers", {"papers": [PASSPORT]})
    await put(here, key, "addresses", {"addresses": [SECOND_HOME]})
    for name in ("residents", "resident_changes", "outbox", "latest"):
        text = json.dumps(await here.service.database[name].find().to_list(None), default=str, ensure_ascii=False)
        assert not [one for one in ("E12345678", "清水2号院") if one in text], name
    assert len(await here.service.emitted()) == before


async def test_a_death_ends_codes_and_cards_and_says_so_to_the_gates(service: MakeService) -> None:
    here, key = await people(service)
    printed = await here.clerk.post(f"/v1/residents/{key}/printed-codes", json={"card_id": key})
    assert printed.status_code < 300, printed.text
    since = len(await here.service.emitted())
    file = await put(here, key, "state", DIED)
    assert (file["left"], file["state"]) == (True, DIED)
    events = await here.events_since(since)
    moved = next(one for one in events if one.type.startswith("registration.ResidentMoved"))
    assert (moved.left, moved.card_hashes) == (True, ())
    assert [one.reason for one in events if one.type.startswith("registration.CodeRevoked")] == ["left"]
    again = await here.clerk.post(f"/v1/residents/{key}/printed-codes", json={"card_id": here.prepared[1]})
    assert (again.status_code, again.json()["code"]) == (409, "registration.resident_left")
    assert (await look_up(here, "wangwei1"))[0] == []
    assert (await put(here, key, "state", DIED)) == file
    assert len(await here.events_since(since)) == len(events)


async def test_a_roster_brings_back_who_departed_and_not_who_died(service: MakeService) -> None:
    here, key = await people(service)
    await put(here, key, "state", {"presence": "departed", "since": "2026-02-01"})
    assert counts(await here.imported(person(1))) == (1, 0, 0, 0)
    back = (await here.clerk.get(f"/v1/residents/{key}/particulars")).json()
    assert (back["left"], back["state"]["presence"], back["state"]["since"]) == (False, "here", "2026-02-10")
    await put(here, key, "state", DIED | {"since": "2026-02-10"})
    report = await here.imported(person(1))
    assert (report["rejected"], "dead" in report["problems"][0]["problem"]) == (1, True)
    assert (await here.clerk.get(f"/v1/residents/{key}/particulars")).json()["left"]


async def test_a_death_that_was_stated_by_mistake_is_undone_with_the_card(service: MakeService) -> None:
    here, key = await people(service)
    await put(here, key, "state", DIED)
    (change,) = await history(here, key)
    assert {"state", "left", "card_hashes"} <= changed(change).keys()
    path = f"/v1/residents/{key}/changes/{change['change_id']}/undo"
    answer = await here.clerk.post(path, json={"reason": "同名误登"})
    assert answer.status_code < 300, answer.text
    file = (await here.clerk.get(f"/v1/residents/{key}/particulars")).json()
    assert (file["left"], file["state"]["presence"]) == (False, Presence.HERE.value)
    assert len((await here.clerk.get(f"/v1/residents/{key}/cards")).json()["items"]) == 1


async def test_no_official_states_the_own_death_and_no_grid_worker_any(service: MakeService) -> None:
    here, key = await people(service)
    worker = here.service.client("grid_worker", subject="worker-1")
    assert (await worker.put(f"/v1/residents/{key}/state", json=DIED)).status_code == 403
    own = here.service.client("community", area=AREA, subject=key)
    answer = await own.put(f"/v1/residents/{key}/state", json=DIED)
    assert (answer.status_code, answer.json()["code"]) == (409, "access.own_decision")


async def test_a_state_again_with_another_day_and_one_of_the_future_are_refused(service: MakeService) -> None:
    here, key = await people(service)
    await put(here, key, "state", DIED)
    for body, code in (
        (DIED | {"since": "2026-02-08"}, "registration.same_state"),
        ({"presence": "here", "since": "2026-02-11"}, "registration.bad_particulars"),
    ):
        answer = await here.clerk.put(f"/v1/residents/{key}/state", json=body)
        assert answer.json()["code"] == code
