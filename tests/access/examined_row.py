"""A row of a roster that waits for another office, and a correction that a person asks for."""

from shared.base.ids import new_id
from tests.registration.office import person as row
from tests.registration.resident import Resident


async def examined(person: Resident) -> str:
    """Have an official send a row about the own household; return the id of its examination."""
    own = person.here.service.client("community", subject=person.resident_id)
    await person.here.imported(row(1, name="李小伟"), client=own)
    waiting = (await person.here.clerk.get("/v1/examinations")).json()["items"]
    return str(waiting[0]["examination_id"])


async def prepare_rights(person: Resident) -> None:
    """Have a clerk take down a correction for the person."""
    clerk = person.here.service.client("community", subject="clerk")
    body = {"request_id": new_id(), "kind": "correction", "about": "other", "wanted": "三楼", "evidence": "户口簿"}
    body |= {"identity": "paper_seen", "note": "身份证", "purpose": "本人申请"}
    answer = await clerk.post(f"/v1/residents/{person.resident_id}/rights", json=body)
    assert answer.status_code == 201, answer.text
