"""Least privilege: what of an answer a role does not see although its route is open to it."""

import json
import re
from datetime import timedelta
from pathlib import Path
from string import Formatter

import pytest

from services.checkpoint.settings import Settings as CheckpointSettings
from services.notification.templates import LANGUAGES, Text
from shared.base.ids import new_id
from shared.store.changes import SETTLED_AFTER
from shared.web.sights import SEEN_BY
from tests.access.seeds import SEEDS
from tests.access.sights_table import SIGHTS
from tests.access.table import ROUTES
from tests.access.test_areas import PURPOSE, url
from tests.checkpoint.gate import NOW, Gate, build, scan
from tests.checkpoint.test_permits import staff
from tests.conftest import MakeService
from tests.security.test_readings import fields_of
from tests.supply.town import assign, deliveries, open_case, supply
from tests.support.waiting import PATIENCE_S

MEASURED = {"temperature_c", "symptoms"}
# The answers that carry measurements, and to whom; a new one fails until it stands here.
CARRYING = {
    "GET /v1/alerts": "doctors",
    "GET /v1/alerts/{alert_id}": "doctors",
    "POST /v1/alerts/{alert_id}/review": "doctors",
    "GET /v1/passages": "doctors",
    "GET /v1/cases/{case_id}/measurements": "the person, the keeper and the staff who care for the case",
    "POST /v1/cases/{case_id}/measurements": "the same",
    "POST /v1/cases/{case_id}/waivers": "doctors",
    "GET /v1/measurements": "the staff who care for the cases",
    **dict.fromkeys(
        (
            "POST /v1/desks/{desk_id}/triages",
            "GET /v1/desks/{desk_id}/triages",
            "GET /v1/triages/{triage_id}",
        ),
        "the staff and the auditors of the desk",
    ),
}


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


async def test_a_volunteer_sees_and_confirms_what_is_assigned_alone_and_learns_of_no_case(service: MakeService) -> None:
    made = await supply(service, flour=9, milk=9, disinfectant=9)
    await made.receive(open_case(new_id()), open_case(new_id(), keeper_id="volunteer-1"), open_case(new_id()))
    kept = next(one for one in await deliveries(made) if one["keeper_id"] == "volunteer-1")
    assigned, other = [one for one in await deliveries(made) if one["keeper_id"] != "volunteer-1"]
    await assign(made, assigned["delivery_id"], "volunteer-2", "volunteer-1")
    volunteer, own = made.client("volunteer", subject="volunteer-1"), {kept["delivery_id"], assigned["delivery_id"]}
    for query in ({}, {"sort": "due_on"}, {"state": "planned"}):
        rows = (await volunteer.get("/v1/deliveries", params=query)).json()["items"]
        assert {one["delivery_id"] for one in rows} == own
        assert all((one["resident_ids"], one["case_ids"]) == ([], []) for one in rows)
    made.clock.advance(SETTLED_AFTER + timedelta(seconds=1))
    changed = (await volunteer.get("/v1/deliveries/changes")).json()["items"]
    assert {one["delivery_id"] for one in changed} == own
    path, failure = f"/v1/deliveries/{other['delivery_id']}", {"reason": "no_access", "retry_on": "2026-02-11"}
    answers = [await volunteer.get(path), await volunteer.post(f"{path}/handover", json={})]
    answers.append(await volunteer.post(f"{path}/failure", json=failure))
    assert [one.status_code for one in answers] == [404] * 3
    assert (await volunteer.put(f"{path}/carriers", json={"person_ids": ["volunteer-1"]})).status_code == 403
    handed = await volunteer.post(f"/v1/deliveries/{assigned['delivery_id']}/handover", json={})
    assert (handed.status_code, handed.json()["case_ids"]) == (200, [])
    worker = made.client("grid_worker", subject="worker-1")
    assert all(one["case_ids"] for one in (await worker.get("/v1/deliveries")).json()["items"])


def placeholders(text: Text) -> set[str]:
    return {name for part in text for _, name, _, _ in Formatter().parse(part) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_carries_a_measurement_for_any_colleague_on_duty_may_receive_it(language: str) -> None:
    texts = LANGUAGES[language].texts
    assert {name for name, text in texts.items() if placeholders(text) & MEASURED} == set()
    assert "day" in placeholders(texts["fever_reported_staff"]), "the test reads the names"


def test_the_answers_that_carry_measurements_are_those_of_this_table() -> None:
    carrying = set()
    for document in Path("docs/api").glob("*.openapi.json"):
        api = json.loads(document.read_text())
        for path, methods in api["paths"].items():
            for method, operation in methods.items():
                answers = [one for status, one in operation["responses"].items() if status[0] == "2"]
                if MEASURED & set(fields_of(answers, api["components"]["schemas"])):
                    carrying.add(f"{method.upper()} {path}")
    assert carrying == CARRYING.keys()


@pytest.mark.parametrize("name", sorted(SEEDS.keys() - {"notification"}))  # that one has lists alone
async def test_what_a_list_keeps_from_a_caller_is_not_read_by_its_id_either(service: MakeService, name: str) -> None:
    seeded = await SEEDS[name](service)
    wrong, compared = [], 0
    for by_id, allowed in ROUTES[name].items():
        match = re.fullmatch(r"(GET /v1/[\w-]+)/\{(\w+)\}", by_id)
        if not match or match[2] not in seeded.ids or match[1] not in ROUTES[name]:
            continue
        listing, key = match.groups()
        for role in sorted(allowed & ROUTES[name][listing], key=str):
            client = seeded.made.client(role, subject="of-no-concern")
            query = seeded.filters.get(listing, {})
            listed = await client.get(listing.removeprefix("GET "), params=query, headers=PURPOSE)
            read = await client.get(url(by_id, seeded), headers=PURPOSE)
            compared += 1
            is_listed = seeded.ids[key] in listed.text
            if (read.status_code == 200) != is_listed:
                wrong.append(f"{by_id} as {role}: {read.status_code}, the list has it: {is_listed}")
    assert wrong == []
    assert compared
