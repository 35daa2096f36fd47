"""A row of a roster that waits for another office."""

from tests.registration.office import person as row
from tests.registration.resident import Resident


async def examined(person: Resident) -> str:
    """Have an official send a row about the own household; return the id of its examination."""
    own = person.here.service.client("community", subject=person.resident_id)
    await person.here.imported(row(1, name="李小伟"), client=own)
    waiting = (await person.here.clerk.get("/v1/examinations")).json()["items"]
    return str(waiting[0]["examination_id"])
