"""A device that was revoked, announces more than it sends, or sends more than its share: other gates go on."""

import asyncio
from typing import Any

import pytest

from services.checkpoint.usecases import LARGEST_BATCH, InFlight
from shared.base.errors import Unavailable
from shared.events.checkpoint import DeviceRevoked
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import AREA, COMPOUND, GATE, Gate, scan
from tests.security.asgi import Request

DEVICE_ROUTES = ("/v1/scans", "/v1/scans/batch", "/v1/devices/me/heartbeat", "/v1/devices/me/renew", "/v1/visitors")


def token_of(gate: Gate, subject: str) -> dict[str, str]:
    """Return the headers of a device of the gate."""
    client = gate.service.client("device", area=COMPOUND, subject=subject, gate=GATE)
    return {"authorization": client.headers["authorization"], "content-type": "application/json"}


@pytest.mark.parametrize("path", DEVICE_ROUTES)
async def test_a_revoked_device_is_turned_away_before_its_body_is_read(gate: Gate, path: str) -> None:
    gate.learns(DeviceRevoked(device_id="device-1", gate_id=GATE, area_path=COMPOUND, serial=1, reason="stolen"))
    request = Request(gate.service.app, path, token_of(gate, "device-1") | {"content-length": "5000"}, [b"{"])
    assert await request.run() == 403
    assert request.read == 0


async def test_what_a_device_announces_and_never_sends_takes_nothing_from_other_gates(gate: Gate) -> None:
    announced = token_of(gate, "device-1") | {"content-length": "900000"}
    waiting = [Request(gate.service.app, "/v1/scans/batch", announced, [b"["]) for _ in range(30)]
    tasks = [asyncio.create_task(request.run()) for request in waiting]
    while not all(request.read > 1 for request in waiting):
        await asyncio.sleep(0)
    assert gate.service.deps.in_flight.scans == 0
    other = gate.service.client("device", area=COMPOUND, subject="device-2", gate=GATE)
    assert (await other.post("/v1/scans/batch", json=[scan() for _ in range(20)])).status_code == 200
    for task in tasks:
        task.cancel()


async def test_a_device_that_sends_all_at_once_has_its_share_and_others_are_answered(gate: Gate) -> None:
    in_flight: InFlight = gate.service.deps.in_flight
    in_flight.by_caller["device-1"] = in_flight.share
    body: list[Any] = [scan()]
    refused = await gate.device.post("/v1/scans/batch", json=body)
    assert (refused.status_code, refused.json()["code"]) == (503, "checkpoint.busy")
    assert (await gate.device.post("/v1/scans", json=scan())).status_code == 503
    office = gate.service.client("community", area=AREA, subject="officer")
    assert (await office.post("/v1/scans/batch", json=body)).status_code == 200


def test_a_share_holds_a_whole_batch_and_is_free_again_after_it() -> None:
    in_flight = InFlight(LARGEST_BATCH)
    with in_flight.admitted("one", LARGEST_BATCH), pytest.raises(Unavailable), in_flight.admitted("other", 1):
        pass
    with in_flight.admitted("other", 1):
        assert in_flight.by_caller == {"other": 1}
    assert (in_flight.scans, in_flight.by_caller) == (0, {})


def test_ten_devices_at_least_are_needed_to_fill_a_process() -> None:
    in_flight = InFlight(20_000)
    assert in_flight.share * 10 <= in_flight.limit
