"""A leg of a journey in a browser: a device enrolled by a QR code, a fever at its gate reviewed, the device revoked."""

from typing import Any

from shared.base.ids import new_id
from tests.console.city import ConsoleCity
from tests.console.walking import Worker
from tests.support.waiting import eventually

GATE = "gate-p01"


async def a_clerk_runs_a_gate(city: ConsoleCity, clerk: Worker, compound: str) -> None:
    """Enrol a device and see it appear, review the alert that its scan raises, see the flow, and revoke it."""
    async with city.client("checkpoint", city.mint("community", area=compound)) as office:
        body = {"gate_id": GATE, "name": "东门", "area_path": compound}
        assert (await office.put("/v1/gates", json=body)).is_success
    await clerk.open("/")
    async with clerk.page.expect_navigation(url="**/gates"):
        await clerk.press("g", "g")
    await clerk.check()
    await clerk.click("[data-list] a >> text=东门", f"**/gates/{GATE}")
    await clerk.click("button >> text=登记设备", "**/enrol")
    assert await clerk.page.locator("svg.qr").count() == 1
    code = (await clerk.page.inner_text(".typed")).replace(" ", "")
    async with city.client("checkpoint") as device:
        enrolment = {"code": code, "request_id": new_id(), "name": "东门一号"}
        given = (await device.post("/v1/devices/enrol", json=enrolment)).json()
    await clerk.page.wait_for_selector("#enrolled >> text=东门一号")
    await clerk.check()
    await _scans_a_fever(city, given["token"])
    await _reviews_it(clerk)
    await clerk.open(f"/gates/{GATE}")
    assert "体温超标" in await clerk.text()
    await clerk.click("[data-list] a >> text=东门一号", "**/devices/*")
    await clerk.page.check('[name=reason][value="lost"]')
    await clerk.click("button >> text=停用此设备", "**/devices/*")
    assert "已停用" in await clerk.page.inner_text("h1")


async def _scans_a_fever(city: ConsoleCity, token: str) -> None:
    scan: dict[str, Any] = {"scan_id": new_id(), "gate_id": GATE, "seq": 1, "at": city.clock.now().isoformat()}
    scan |= {"direction": "in", "credential": {"kind": "visitor", "value": "courier-7"}, "temperature_c": 38.5}
    async with city.client("checkpoint", token) as device:

        async def stored() -> bool:
            answer = await device.post("/v1/scans", json=scan)
            assert answer.is_success, answer.text
            return bool(answer.json()["durable"] and "fever" in answer.json()["reasons"])

        await eventually(stored, poll=0.3)


async def _reviews_it(clerk: Worker) -> None:
    async def raised() -> bool:
        await clerk.page.goto(f"{clerk.url}/alerts")
        return await clerk.page.locator("[data-list] tbody a").count() > 0

    await eventually(raised, poll=0.5)
    await clerk.check()
    await clerk.click("[data-list] tbody a", "**/alerts/*")
    await clerk.page.check('[name=outcome][value="handled"]')
    await clerk.page.fill("#note", "已送发热门诊")
    await clerk.click("button >> text=保存复核", "**/alerts")
    assert "没有此类待复核的预警" in await clerk.text()
