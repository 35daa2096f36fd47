"""Isolation as a process on a real bus, killed in between."""

import json
from datetime import date
from typing import Any

from shared.base.ids import new_id
from shared.store.mongo import connect
from tests.conftest import MakeCity
from tests.isolation.town import ZONE, journey
from tests.support.city import CityUnderTest
from tests.support.waiting import eventually


async def steps(city: CityUnderTest, case_id: str) -> list[str]:
    """Return who was notified of missed reports of the case's first morning, in order."""
    client: Any = connect(city.mongo_url)
    stored = await client[city.database_name("isolation")]["outbox"].find().sort("_id", 1).to_list(None)
    client.close()
    carried = [event for row in stored for event in row["events"] if event["type"].startswith("isolation.Measurement")]
    payloads = [json.loads(bytes(event["value"])) for event in carried]
    first = min((one["day"] for one in payloads), default="")
    mornings = [one for one in payloads if (one["case_id"], one["day"], one["half_day"]) == (case_id, first, "morning")]
    return [one["step"] for one in mornings]


async def test_a_journey_opens_a_case_and_a_report_missed_while_the_service_is_dead_is_notified_once(
    city: MakeCity,
) -> None:
    town = await city("registration", "isolation")
    resident_id = new_id()
    today: date = town.clock.now().astimezone(ZONE).date()
    await town.say(journey(resident_id, today))
    async with town.client("isolation", town.mint("community", area="/")) as office:

        async def open_case() -> dict[str, Any]:
            page = (await office.get("/v1/cases", params={"resident_id": resident_id})).json()
            assert len(page["items"]) == 1, page
            return dict(page["items"][0])

        case = await eventually(open_case)
        town.kill("isolation")
        town.advance(days=2)
        await town.start("isolation")

        async def each_step_once() -> bool:
            assert await steps(town, case["case_id"]) == ["person", "keeper", "doctor"]
            return True

        await eventually(each_step_once)
        await town.wait_until_quiet()
        assert await steps(town, case["case_id"]) == ["person", "keeper", "doctor"]
        assert (await open_case())["case_id"] == case["case_id"]
