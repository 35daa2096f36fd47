"""Devices of a city of real processes: enrolled, checked on and revoked over deaths of the service and of the bus."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from deploy.cli import device as command
from deploy.cli.main import main
from deploy.launcher.errors import NotRunning
from shared.base.ids import new_id
from tests.checkpoint.gate import AREA, COMPOUND, GATE, scan
from tests.conftest import MakeCity
from tests.support.city import CityUnderTest
from tests.support.waiting import eventually

pytestmark = pytest.mark.any_broker


def office(town: CityUnderTest) -> httpx.AsyncClient:
    return town.client("checkpoint", town.mint("community", area=AREA))


async def define_gate(town: CityUnderTest) -> None:
    async with office(town) as client:
        body = {"gate_id": GATE, "name": "大门", "area_path": COMPOUND}
        assert (await client.put("/v1/gates", json=body)).status_code == 200


def read_out(town: CityUnderTest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """Return a one-time code, made by the command."""
    monkeypatch.setattr(command, "chosen", lambda args: town.running)
    capsys.readouterr()
    assert main(["device", "enrol-code", GATE]) == 0
    (code,) = re.findall(r"^(\w{8})  for one device at gate-p01, until ", capsys.readouterr().out)
    return str(code)


async def enrolled(town: CityUnderTest, code: str) -> Any:
    """Return what a device is given for its code."""
    async with town.client("checkpoint") as anonymous:
        answer = await anonymous.post("/v1/devices/enrol", json={"code": code, "request_id": new_id()})
        assert answer.status_code == 200, answer.text
        return answer.json()


def answers(town: CityUnderTest, token: str, status: int) -> Callable[[], Awaitable[bool]]:
    """Return whether the gate answers a scan of the device so."""

    async def check() -> bool:
        async with town.client("checkpoint", token) as device:
            answer = await device.post("/v1/scans", json=scan(at=town.clock.now().isoformat()))
            assert answer.status_code == status, answer.text
            return True

    return check


async def test_a_device_scans_over_a_restart_and_once_revoked_never_again_though_the_bus_is_lost(
    city: MakeCity, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town = await city("registration", "checkpoint")
    await define_gate(town)
    given = await enrolled(town, read_out(town, monkeypatch, capsys))
    other = await enrolled(town, read_out(town, monkeypatch, capsys))
    await eventually(answers(town, given["token"], 200))
    await town.restart("checkpoint")
    await eventually(answers(town, given["token"], 200))
    async with office(town) as client:
        path = f"/v1/devices/{given['device_id']}/revoke"
        assert (await client.post(path, json={"reason": "stolen"})).json()["state"] == "revoked"
    await eventually(answers(town, given["token"], 403))
    await town.lose_bus()
    await town.restart("checkpoint")
    assert await answers(town, given["token"], 403)()
    await eventually(answers(town, other["token"], 200))


async def test_the_city_s_workers_find_a_device_silent_though_they_are_killed_meanwhile(
    city: MakeCity, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town = await city("registration", "checkpoint")
    await define_gate(town)
    given = await enrolled(town, read_out(town, monkeypatch, capsys))
    town.kill("checkpoint")
    town.advance(minutes=20)
    await town.start("checkpoint")
    async with office(town) as client, town.client("checkpoint", given["token"]) as device:

        async def alerts(count: int) -> bool:
            rules = [alert["rule"] for alert in (await client.get("/v1/alerts")).json()["items"]]
            assert rules == ["silent"] * count
            return True

        async def counted() -> bool:
            metrics = await client.get(f"{town.service('checkpoint').metrics_url}/metrics")
            return 'lastmetre_devices{state="silent"} 1.0' in metrics.text

        await eventually(lambda: alerts(1))
        await eventually(counted)  # after the alert is stored
        beat = {"sent_at": town.clock.now().isoformat(), "last_seq": 0}
        assert (await device.post("/v1/devices/me/heartbeat", json=beat)).status_code == 200
        town.advance(minutes=21)
        await eventually(lambda: alerts(2))
    await town.wait_until_quiet()


def test_a_code_that_cannot_be_had_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    class Away:
        def url(self, service: str, path: str) -> str:
            return f"http://127.0.0.1:{free_port}{path}"

        def mint_token(self, *roles: str, **claims: str) -> str:
            return "token"

    monkeypatch.setattr(command, "chosen", lambda args: Away())
    assert main(["device", "enrol-code", GATE]) == 4
    assert "checkpoint does not answer" in capsys.readouterr().err

    def none(args: object) -> None:
        raise NotRunning("No city runs on this machine: start one with 'lastmetre up'")

    monkeypatch.setattr(command, "chosen", none)
    assert main(["device", "enrol-code", GATE]) == 3
