"""The chain: a journey from a high-risk region, isolation, a refused exit, fourteen days, release, and out again."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from deploy.demo.people import Person, id_number, write_roster
from deploy.local.state import RunningCity
from shared.clock import SystemClock
from shared.ids import new_id
from tests.support.clock import advance
from tests.support.waiting import eventually

ZONE = ZoneInfo("Asia/Shanghai")
COMMUNITY = "/jinhe/hedong/chunhua/c01"
GRID = f"{COMMUNITY}/a1/g01"
COMPOUND = f"{GRID}/p01"
GATE = "gate-01"
KEEPER, DOCTOR, POLICE, LEADER = "keeper-01", "doctor-chen", "police-zhao", "office-liu"
REGION = "hubei/wuhan"
PATIENCE_S = 60.0


class Chain:
    """One resident's way through the five services, over HTTP; each step waits until it can be seen from outside."""

    def __init__(self, city: RunningCity) -> None:
        self.city = city
        self.clock = SystemClock(city.clock_path)
        number = id_number(date(1980, 5, 17), 1)
        self.traveller = Person(COMPOUND, "1号楼", "1单元", "101", "王伟", number, "19900000001")
        self.resident_id = ""
        self.case_id = ""
        self.journey_id = new_id()
        self._seq = 0

    @property
    def today(self) -> date:
        """The city's day."""
        return self.clock.now().astimezone(ZONE).date()

    async def call(
        self, method: str, service: str, path: str, role: str, subject: str | None = None, **body: Any
    ) -> Any:
        """Return the answer's JSON. Raises `AssertionError` while a service is away or refuses for now."""
        gate = GATE if role == "device" else None
        token = self.city.mint_token(role, area="/" if role == "city" else COMMUNITY, subject=subject, gate=gate)
        headers = {"Authorization": f"Bearer {token}"}
        url = self.city.url(service)
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
            try:
                response = await client.request(method, path, **body)
            except httpx.TransportError as error:
                raise AssertionError(f"{service} is away: {error!r}") from None
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    async def until_called(self, *args: Any, **body: Any) -> Any:
        """Call until it is answered, as a person would who tries again; every call here may be repeated."""

        async def once() -> tuple[Any]:
            return (await self.call(*args, **body),)

        return (await eventually(once, PATIENCE_S, 0.2))[0]

    async def prepare(self) -> None:
        """Define the place, its keepers, its gate, a depot with kits and the risk regions; register the traveller."""
        above = ""
        for level, code in zip(
            ("city", "district", "street", "community", "area", "grid", "compound"),
            COMPOUND.strip("/").split("/"),
            strict=True,
        ):
            place = {"level": level, "code": code, "name": code, "parent": above or None}
            await self.call("POST", "registration", "/v1/places", "city", json=place)
            above = f"{above}/{code}"
        await self._keepers(COMMUNITY, doctor=DOCTOR, police_contact=POLICE, area_leader=LEADER)
        await self._keepers(GRID, keeper=KEEPER)
        regions = {"regions": {REGION: "high"}}
        await self.call("PUT", "registration", f"/v1/risk-regions/{self.today}", "city", json=regions)
        gate = {"gate_id": GATE, "name": "大门", "area_path": COMPOUND}
        await self.call("PUT", "checkpoint", "/v1/gates", "community", json=gate)
        await self._stock()
        await self._register()

    async def _keepers(self, path: str, **duties: str) -> None:
        keepers = {"keepers": [{"duty": duty, "person_id": person} for duty, person in duties.items()]}
        await self.call("PUT", "registration", "/v1/places/keepers", "community", params={"path": path}, json=keepers)

    async def _stock(self) -> None:
        depot = {"depot_id": "depot-c01", "name": "春华社区物资站", "area_path": COMMUNITY}
        await self.call("PUT", "supply", "/v1/depots", "community", json=depot)
        for item in ("flour", "milk", "disinfectant"):
            goods = {"item": item, "quantity": 50, "source": "purchase"}
            receipt = {"receipt_id": new_id(), "depot_id": "depot-c01"} | goods
            await self.call("POST", "supply", "/v1/stock/receipts", "community", json=receipt)

    async def _register(self) -> None:
        roster = self.city.directory / "roster.xlsx"
        write_roster(roster, [self.traveller])
        files = {"file": (roster.name, roster.read_bytes())}
        report = await self.call("POST", "registration", "/v1/imports/residents", "community", files=files)
        assert report["added"] == 1, report
        found = {"id_number": self.traveller.id_number}
        resident = await self.call("POST", "registration", "/v1/residents/find", "community", json=found)
        self.resident_id = resident["resident_id"]

    async def declare(self) -> None:
        """The resident declares the journey."""
        journey = {
            "journey_id": self.journey_id,
            "resident_id": self.resident_id,
            "origin_region": REGION,
            "departs_on": str(self.today - timedelta(days=1)),
            "arrives_on": str(self.today),
        }
        await self.until_called("POST", "registration", "/v1/journeys", "resident", self.resident_id, json=journey)

    async def isolated(self) -> None:
        """A case opens and the code turns red."""

        async def opened() -> str:
            query = {"resident_id": self.resident_id}
            page = await self.call("GET", "isolation", "/v1/cases", "community", params=query)
            assert len(page["items"]) == 1, page
            return str(page["items"][0]["case_id"])

        self.case_id = await eventually(opened, PATIENCE_S, 0.2)
        await self.coloured("red")

    async def coloured(self, colour: str) -> None:
        """The code shows the colour."""

        async def shows() -> bool:
            path = f"/v1/residents/{self.resident_id}/code"
            code = await self.call("GET", "registration", path, "resident", self.resident_id)
            assert code["colour"] == colour, code
            return True

        await eventually(shows, PATIENCE_S, 0.2)

    async def exit_is(self, verdict: str, *reasons: str) -> None:
        """The gate decides so on the resident's exit, for these reasons: the code may turn red before its list does."""
        path = f"/v1/residents/{self.resident_id}/code"

        async def decides() -> bool:
            code = (await self.call("GET", "registration", path, "resident", self.resident_id))["code"]
            answer = await self._scan(code)
            assert (answer["verdict"], answer["reasons"], answer["durable"]) == (verdict, list(reasons), True), answer
            return True

        await eventually(decides, PATIENCE_S, 0.2)

    async def _scan(self, code: str) -> Any:
        self._seq += 1
        scan = {
            "scan_id": new_id(),
            "gate_id": GATE,
            "seq": self._seq,
            "at": self.clock.now().isoformat(),
            "direction": "out",
            "credential": {"kind": "code", "value": code},
            "temperature_c": 36.6,
            "mask": True,
        }
        return await self.call("POST", "checkpoint", "/v1/scans", "device", "device-01", json=scan)

    async def breached(self) -> None:
        """The case shows the breach."""

        async def shown() -> bool:
            case = await self.case()
            assert len(case["breaches"]) == 1, case
            return True

        await eventually(shown, PATIENCE_S, 0.2)

    async def case(self) -> Any:
        """Return the case as the community sees it."""
        return await self.call("GET", "isolation", f"/v1/cases/{self.case_id}", "community")

    async def notified(self, expected: dict[str, dict[str, int]]) -> None:
        """Everybody has been told exactly so much: by person ("resident": the traveller), template and count."""

        async def has() -> bool:
            found = {person: await self._messages(person) for person in expected}
            assert found == expected
            return True

        await eventually(has, PATIENCE_S, 0.2)

    async def _messages(self, person: str) -> dict[str, int]:
        role, subject = ("resident", self.resident_id) if person == "resident" else ("grid_worker", person)
        page = await self.call("GET", "notification", "/v1/messages", role, subject, params={"limit": 200})
        return dict(Counter(message["template"] for message in page["items"]))

    async def stock(self) -> dict[str, tuple[int, int]]:
        """Return what is on hand and what is reserved of each item."""
        page = await self.call("GET", "supply", "/v1/stock", "community")
        return {row["item"]: (row["on_hand"], row["reserved"]) for row in page["items"]}

    async def genuine(self, notice_id: str) -> Any:
        """Return what anybody sees of the release notice."""
        async with httpx.AsyncClient(base_url=self.city.url("isolation"), trust_env=False) as client:
            return (await client.get(f"/v1/notices/{notice_id}")).json()

    async def delivered(self) -> None:
        """The kit is planned and the keeper brings it."""

        async def planned() -> Any:
            query = {"kind": "isolation_kit"}
            page = await self.call("GET", "supply", "/v1/deliveries", "community", params=query)
            assert len(page["items"]) == 1, page
            return page["items"][0]

        delivery = await eventually(planned, PATIENCE_S, 0.2)
        path = f"/v1/deliveries/{delivery['delivery_id']}/handover"
        handed = await self.until_called("POST", "supply", path, "grid_worker", KEEPER, json={"left_at": "门口"})
        assert handed["state"] == "handed_over", handed

    async def measured(self, days: int) -> None:
        """The clock moves on by so many days, and twice a day the resident reports."""
        for hour in (8, 14) * days:
            await self.clock_at(hour)
            path, report = f"/v1/cases/{self.case_id}/measurements", {"temperature_c": 36.5}
            await self.until_called("POST", "isolation", path, "resident", self.resident_id, json=report)

    async def clock_at(self, hour: int) -> None:
        """Move the clock to the next time it is that hour in the city."""
        now = self.clock.now().astimezone(ZONE)
        then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
        then += timedelta(days=1) if then <= now else timedelta()
        assert self.city.clock_path is not None, "the city runs on the machine's own clock"
        advance(self.city.clock_path, seconds=(then - now).total_seconds())

    async def released(self) -> str:
        """The days are done, the community approves; return the notice's id."""

        async def asked() -> bool:
            case = await self.case()
            assert case["state"] == "release_requested", case
            return True

        await eventually(asked, PATIENCE_S, 0.2)
        path = f"/v1/cases/{self.case_id}/release"
        case = await self.until_called("POST", "isolation", path, "community", LEADER)
        return str(case["notice_id"])


async def begun(city: RunningCity) -> Chain:
    """Return a chain at its start, in the morning of a city's day, with everything prepared."""
    chain = Chain(city)
    await chain.clock_at(9)
    await chain.prepare()
    return chain
