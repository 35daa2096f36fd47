"""Least privilege: what of an answer a role does not see although its route is open to it."""

from datetime import timedelta

import pytest

from services.checkpoint.settings import Settings as CheckpointSettings
from shared.base.ids import new_id
from shared.store.changes import SETTLED_AFTER
from shared.web.sights import SEEN_BY
from tests.access.table import SIGHTS
from tests.checkpoint.gate import NOW, Gate, build, scan
from tests.checkpoint.test_permits import staff
from tests.conftest import MakeService
from tests.supply.town import deliveries, open_case, supply
from tests.support.waiting import PATIENCE_S


def test_the_table_of_access_names_who_sees_what() -> None:
    assert SEEN_BY == SIGHTS


@pytest.mark.parametrize(
    ("role", "temperature"), [("doctor", 38.5), ("community", None), ("grid_worker", None), ("city", None)]
)
async def test_temperatures_at_gates_are_for_doctors(
    service: MakeService, role: str, temperature: float | None
) -> None:
    gate = Gate(await service(build, CheckpointSettings, at=NOW))
    await gate.open(PATIENCE_S)
    await gate.answer(scan(temperature_c=38.5))
    passage = gate.passages[-1]
    await gate.service.receive(passage)
    client = staff(gate, role)
    (alert,) = (await client.get("/v1/alerts")).json()["items"]
    (passed,) = (await client.get("/v1/passages", params={"gate_id": passage.gate_id})).json()["items"]
    review = {"outcome": "confirmed", "note": "已处置"}
    reviewed = (await client.post(f"/v1/alerts/{alert['alert_id']}/review", json=review)).json()
    assert alert["rule"] == "fever"
    assert [one["temperature_c"] for one in (alert, passed, reviewed)] == [temperature] * 3
    await gate.close()


async def test_a_volunteer_sees_the_own_kits_alone_and_of_no_kit_whose_it_is(service: MakeService) -> None:
    made = await supply(service, flour=9, milk=9, disinfectant=9)
    await made.receive(open_case(new_id()), open_case(new_id(), keeper_id="volunteer-1"))
    assert len(await deliveries(made)) == 2
    volunteer = made.client("volunteer", subject="volunteer-1")
    (own,) = (await volunteer.get("/v1/deliveries")).json()["items"]
    assert (own["keeper_id"], own["resident_ids"], own["case_ids"]) == ("volunteer-1", [], [])
    made.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
    changed = (await volunteer.get("/v1/deliveries/changes")).json()["items"]
    assert [one["delivery_id"] for one in changed] == [own["delivery_id"]]
    (other,) = [one for one in await deliveries(made) if one["keeper_id"] != "volunteer-1"]
    view = (await volunteer.get(f"/v1/deliveries/{other['delivery_id']}")).json()
    assert (view["resident_ids"], view["case_ids"]) == ([], [])
    worker = made.client("grid_worker", subject="worker-1")
    assert all(one["case_ids"] for one in (await worker.get("/v1/deliveries")).json()["items"])
