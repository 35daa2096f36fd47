"""One open appeal against a colour, one place at a path: also in a store that an earlier version has filled."""

import asyncio
from typing import Any

from services.registration import main
from services.registration.settings import Settings
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, GRID, office
from tests.registration.test_appeals import Appellant, red_by_hand
from tests.support.service import ServiceUnderTest

OLD_APPEALS = {"unique": True, "partialFilterExpression": {"state": "open"}, "name": "one_open"}


async def claims(service: ServiceUnderTest, kind: str) -> dict[str, str]:
    """Return the holder of each claim of that kind."""
    rows = await service.database["claims"].find().to_list(None)
    return {row["_id"]: row["holder"] for row in rows if row["_id"].startswith(f"{kind}/")}


async def upgrade(service: MakeService, before: ServiceUnderTest) -> ServiceUnderTest:
    """Put the store into the form of a version that knew no claims; return the service that then opens it."""
    database = before.database
    await database["claims"].drop()
    await database["appeals"].create_index([("resident_id", 1), ("evidence", 1)], **OLD_APPEALS)
    await database["places"].drop_index("path")
    await database["places"].create_index("path", unique=True)
    after = await service(main.build, Settings)
    assert "one_open" not in await database["appeals"].index_information()
    assert "path_1" not in await database["places"].index_information()
    return after


async def statuses(one: Appellant, appeals: int) -> list[int]:
    """Return what so many appeals at the same moment are answered, in order."""
    answers = await asyncio.gather(*(one.appeal() for _ in range(appeals)))
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"registration.appeal_open"}
    return sorted(answer.status_code for answer in answers)


async def test_appeal_follows_appeal_and_each_has_the_claim_while_it_waits(service: MakeService) -> None:
    one, order_id = await red_by_hand(service)
    for _ in range(3):
        assert await statuses(one, 4) == [201, 409, 409, 409]
        (waiting,) = await one.open_appeals()
        claimed = await claims(one.service, "open_appeal")
        assert claimed == {f"open_appeal/{one.resident_id}/{order_id}": waiting["appeal_id"]}
        assert (await one.decide(waiting["appeal_id"], "reject")).status_code == 200
        assert await claims(one.service, "open_appeal") == {}


async def test_an_open_appeal_from_before_there_were_claims_blocks_another_and_is_decided(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = await one.appealed()
    after = await upgrade(service, one.service)
    one.client = after.client("resident", area="/", subject=one.resident_id)
    one.chief = after.client("community", subject="chief-ma")
    assert await statuses(one, 2) == [409, 409]
    assert (await one.decide(appeal_id, "reject")).status_code == 200
    for _ in range(2):
        assert await statuses(one, 2) == [201, 409]
        (waiting,) = await one.open_appeals()
        assert (await one.decide(waiting["appeal_id"], "reject")).status_code == 200


async def test_a_claim_that_an_earlier_version_left_blocks_no_appeal(service: MakeService) -> None:
    one, _ = await red_by_hand(service)
    appeal_id = await one.appealed()
    ((key, holder),) = (await claims(one.service, "open_appeal")).items()
    assert (await one.decide(appeal_id, "reject")).status_code == 200
    await one.service.database["claims"].insert_one({"_id": key, "holder": holder})
    assert await statuses(one, 3) == [201, 409, 409]


def compound(code: str, **changes: Any) -> dict[str, Any]:
    """A compound in the grid."""
    return {"level": "compound", "code": code, "name": "二号院", "parent": GRID} | changes


async def test_a_place_claims_its_path_once(service: MakeService) -> None:
    here = await office(service)
    answers = await asyncio.gather(*(here.clerk.post("/v1/places", json=compound("p02")) for _ in range(4)))
    (place_id,) = {answer.json()["place_id"] for answer in answers}
    renamed = await here.clerk.post("/v1/places", json=compound("p02", name="二号北院"))
    assert renamed.json()["place_id"] == place_id
    assert (await claims(here.service, "place"))[f"place/{GRID}/p02"] == place_id
    assert await here.service.database["places"].count_documents({"path": f"{GRID}/p02"}) == 1


async def test_places_from_before_there_were_claims_stay_what_they_are(service: MakeService) -> None:
    here = await office(service)
    (old,) = await here.service.database["places"].find({"path": COMPOUND}).to_list(None)
    after = await upgrade(service, here.service)
    clerk = after.client("community", subject="office-liu")
    renamed = await clerk.post("/v1/places", json=compound("p01", name="春华北院"))
    assert (renamed.status_code, renamed.json()["place_id"]) == (201, old["_id"])
    assert await claims(after, "place") == {}
    assert (await clerk.post("/v1/places", json=compound("p02"))).status_code == 201
