"""A community with one resident, a keeper and a doctor, seen through isolation's own routes."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI

from services.isolation import main
from services.isolation.settings import Settings
from shared.base.clock import Clock
from shared.base.ids import new_id
from shared.events import isolation as events
from shared.events import registration
from shared.events.checkpoint import AlertRaised, AlertRule
from tests.conftest import MakeService
from tests.support.prepared import Prepared
from tests.support.service import AREA, Build, ServiceUnderTest

ZONE = ZoneInfo("Asia/Shanghai")
GRID = f"{AREA}/a1/g01"
DOOR = f"{GRID}/p01/1/1/101"
KEEPER, DOCTOR, OFFICE = "keeper-01", "doctor-chen", "office-liu"
TODAY = date(2026, 2, 10)


class Town:
    """Isolation in a community where the home of every resident is known; the clock says when it is."""

    def __init__(self, service: ServiceUnderTest) -> None:
        self.service = service
        self.be(new_id(), new_id())
        self.doctor = service.client("doctor", subject=DOCTOR)
        self.office = service.client("community", subject=OFFICE)
        self.city = service.client("city", area="/", subject="city-wu")
        self.keeper = service.client("grid_worker", area=GRID, subject=KEEPER)

    def be(self, resident_id: str, case_id: str) -> None:
        """Take this resident and this case for the town's."""
        self.resident_id, self.case_id = resident_id, case_id
        self.resident = self.service.client("resident", area=DOOR, subject=resident_id)

    def at(self, day: int, hour: int, minute: int = 0) -> None:
        """Let it be that time in the city, `day` days after the tenth of February."""
        local = datetime(2026, 2, 10, hour, minute, tzinfo=ZONE) + timedelta(days=day)
        self.service.clock.at = local.astimezone(ZoneInfo("UTC"))

    async def register(self, resident_id: str, keeper_id: str | None = None, area_path: str = DOOR) -> None:
        """A resident is registered."""
        await self.service.receive(
            registration.ResidentRegistered(
                resident_id=resident_id, household_id=new_id(), area_path=area_path, keeper_id=keeper_id
            )
        )

    def place(self, path: str, **duties: str) -> registration.PlaceDefined:
        """A place with those who answer for it."""
        code = path.rpartition("/")[2]
        keepers = tuple(
            registration.Keeper(person_id=who, duty=registration.Duty(duty)) for duty, who in duties.items()
        )
        return registration.PlaceDefined(
            place_id=path, level=registration.PlaceLevel.GRID, code=code, name=code, path=path, keepers=keepers
        )

    async def order(self, client: Any = None, **changes: Any) -> httpx.Response:
        """Order isolation for the resident: at home, for fourteen days from today."""
        body = {
            "case_id": self.case_id,
            "resident_id": self.resident_id,
            "kind": "home",
            "reason": "密切接触者",
            "starts_on": TODAY.isoformat(),
            "length_days": 14,
        }
        return await (client or self.doctor).post("/v1/cases", json=body | changes)

    async def report(self, temperature_c: float = 36.5, client: Any = None, **more: Any) -> httpx.Response:
        """Report a temperature, as the resident unless another client does."""
        body = {"temperature_c": temperature_c} | more
        return await (client or self.resident).post(f"/v1/cases/{self.case_id}/measurements", json=body)

    async def report_all(self, first: int, last: int) -> None:
        """Report twice a day over these days after the start, and let pass what falls due."""
        for day in range(first, last + 1):
            for hour in (8, 14):
                self.at(day, hour)
                await self.service.due()
                assert (await self.report()).status_code == 201
        self.at(last, 18)
        await self.service.due()

    async def case(self) -> dict[str, Any]:
        """The case as the doctor sees it."""
        return dict((await self.doctor.get(f"/v1/cases/{self.case_id}")).json())

    async def measurements(self) -> list[dict[str, Any]]:
        """The case's measurements."""
        return list((await self.doctor.get(f"/v1/cases/{self.case_id}/measurements")).json()["items"])

    async def post(self, client: Any, step: str, **body: Any) -> httpx.Response:
        """Post something about the case: `extension`, `return`, `release`, `cancellation` or `waivers`.

        A cancellation takes two officers: the city asks for it first.
        """
        if step == "cancellation":
            await self.city.post(f"/v1/cases/{self.case_id}/{step}", json=body)
        response: httpx.Response = await client.post(f"/v1/cases/{self.case_id}/{step}", json=body or None)
        return response

    async def extend(self, days: int, extension_id: str = "") -> httpx.Response:
        """The doctor lets the case last longer, and the office confirms it."""
        asked = await self.ask_to_extend(days, extension_id)
        confirmed = await self.post(self.office, "confirmation") if asked.status_code == 200 else asked
        return confirmed if confirmed.status_code == 200 else asked

    async def ask_to_extend(self, days: int, extension_id: str = "", client: Any = None) -> httpx.Response:
        """The doctor asks alone that the case lasts longer."""
        body = {"extension_id": extension_id or new_id(), "days": days, "reason": "核酸结果未出"}
        return await self.post(client or self.doctor, "extension", **body)

    async def emitted(self, contract: type[events.CaseEvent] | type[events.MeasurementEvent]) -> list[Any]:
        """Return the events of the kind that isolation has emitted."""
        return list(await self.service.emitted(contract))


def build(settings: Settings, clock: Clock) -> FastAPI:
    """Compose isolation where a case on one person's word lasts as long as any: what it is about has its own tests."""
    return main.build(settings.model_copy(update={"second_person_within": timedelta(days=90)}), clock)


@cache
def _prepared(days: int) -> Prepared[tuple[str, str]]:
    async def prepare(service: ServiceUnderTest) -> tuple[str, str]:
        here = Town(service)
        await here.register(here.resident_id)
        if days:
            assert (await here.order(length_days=days)).status_code == 201
        return here.resident_id, here.case_id

    return Prepared(prepare)


async def town(service: MakeService, build: Build = build, isolated_days: int = 0) -> Town:
    """Return a town that knows its places and one resident, who is isolated from that day on for so many days."""
    made = Town(await service(build, Settings))
    places = made.place(AREA, doctor=DOCTOR), made.place(GRID, keeper=KEEPER)
    made.service.feed_replicas(*places)
    made.be(*await _prepared(isolated_days).on(made.service))
    return made


async def isolated(service: MakeService, days: int = 14) -> Town:
    """Return a town whose resident has just been isolated."""
    return await town(service, isolated_days=days)


def journey(
    resident_id: str, arrives_on: date, risk: registration.Risk = registration.Risk.HIGH
) -> registration.JourneyDeclared:
    """A journey home from a region of that risk."""
    return registration.JourneyDeclared(
        journey_id=new_id(),
        resident_id=resident_id,
        household_id=new_id(),
        area_path=DOOR,
        origin_region="hubei/wuhan",
        risk=risk,
        departs_on=arrives_on - timedelta(days=1),
        arrives_on=arrives_on,
    )


def alert(resident_id: str | None, rule: AlertRule = AlertRule.BREACH, alert_id: str = "") -> AlertRaised:
    """An alert that a gate raised about the resident."""
    return AlertRaised(
        alert_id=alert_id or new_id(),
        subject=resident_id or "gate:gate-01",
        rule=rule,
        resident_id=resident_id,
        scan_id=new_id(),
        gate_id="gate-01",
        area_path=GRID,
        at=datetime(2026, 2, 12, 1, tzinfo=ZoneInfo("UTC")),
    )
