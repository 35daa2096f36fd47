"""Devices that are silent, as operators list them."""

from tests.checkpoint.gate import GATE
from tests.checkpoint.scanner import Yard
from tests.conftest import MakeService


async def test_an_operator_sees_the_devices_that_are_silent_the_longest_first(service: MakeService) -> None:
    yard = await Yard.at(service)
    scanner = await yard.scanner()
    await yard.pass_by(20)
    later = await yard.scanner()
    await yard.pass_by(20)
    alive = await yard.scanner()
    async with yard.service.client("operator", area="/") as client:
        first = (await client.get("/v1/devices/silent?limit=1")).json()
        second = (await client.get("/v1/devices/silent", params={"after": first["next"]})).json()
    listed = [*first["items"], *second["items"]]
    assert [one["device_id"] for one in listed] == [scanner.device_id, later.device_id]
    assert alive.device_id not in str(listed)
    assert (listed[0]["gate_id"], listed[0]["is_closed"]) == (GATE, False)
