"""A device at a gate, from its one-time code on, for tests of devices."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.checkpoint.settings import Settings
from shared.base.ids import new_id
from shared.events.checkpoint import CredentialKind, Direction, PassageRecorded, Verdict
from tests.checkpoint.gate import AREA, COMPOUND, GATE, NOW, build
from tests.conftest import MakeService
from tests.support.service import ServiceUnderTest

FIVE = timedelta(minutes=5)


class Scanner:
    """A device with a token of its own; it counts its scans from 1 on."""

    def __init__(self, yard: "Yard", given: Any) -> None:
        self.yard = yard
        self.given = given
        self.device_id: str = given["device_id"]

    @property
    def headers(self) -> dict[str, str]:
        """What it shows."""
        return {"authorization": f"Bearer {self.given['token']}"}

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        """Post something as the device."""
        response: httpx.Response = await self.yard.anonymous.post(path, json=body, headers=self.headers)
        return response

    async def renew(self) -> httpx.Response:
        """Ask for the next token, and do not take it yet."""
        return await self.post("/v1/devices/me/renew")

    async def beat(self, last_seq: int = 0, **more: Any) -> httpx.Response:
        """Send a heartbeat, by a clock that is right."""
        body = {"sent_at": self.yard.now.isoformat(), "last_seq": last_seq} | more
        return await self.post("/v1/devices/me/heartbeat", body)

    async def beats(self, last_seq: int = 0, **more: Any) -> Any:
        """Send a heartbeat that must be taken; return its answer."""
        response = await self.beat(last_seq, **more)
        assert response.status_code == 200, response.text
        return response.json()

    async def scans(self, *seqs: int, **more: Any) -> None:
        """Let the recorder hear of scans with those numbers."""
        await self.yard.records([passage(self.device_id, seq, self.yard.now, **more) for seq in seqs])

    async def view(self) -> Any:
        """Return what the office reads of it."""
        response = await self.yard.office.get(f"/v1/devices/{self.device_id}")
        assert response.status_code == 200, response.text
        return response.json()


class Yard:
    """A service with a gate, the office that runs it, and a client without a token."""

    def __init__(self, made: ServiceUnderTest) -> None:
        self.service = made
        self.office = made.client("community", area=AREA, subject="office-1")
        self.anonymous = made.client()

    @classmethod
    async def at(cls, service: MakeService) -> "Yard":
        """Return a yard with its gate defined."""
        yard = cls(await service(build, Settings, at=NOW))
        yard.service.feed_replicas()
        await yard.define_gate(GATE)
        return yard

    @property
    def now(self) -> datetime:
        """The time that all clocks show which are right."""
        return self.service.clock.now()

    async def define_gate(self, gate_id: str, path: str = COMPOUND) -> None:
        """Define a gate of the area."""
        body = {"gate_id": gate_id, "name": "大门", "area_path": path}
        assert (await self.office.put("/v1/gates", json=body)).status_code == 200

    async def code(self, gate_id: str = GATE) -> str:
        """Return a new one-time code."""
        response = await self.office.post(f"/v1/gates/{gate_id}/enrolments", json={"enrolment_id": new_id()})
        assert response.status_code == 201, response.text
        code: str = response.json()["code"]
        return code

    async def enrol(self, code: str, request_id: str | None = None, **more: Any) -> httpx.Response:
        """Show a code."""
        body = {"code": code, "request_id": request_id or new_id()} | more
        response: httpx.Response = await self.anonymous.post("/v1/devices/enrol", json=body)
        return response

    async def scanner(self, gate_id: str = GATE) -> Scanner:
        """Return a device that has just been enrolled."""
        response = await self.enrol(await self.code(gate_id), name="东门一号")
        assert response.status_code == 200, response.text
        return Scanner(self, response.json())

    async def records(self, passages: Sequence[PassageRecorded]) -> None:
        """Let the recorder hear of passages."""
        await self.service.receive(*passages)

    async def scan_elsewhere(self) -> None:
        """Let another device scan a visitor: the recorder is up to date."""
        await self.records([passage("device-elsewhere", 1, self.now)])

    async def pass_by(self, minutes: int, *, busy: bool = True) -> None:
        """Let minutes pass, with a check when it is due; `busy`: there are scans elsewhere all the time."""
        for _ in range(minutes):
            self.service.clock.advance(timedelta(minutes=1))
            if busy:
                await self.scan_elsewhere()
            await self.service.due()

    async def alerts(self, rule: str | None = None) -> list[Any]:
        """Return the alerts that the office sees, the oldest first."""
        response = await self.office.get("/v1/alerts", params={"limit": 1000})
        assert response.status_code == 200, response.text
        return [alert for alert in reversed(response.json()["items"]) if rule in (None, alert["rule"])]


def passage(device_id: str, seq: int, at: datetime, **more: Any) -> PassageRecorded:
    """Return a visitor's passage as the bus carries it."""
    scan_id = new_id()
    fields: dict[str, Any] = {
        "subject": scan_id,
        "scan_id": scan_id,
        "gate_id": GATE,
        "area_path": COMPOUND,
        "device_id": device_id,
        "seq": seq,
        "at": at,
        "received_at": at,
        "direction": Direction.IN,
        "credential_kind": CredentialKind.VISITOR,
        "verdict": Verdict.ALLOW,
    }
    return PassageRecorded(**fields | more)
