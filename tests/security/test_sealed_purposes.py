"""Purposes of readings and messages are sealed in the store, also those that an earlier version left in clear."""

from datetime import timedelta

import pytest

from deploy.audit.act_log import verify
from shared.store.act_chain import Chain
from shared.web.access import Principal, Role
from tests.access.seeds import SEEDS
from tests.checkpoint.gate import NOW
from tests.conftest import MakeService
from tests.isolation.town import town
from tests.security.chaining import begin_on
from tests.security.test_seals import TEXT, turns


@pytest.mark.parametrize("name", ["registration", "checkpoint", "isolation", "supply"])
async def test_the_purpose_of_a_reading_is_sealed_and_answered_in_clear(service: MakeService, name: str) -> None:
    made = (await SEEDS[name](service)).made
    disclosures, purpose = made.app.state.disclosures, "排查张三的密接"
    official = Principal("office-5", frozenset({Role.COMMUNITY}), "/jinhe", None)
    await disclosures.record(official, "resident", "r-1", "/jinhe/hedong", purpose)
    (row,) = await made.database["readings"].find({"subject": "r-1"}).to_list(None)
    assert row["purpose"].startswith("s2.")
    answer = await made.client("auditor", area="/").get("/v1/readings", params={"subject": "r-1"})
    assert [one["purpose"] for one in answer.json()["items"]] == [purpose]


async def test_a_purpose_that_an_earlier_version_left_in_clear_is_sealed_and_the_log_still_holds_it(
    service: MakeService,
) -> None:
    here = await town(service)
    disclosures, database = here.service.app.state.disclosures, here.service.database
    sealer, disclosures._sealer = disclosures._sealer, None  # as the version before records
    official = Principal("office-5", frozenset({Role.COMMUNITY}), "/jinhe", None)
    await disclosures.record(official, "case", "r-1", "/jinhe/hedong", TEXT)
    disclosures._sealer = sealer
    for _ in range(2):
        await turns(here.service)
        (row,) = await database["readings"].find({"subject": "r-1"}).to_list(None)
        assert sealer.open(row["purpose"], "readings.purpose", row["_id"]) == TEXT
        chain = Chain(database, begin_on(database))
        while await chain.extend():
            pass
        assert (await verify(database)).faults == []
        await database["resealing"].delete_many({})
    await database["readings"].update_one({"_id": row["_id"]}, {"$set": {"purpose": "another"}})
    assert any(row["_id"] in fault for fault in (await verify(database)).faults)


async def test_messages_are_sealed_in_the_store_and_read_in_clear(service: MakeService) -> None:
    made = (await SEEDS["notification"](service)).made
    messages = made.database["messages"]
    rows = await messages.find().to_list(None)
    assert rows
    assert all(row[name].startswith("s2.") for row in rows for name in ("title", "body"))
    one = rows[0]
    clear = await made.deps.store.messages.get(one["_id"])
    assert (clear.title.startswith("s2."), clear.body.startswith("s2.")) == (False, False)
    await messages.update_one({"_id": one["_id"]}, {"$set": {"title": clear.title, "body": clear.body}})
    assert await made.deps.store.messages.get(one["_id"]) == clear
    await turns(made)
    sealed = await messages.find_one({"_id": one["_id"]}) or {}
    assert all(sealed[name].startswith("s2.") for name in ("title", "body"))
    assert await made.deps.store.messages.get(one["_id"]) == clear


async def test_the_reasons_of_policies_and_cards_hold_no_number_of_a_person(service: MakeService) -> None:
    seeded = await SEEDS["checkpoint"](service)
    office = seeded.made.client("community", area="/jinhe", subject="office-8")
    path = f"/v1/checkpoints/{seeded.ids['checkpoint_id']}/policies/{(NOW + timedelta(hours=1)).isoformat()}"
    for reason, status in (("张三 138 0013 8000 举报", 422), ("封闭管理", 200)):
        answer = await office.put(path, json={"reason": reason, "exits": "permit"})
        assert answer.status_code == status, answer.text
    people = await SEEDS["registration"](service)
    clerk = people.made.client("community", subject="clerk")
    card = {"card": "CARD-7", "reason": "身份证11010519491231002X"}
    answer = await clerk.post(f"/v1/residents/{people.ids['resident_id']}/cards", json=card)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.personal_number")
