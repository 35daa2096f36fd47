"""Writes docs/pictures/: pages of the console over a small city of invented people. `make screenshots`."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright

from deploy.demo.people import COMMUNITY, people, places
from deploy.launcher.processes.child import ROOT
from deploy.launcher.servers.embedded import EmbeddedMongo
from deploy.services import SERVICES
from shared.base.ids import new_id
from tests.console.city import ConsoleCity
from tests.console.walking import Worker
from tests.registration.office import HEADING, text, xlsx
from tests.support.browser import running_chromium
from tests.support.imports import finished
from tests.support.waiting import eventually

FOLDER = ROOT / "docs" / "pictures"
HOUSEHOLDS, CASES = 60, 9
REASONS = ("密切接触者", "高风险地区返回", "发热待排查")


class Scene:
    """A community with residents, cases, measurements, an order that waits and a roster with errors."""

    def __init__(self, city: ConsoleCity) -> None:
        self.city = city
        self.people = list(people(date(2026, 2, 10), HOUSEHOLDS))

    async def fill(self) -> str:
        """Fill the city; return the id of the case with a fever."""
        await self._post("registration", "/v1/imports/places", "city", files=self._file("places", _places()))
        rows = [tuple(vars(one).values()) for one in self.people]
        await self._post(
            "registration", "/v1/imports/residents", "community", files=self._file("residents", text(rows, HEADING[:8]))
        )
        ids = [await self._find(one.id_number) for one in self.people[: CASES * 5 : 5]]
        cases = [await self._order(resident_id, number) for number, resident_id in enumerate(ids)]
        for number, case in enumerate(cases[1:]):
            await self._confirm(case, number)
        await self._measure(cases[1])
        return cases[1]

    async def _order(self, resident_id: str, number: int) -> str:
        case_id, today = new_id(), self.city.clock.now().date()
        order = {"case_id": case_id, "resident_id": resident_id, "kind": "central" if number % 4 == 3 else "home"}
        order |= {"reason": REASONS[number % 3], "starts_on": str(today - timedelta(days=6)), "length_days": 14}

        async def ordered() -> bool:
            answer = await self._send("isolation", "/v1/cases", "doctor", "doctor-chen", json=order)
            assert answer.is_success, answer.text
            return True

        await eventually(ordered, poll=0.3)
        return case_id

    async def _confirm(self, case: str, number: int) -> None:
        if number < CASES - 3:
            answer = await self._send("isolation", f"/v1/cases/{case}/confirmation", "community", "office-liu")
            assert answer.is_success, answer.text

    async def _measure(self, case: str) -> None:
        today = self.city.clock.now().date()
        for at in range(11):
            degrees = (36.5, 36.6, 36.4, 36.8, 36.7, None, 37.0, 37.6, 38.4, 38.1, 37.2)[at]
            if degrees is not None:
                half = ("morning", "afternoon")[at % 2]
                body = {"day": str(today - timedelta(days=5 - at // 2)), "half_day": half, "temperature_c": degrees}
                await self._send("isolation", f"/v1/cases/{case}/measurements", "doctor", "doctor-wu", json=body)

    async def _find(self, id_number: str) -> str:
        body = {"id_number": id_number}
        answer = await self._send("registration", "/v1/residents/find", "community", "office-liu", json=body)
        return str(answer.json()["resident_id"])

    def _file(self, name: str, content: bytes) -> dict[str, Any]:
        return {"file": (f"{name}.csv", content)}

    async def _send(self, service: str, path: str, role: str, subject: str, **body: Any) -> httpx.Response:
        token = self.city.mint(role, area="/" if role == "city" else COMMUNITY, subject=subject)
        async with self.city.client(service, token) as api:
            return await api.post(path, **body)

    async def _post(self, service: str, path: str, role: str, **body: Any) -> None:
        token = self.city.mint(role, area="/" if role == "city" else COMMUNITY, subject=f"{role}-office")
        async with self.city.client(service, token) as api:
            await finished(api, await api.post(path, **body))


def _places() -> bytes:
    return text(places(), ("级别", "编码", "名称", "上级"))


async def draw(browser: Browser, city: ConsoleCity, case: str, directory: Path) -> None:
    """Write the pictures."""
    doctor = await Worker.arrive(browser, city.url("console"), "doctor-chen")
    clerk = await Worker.arrive(browser, city.url("console"), "office-liu")
    await doctor.open("/")
    await picture(doctor, "home")
    for path, name in (("/cases", "cases"), ("/cases/missing", "missing"), (f"/cases/{case}", "case")):
        await doctor.open(path)
        await picture(doctor, name)
    await doctor.page.set_viewport_size({"width": 390, "height": 844})
    await doctor.open(f"/cases/{case}")
    await picture(doctor, "case-phone")
    await clerk.open("/people")
    await picture(clerk, "people")
    await clerk.click("[data-list] tbody tr:nth-child(3) a")
    await picture(clerk, "file")
    await clerk.click("text=提出码色指令")
    await clerk.page.fill("#reason", "核酸检测结果待复核")
    await clerk.click("button.primary", "**/orders/*")
    await picture(clerk, "order")
    roster = directory / "居民花名册.xlsx"
    rows = [
        ("春华1号院", "9号楼", "1单元", "101", "测试甲", "123", "199", ""),
        ("无名小区", "", "", "1", "测试乙", "", "", ""),
    ]
    roster.write_bytes(xlsx(rows, HEADING[:8]))
    await clerk.open("/imports")
    await clerk.page.set_input_files("#file", roster)
    await clerk.page.wait_for_selector("#preview h3")
    await picture(clerk, "preview")
    await clerk.page.goto(f"{clerk.url}/language/en?return_to=/")
    await picture(clerk, "home-english")
    auditor = await Worker.arrive(browser, city.url("console"), "auditor-qian")
    await auditor.open("/audit/readings?reader=office-liu")
    await picture(auditor, "readings")
    operator = await Worker.arrive(browser, city.url("console"), "operator-ma")
    await operator.open("/services/registration")
    await picture(operator, "service")


async def picture(worker: Worker, name: str) -> None:
    """Write one picture of what the window holds."""
    await worker.page.screenshot(path=FOLDER / f"{name}.png")


async def _work(directory: Path, mongo_url: str, chromium: str) -> None:
    async with ConsoleCity(mongo_url, directory, tuple(SERVICES)) as city, async_playwright() as playwright:
        await city.start()
        case = await Scene(city).fill()
        browser = await playwright.chromium.connect_over_cdp(chromium)
        await draw(browser, city, case, directory)


def main() -> int:
    """Write the pictures; 1 where this machine has no Chinese font, for they would hold no text."""
    fonts = shutil.which("fc-list")
    if fonts and not subprocess.run([fonts, ":lang=zh"], capture_output=True, check=True).stdout:
        print("There is no Chinese font here: install one, as with 'apt-get install fonts-wqy-microhei'")  # noqa: T201
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        with (
            EmbeddedMongo(directory / "mongo", directory, durable=False) as store,
            running_chromium(directory / "chromium") as chromium,
        ):
            asyncio.run(_work(directory, store.url, chromium))
    return 0


if __name__ == "__main__":
    sys.exit(main())
