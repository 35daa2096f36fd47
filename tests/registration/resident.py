"""One resident, what other services publish about the resident, and the colour that follows."""

from datetime import date, datetime, timedelta
from typing import Any

from shared.base.ids import new_id
from shared.events import checkpoint, isolation
from shared.events.registration import StandingChanged
from tests.conftest import MakeService
from tests.registration.office import COMPOUND, TODAY, Office, office
from tests.support.prepared import Prepared
from tests.support.service import ServiceUnderTest


class Resident:
    """One resident of the office's compound, and the events of other services about the resident."""

    def __init__(self, here: Office, resident: dict[str, Any]) -> None:
        self.here = here
        self.resident_id: str = resident["resident_id"]
        self.case_id = new_id()
        self._place = {"area_path": resident["area_path"], "household_id": resident["household_id"]}

    def case(self, contract: Any, case_id: str = "", **facts: Any) -> Any:
        """An event of the resident's case."""
        days = {"starts_on": TODAY, "ends_on": TODAY + timedelta(days=14)}
        return contract(
            case_id=case_id or self.case_id,
            resident_id=self.resident_id,
            kind="home",
            reason="doctors_order",
            **self._place,
            **days,
            **facts,
        )

    def open_case(self, case_id: str = "") -> isolation.CaseOpened:
        """Return the event that isolation was ordered."""
        opened: isolation.CaseOpened = self.case(isolation.CaseOpened, case_id)
        return opened

    def released(self, case_id: str = "") -> isolation.CaseReleased:
        """The release was approved."""
        approval = {"approved_by": "office-liu", "notice_id": new_id()}
        released: isolation.CaseReleased = self.case(isolation.CaseReleased, case_id, **approval)
        return released

    def fever_at_gate(self, at: datetime, rule: str = "fever") -> checkpoint.AlertRaised:
        """A gate measured a fever."""
        return checkpoint.AlertRaised(
            alert_id=new_id(),
            subject=self.resident_id,
            rule=checkpoint.AlertRule(rule),
            resident_id=self.resident_id,
            scan_id=new_id(),
            gate_id="gate-01",
            area_path=COMPOUND,
            at=at,
            temperature_c=38.0,
        )

    def fever_in_isolation(self) -> isolation.FeverReported:
        """A report from isolation is a fever."""
        return isolation.FeverReported(
            case_id=self.case_id,
            resident_id=self.resident_id,
            area_path=self._place["area_path"],
            day=TODAY,
            half_day=isolation.HalfDay.MORNING,
            temperature_c=38.0,
        )

    async def declares(self, departs_on: date, region: str = "hubei/huanggang", client: Any = None) -> str:
        """The resident, or another client for the resident, declares a journey; return its id."""
        journey_id = new_id()
        journey = {
            "journey_id": journey_id,
            "resident_id": self.resident_id,
            "origin_region": region,
            "departs_on": str(departs_on),
            "arrives_on": str(departs_on + timedelta(days=1)),
        }
        own = self.here.service.client("resident", area=self._place["area_path"], subject=self.resident_id)
        answer = await (client or own).post("/v1/journeys", json=journey)
        assert answer.status_code == 201, answer.text
        return journey_id

    async def standing(self) -> dict[str, Any]:
        """The resident's standing over HTTP."""
        return dict((await self.here.clerk.get(f"/v1/residents/{self.resident_id}/standing")).json())

    async def colour(self) -> str:
        """The resident's colour."""
        return str((await self.standing())["colour"])

    async def published(self) -> list[str]:
        """The colours that were published, in order."""
        return [event.colour.value for event in await self.here.service.emitted(StandingChanged)]

    async def after(self, **time: float) -> str:
        """Let time pass and do what falls due; return the colour."""
        self.here.service.clock.advance(timedelta(**time))
        await self.here.service.due()
        return await self.colour()


async def _register(service: ServiceUnderTest) -> dict[str, Any]:
    here = Office(service)
    await here.define(COMPOUND, "春华1号院")
    await here.city.put(f"/v1/risk-regions/{TODAY}", json={"regions": {"hubei": "medium", "hubei/wuhan": "high"}})
    return await here.resident()


_registered = Prepared(_register)


async def resident(service: MakeService) -> Resident:
    """Return a resident of a compound, while regions of risk are listed."""
    here = await office(service, _registered)
    return Resident(here, here.prepared)
