"""Who reads the personal data that registration keeps is recorded with the purpose, and auditors list it (R2.8)."""

from typing import Any

from tests.conftest import MakeService
from tests.registration.office import AREA, COMPOUND, TODAY, id_number
from tests.registration.ordering import officers
from tests.registration.resident import Resident
from tests.support.http import stated


async def readings(client: Any, **query: str) -> list[tuple[str, str, str]]:
    """What an auditor lists: kind, reader and purpose, the newest first."""
    answer = await client.get("/v1/readings", params=query)
    assert answer.status_code == 200, answer.text
    return [(row["kind"], row["reader"], row["purpose"]) for row in answer.json()["items"]]


async def test_every_reading_of_a_residents_data_is_listed_to_auditors(service: MakeService) -> None:
    here = await officers(service)
    one = Resident(here.here, await here.here.find_resident(1))
    journey_id = await one.declares(TODAY)
    await here.in_force()
    path = f"/v1/residents/{one.resident_id}"
    appeal = {"appeal_id": "01a20cd9-9814-74c2-809f-e5d8fcdae1bd", "text": "I was never there"}
    assert (await here.liu.post(f"{path}/appeals", json=appeal)).status_code == 201
    card = {"card_id": "01a20cd9-9814-74c2-809f-e5d8fcdae1be"}
    code_id = (await here.liu.post(f"{path}/printed-codes", json=card)).json()["code_id"]
    reader = here.here.service.client("doctor", subject="doctor-wu")
    printer = here.here.service.client("community", subject="doctor-wu")
    answers = (
        (await reader.get(path), "resident_file"),
        (await reader.post("/v1/residents/find", json={"id_number": id_number(1)}), "resident_file"),
        (await reader.put(f"{path}/care", json={"categories": []}), "resident_file"),
        (await reader.get(f"{path}/standing"), "colour"),
        (await reader.get(f"{path}/standing/history"), "colour"),
        (await reader.get(f"/v1/journeys/{journey_id}"), "journey"),
        (await printer.get(f"{path}/printed-codes/{code_id}.svg"), "card"),
        (await reader.get(f"{path}/appeals"), "appeal"),
        (await reader.get(f"/v1/appeals/{appeal['appeal_id']}"), "appeal"),
        (await reader.post(f"/v1/appeals/{appeal['appeal_id']}/reject", json={"reason": "no mix-up"}), "appeal"),
    )
    assert {answer.status_code for answer, _ in answers} == {200}
    auditor = here.here.service.client("auditor", area=AREA)
    listed = await readings(auditor, subject=one.resident_id, reader="doctor-wu")
    assert [kind for kind, _, _ in reversed(listed)] == [kind for _, kind in answers]


async def test_lists_of_personal_data_are_readings_of_an_area(service: MakeService) -> None:
    here = await officers(service)
    auditor = here.here.service.client("auditor", area="/")
    for path, kind in (("/v1/journeys", "journey"), ("/v1/appeals", "appeal")):
        assert (await here.doctor.get(path, params={"within": COMPOUND})).status_code == 200
        assert (await readings(auditor, subject=COMPOUND))[0][:2] == (kind, "doctor-chen")
        assert (await here.doctor.get(path, params={"within": "/jinhe"})).status_code == 404


async def test_a_stated_purpose_is_recorded_and_the_usual_one_without(service: MakeService) -> None:
    here = await officers(service)
    auditor = here.here.service.client("auditor", area="/")
    path = f"/v1/residents/{here.residents[0]}"
    await here.doctor.get(path, headers=stated("a home visit"))
    await here.doctor.get(path)
    listed = await readings(auditor, subject=here.residents[0], reader="doctor-chen")
    assert [purpose for _, _, purpose in listed] == ["care of residents", "a home visit"]


async def test_own_readings_and_refused_ones_are_not_recorded(service: MakeService) -> None:
    here = await officers(service)
    resident_id = here.residents[0]
    own = here.here.service.client("resident", area="/", subject=resident_id)
    await here.here.service.database["readings"].delete_many({})
    for path in ("", "/standing", "/standing/history", "/appeals"):
        assert (await own.get(f"/v1/residents/{resident_id}{path}")).status_code == 200
        assert (await here.here.elsewhere.get(f"/v1/residents/{resident_id}{path}")).status_code == 404
    assert await here.here.service.database["readings"].count_documents({}) == 0
