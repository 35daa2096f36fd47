"""The chain: a journey from a high-risk region, isolation, a refused exit, fourteen days, release, and out again."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from deploy.demo.people import Person, id_number, write_roster
from deploy.launcher.state import RunningCity
from shared.base.clock import SystemClock
from shared.base.ids import new_id
from tests.support.clock import advance
from tests.support.http import http_client
from tests.support.imports import report_of
from tests.support.waiting import eventually

ZONE = ZoneInfo("Asia/Shanghai")
STREET = "/jinhe/hedong/chunhua"
COMMUNITY = f"{STREET}/c01"
GATE = "gate-01"
KEEPER, DOCTOR, POLICE, LEADER = "keeper-01", "doctor-chen", "police-zhao", "office-liu"
REGION = "hubei/wuhan"


class Chain:
    """One resident's way through the five services, over HTTP; each step waits until it can be seen from outside.

    Chains of other numbers are in communities of their own, with their own keepers, gates and depots.
    """

    def __init__(self, city: RunningCity, number: int = 1) -> None:
        self.city = city
        self.number = number
        self.clock = SystemClock(city.clock_path)
        self.community = f"{STREET}/c{number:02}"
        self.grid = f"{self.community}/a1/g01"
        self.compound = f"{self.grid}/p01"
        self.gate = f"gate-{number:02}"
        self.depot = f"depot-c{number:02}"
        identity = id_number(date(1980, 5, 17), number)
        self.traveller = Person(self.compound, "1号楼", "1单元", "101", "王伟", identity, f"199000000{number:02}")
        self.resident_id = ""
        self.case_id = ""
        self.journey_id = new_id()
        self._seq = 0

    @property
    def today(self) -> date:
        """The city's day."""
        return self.clock.now().astimezone(ZONE).date()

    def person(self, name: str) -> str:
        """Return who has this person's part in this chain; "resident" is the traveller."""
        if name == "resident":
            return self.resident_id
        return name if self.number == 1 else f"{name}-{self.number}"

    async def call(
        self, method: str, service: str, path: str, role: str, subject: str | None = None, **body: Any
    ) -> Any:
        """Return the answer's JSON. Raises `AssertionError` while a service is away or refuses for now."""
        gate = self.gate if role == "device" else None
        area = "/" if role == "city" else self.community
        token = self.city.mint_token(role, area=area, subject=subject, gate=gate)
        async with http_client(self.city.url(service), token) as client:
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

        return (await eventually(once, poll=0.2))[0]

    async def prepare(self) -> None:
        """Define the place, its keepers, its gate, a depot with kits and the risk regions; register the traveller."""
        above = ""
        for level, code in zip(
            ("city", "district", "street", "community", "area", "grid", "compound"),
            self.compound.strip("/").split("/"),
            strict=True,
        ):
            place = {"level": level, "code": code, "name": code, "parent": above or None}
            await self.call("POST", "registration", "/v1/places", "city", json=place)
            above = f"{above}/{code}"
        await self._keepers(self.community, doctor=DOCTOR, police_contact=POLICE, area_leader=LEADER)
        await self._keepers(self.grid, keeper=KEEPER)
        regions = {"regions": {REGION: "high"}}
        await self.call("PUT", "registration", f"/v1/risk-regions/{self.today}", "city", json=regions)
        gate = {"gate_id": self.gate, "name": "大门", "area_path": self.compound}
        await self.call("PUT", "checkpoint", "/v1/gates", "community", json=gate)
        await self._stock()
        await self._register()

    async def _keepers(self, path: str, **duties: str) -> None:
        keepers = {"keepers": [{"duty": duty, "person_id": self.person(name)} for duty, name in duties.items()]}
        await self.call("PUT", "registration", "/v1/places/keepers", "community", params={"path": path}, json=keepers)

    async def _stock(self) -> None:
        depot = {"depot_id": self.depot, "name": "春华社区物资站", "area_path": self.community}
        await self.call("PUT", "supply", "/v1/depots", "community", json=depot)
        for item in ("flour", "milk", "disinfectant"):
            goods = {"item": item, "quantity": 50, "source": "purchase"}
            receipt = {"receipt_id": new_id(), "depot_id": self.depot} | goods
            await self.call("POST", "supply", "/v1/stock/receipts", "community", json=receipt)

    async def _register(self) -> None:
        roster = self.city.directory / f"roster-{self.number}.xlsx"
        write_roster(roster, [self.traveller])
        token = self.city.mint_token("community", area=self.community)
        async with http_client(self.city.url("registration"), token) as client:
            report = await report_of(client, roster.name, roster.read_bytes())
        assert report["added"] == 1, report
        query = {"id_number": self.traveller.id_number}
        resident = await self.call("POST", "registration", "/v1/residents/find", "community", json=query)
        self.resident_id = resident["resident_id"]

    async def declare(self, days_ago: int = 0) -> None:
        """The resident declares the journey, which ended that many days ago: what was due since then is waived."""
        arrived = self.today - timedelta(days=days_ago)
        journey = {
            "journey_id": self.journey_id,
            "resident_id": self.resident_id,
            "origin_region": REGION,
            "departs_on": str(arrived - timedelta(days=1)),
            "arrives_on": str(arrived),
        }
        await self.until_called("POST", "registration", "/v1/journeys", "resident", self.resident_id, json=journey)

    async def isolated(self) -> None:
        """A case opens and the code turns red."""

        async def open_case() -> str:
            query = {"resident_id": self.resident_id}
            page = await self.call("GET", "isolation", "/v1/cases", "community", params=query)
            assert len(page["items"]) == 1, page
            return str(page["items"][0]["case_id"])

        self.case_id = await eventually(open_case, poll=0.2)
        await self.coloured("red")

    async def coloured(self, colour: str) -> None:
        """The code shows the colour."""

        async def shows() -> bool:
            path = f"/v1/residents/{self.resident_id}/code"
            code = await self.call("GET", "registration", path, "resident", self.resident_id)
            assert code["colour"] == colour, code
            return True

        await eventually(shows, poll=0.2)

    async def exit_is(self, verdict: str, *reasons: str) -> None:
        """The gate decides so on the resident's exit, for these reasons: the code may turn red before its list does."""
        path = f"/v1/residents/{self.resident_id}/code"

        async def decides() -> bool:
            code = (await self.call("GET", "registration", path, "resident", self.resident_id))["code"]
            answer = await self._scan(code)
            assert (answer["verdict"], answer["reasons"], answer["durable"]) == (verdict, list(reasons), True), answer
            return True

        await eventually(decides, poll=0.2)

    async def _scan(self, code: str) -> Any:
        self._seq += 1
        scan = {
            "scan_id": new_id(),
            "gate_id": self.gate,
            "seq": self._seq,
            "at": self.clock.now().isoformat(),
            "direction": "out",
            "credential": {"kind": "code", "value": code},
            "temperature_c": 36.6,
            "mask": True,
        }
        return await self.call("POST", "checkpoint", "/v1/scans", "device", f"device-{self.number:02}", json=scan)

    async def breached(self) -> None:
        """The case shows the breach."""

        async def is_on_case() -> bool:
            case = await self.case()
            assert len(case["breaches"]) == 1, case
            return True

        await eventually(is_on_case, poll=0.2)

    async def case(self) -> Any:
        """Return the case as the community sees it."""
        return await self.call("GET", "isolation", f"/v1/cases/{self.case_id}", "community")

    async def notified(self, expected: dict[str, dict[str, int]]) -> None:
        """Each person has exactly these messages: by person ("resident": the traveller), template and count."""

        async def has() -> bool:
            messages = {person: await self._messages(person) for person in expected}
            assert messages == expected
            return True

        await eventually(has, poll=0.2)

    async def _messages(self, person: str) -> dict[str, int]:
        role, limit = "resident" if person == "resident" else "grid_worker", {"limit": 200}
        page = await self.call("GET", "notification", "/v1/messages", role, self.person(person), params=limit)
        return dict(Counter(message["template"] for message in page["items"]))

    async def stock(self) -> dict[str, tuple[int, int]]:
        """Return what is on hand and what is reserved of each item."""
        page = await self.call("GET", "supply", "/v1/stock", "community")
        return {row["item"]: (row["on_hand"], row["reserved"]) for row in page["items"]}

    async def genuine(self, notice_id: str) -> Any:
        """Return the release notice as a caller without a token gets it."""
        async with http_client(self.city.url("isolation")) as client:
            return (await client.get(f"/v1/notices/{notice_id}")).json()

    async def delivered(self) -> None:
        """The kit is planned and the keeper brings it."""

        async def planned() -> Any:
            query = {"kind": "isolation_kit"}
            page = await self.call("GET", "supply", "/v1/deliveries", "community", params=query)
            assert len(page["items"]) == 1, page
            return page["items"][0]

        delivery = await eventually(planned, poll=0.2)
        path, left = f"/v1/deliveries/{delivery['delivery_id']}/handover", {"left_at": "门口"}
        handed = await self.until_called("POST", "supply", path, "grid_worker", self.person(KEEPER), json=left)
        assert handed["state"] == "handed_over", handed

    async def measured(self) -> None:
        """The resident reports."""
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

        async def is_requested() -> bool:
            case = await self.case()
            assert case["state"] == "release_requested", case
            return True

        await eventually(is_requested, poll=0.2)
        path = f"/v1/cases/{self.case_id}/release"
        case = await self.until_called("POST", "isolation", path, "community", self.person(LEADER))
        return str(case["notice_id"])


async def begin_chain(city: RunningCity, number: int = 1) -> Chain:
    """Return a chain at its start, in the morning of a city's day, with everything prepared."""
    chain = Chain(city, number)
    await chain.clock_at(9)
    await chain.prepare()
    return chain
