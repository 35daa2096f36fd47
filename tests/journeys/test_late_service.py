"""A service that is deployed after the bus has removed all earlier records learns the city from compacted topics."""

from datetime import date
from typing import Any

from deploy.demo.people import Person, id_number, write_roster
from deploy.launcher.city import City
from deploy.launcher.processes.child import free_port
from deploy.launcher.service import COMMANDS, State
from shared.base.ids import new_id
from shared.store.mongo import Database, connect
from tests.conftest import MakeCity
from tests.journeys.chain import COMMUNITY, ZONE
from tests.support import stores
from tests.support.city import CityUnderTest
from tests.support.imports import report_of
from tests.support.waiting import eventually

GRID = f"{COMMUNITY}/a1/g01"
LATE = "late_"
LEVELS = ("city", "district", "street", "community", "area", "grid", "compound")
COLLECTIONS = ("residents", "cases")


async def post(town: CityUnderTest, service: str, path: str, role: str, **body: Any) -> Any:
    async with town.client(service, town.mint(role, area="/", subject=f"{role}-1")) as client:
        answer = await client.post(path, json=body)
    assert answer.is_success, answer.text
    return answer.json()


async def live(town: CityUnderTest) -> None:
    """Register three residents; isolate two of them, and end one of the cases."""
    above = None
    for level, code in zip(
        ("city", "district", "street", "community", "area", "grid", "compound"), path_codes(), strict=True
    ):
        await post(town, "registration", "/v1/places", "city", level=level, code=code, name=code, parent=above)
        above = f"{above or ''}/{code}"
    people = [
        Person(f"{GRID}/p01", "1号楼", "1单元", f"10{n}", "王伟", id_number(date(1980, 5, 17), n), f"1990000000{n}")
        for n in (1, 2, 3)
    ]
    write_roster(town.directory / "roster.xlsx", people)
    async with town.client("registration", town.mint("community", area=COMMUNITY, subject="clerk-1")) as clerk:
        report = await report_of(clerk, "roster.xlsx", (town.directory / "roster.xlsx").read_bytes())
        assert report["added"] == len(people)
        residents = (await clerk.get("/v1/residents")).json()["items"]
    for number, resident in enumerate(residents[:2]):
        order = {
            "case_id": new_id(),
            "resident_id": resident["resident_id"],
            "kind": "home",
            "reason": "密切接触者",
            "starts_on": str(town.clock.now().astimezone(ZONE).date()),
            "length_days": 14,
        }

        async def ordered(order: dict[str, Any] = order) -> Any:
            return await post(town, "isolation", "/v1/cases", "doctor", **order)

        case = await eventually(ordered, poll=0.2)  # isolation hears of the resident a moment later
        if number:
            for role in ("city", "community"):
                await post(town, "isolation", f"/v1/cases/{case['case_id']}/cancellation", role, reason="误开")


def path_codes() -> list[str]:
    return f"{GRID}/p01".strip("/").split("/")


async def documents(database: Database) -> dict[str, list[Any]]:
    """Return what the service has from others, without the revisions that each store makes for itself."""
    rows = {name: await database[name].find().sort("_id", 1).to_list(None) for name in COLLECTIONS}
    return {name: [{key: row[key] for key in sorted(row) if key != "revision"} for row in rows[name]] for name in rows}


async def test_a_service_that_begins_late_has_the_facts_of_one_that_was_there_from_the_start(city: MakeCity) -> None:
    town = await city("registration", "isolation", "supply")
    await live(town)
    await town.wait_until_quiet()
    client = connect(town.mongo_url)
    veteran = await documents(client[town.database_name("supply")])
    assert [len(rows) for rows in veteran.values()] == [3, 2]
    await town.stop("supply")
    await town.lose_bus()  # every record is gone, with the offsets of every group
    surroundings = town.surroundings()._replace(database_prefix=LATE + town.surroundings().database_prefix)
    late = City.of({"supply": COMMANDS["supply"]}, {"supply": free_port()}, surroundings)
    try:
        late.services["supply"].start()

        async def same() -> bool:
            await late.look()
            assert late.services["supply"].state is State.READY, late.services["supply"].last_words()
            rows = await documents(client[f"{surroundings.database_prefix}supply"])
            known = {name: [facts_of(name, row) for row in several] for name, several in rows.items()}
            assert known == {name: [facts_of(name, row) for row in several] for name, several in veteran.items()}
            return True

        await eventually(same, 90, 0.5)
    finally:
        await late.end(10)
        await stores.forget(client, f"{surroundings.database_prefix}supply")
        client.close()


def facts_of(collection: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return what a document says of the city: the kit of a case that has ended is not packed for a late service."""
    return row if collection == "residents" else {"case": row["_id"], "ended": row["ended"]}
