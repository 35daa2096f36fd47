"""Days of work in a real browser: a roster with errors, an isolation to its release, a red code by two officers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx
import pytest
import pytest_asyncio

from deploy.demo.people import COMMUNITY
from tests.console.audit_legs import an_auditor_finds_who_read_a_file
from tests.console.city import ConsoleCity
from tests.console.gate_legs import a_clerk_runs_a_gate
from tests.console.import_legs import a_clerk_maps_a_foreign_sheet_and_corrects_it
from tests.console.legs import (
    a_clerk_takes_the_list_away,
    a_clerk_undoes_the_last_import,
    a_doctor_asks_for_a_longer_case,
    a_doctor_reads_another_area,
)
from tests.console.operator_legs import an_operator_replays_a_dead_letter
from tests.console.rule_legs import a_clerk_states_new_rules, two_officers_decide_on_a_journey_and_an_appeal
from tests.console.staff_legs import a_clerk_imports_staff_and_asks_who_was_responsible
from tests.console.walking import Worker
from tests.registration.office import HEADING, TREE, person, text, xlsx
from tests.support.browser import chromium as chromium
from tests.support.imports import finished
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.any_broker, pytest.mark.early]
COMPOUND = f"{COMMUNITY}/a1/g01/p01"
ELSEWHERE = f"{COMMUNITY.rpartition('/')[0]}/c02"
DAYS = 7


@pytest_asyncio.fixture
async def city(tmp_path: Path, mongo_url: str) -> AsyncIterator[ConsoleCity]:
    """A city with one compound."""
    async with ConsoleCity(mongo_url, tmp_path) as made:
        await made.start()
        await _define_places(made)
        yield made


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser in which several people work, each with cookies of their own."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        yield await playwright.chromium.connect_over_cdp(chromium)


async def _define_places(city: ConsoleCity) -> None:
    rows, above = [], ""
    for level, code in zip(TREE, COMPOUND.strip("/").split("/"), strict=True):
        rows.append((level, code, "春华1号院" if level == "compound" else code, above))
        above = f"{above}/{code}"
    rows.append((TREE[COMMUNITY.count("/") - 1], "c02", "c02", ELSEWHERE.rpartition("/")[0]))
    content = text(rows, ("Level", "Code", "Name", "Parent"))
    async with city.client("registration", city.mint("city", area="/")) as office:
        answer = await office.post("/v1/imports/places", files={"file": ("places.csv", content)})
        assert (await finished(office, answer)).json()["rejected"] == 0


async def test_a_clerk_a_doctor_and_two_officers_do_their_days_work(
    city: ConsoleCity, browser: Browser, tmp_path: Path
) -> None:
    url = city.url("console")
    clerk = await Worker.arrive(browser, url, "office-liu", path="/imports")
    await _imports_a_roster_with_errors_and_corrects_it(clerk, tmp_path)
    doctor = await Worker.arrive(browser, url, "doctor-chen", locale="en-GB")
    case = await _orders_isolation_in_english(doctor)
    second = await Worker.arrive(browser, url, "office-sun")
    await _confirms_it_by_keyboard_alone(second)
    await a_doctor_asks_for_a_longer_case(doctor, second, case)
    await a_doctor_reads_another_area(doctor, ELSEWHERE)
    await a_clerk_takes_the_list_away(clerk)
    await _days_pass_with_a_fever(city, case)
    await _sees_the_curve_and_takes_the_person_back(doctor, case)
    await _approves_the_release(clerk, case)
    await two_officers_decide_on_a_journey_and_an_appeal(city, clerk, second, "王伟3")
    await _two_officers_turn_a_code_red(clerk, second)
    await a_clerk_runs_a_gate(city, clerk, COMPOUND)
    await a_clerk_undoes_the_last_import(clerk)
    await a_clerk_states_new_rules(city, clerk, COMPOUND)
    await an_auditor_finds_who_read_a_file(await Worker.arrive(browser, url, "auditor-qian"))
    await a_clerk_imports_staff_and_asks_who_was_responsible(city, clerk, COMPOUND.rpartition("/")[0], tmp_path)
    await clerk.click("text=退出登录", f"{url}/signed-out*")
    assert "您已退出登录" in await clerk.text()
    await an_operator_replays_a_dead_letter(city, browser)


async def _imports_a_roster_with_errors_and_corrects_it(clerk: Worker, directory: Path) -> None:
    page, roster = clerk.page, directory / "roster.xlsx"
    rows = [person(1), person(2, id_number="123"), person(3)]
    roster.write_bytes(xlsx(rows, HEADING))
    await page.set_input_files("#file", roster)
    await page.wait_for_selector("#preview #confirm")
    await clerk.check()
    assert "导入 2 行正确数据" in await page.inner_text("#preview")
    assert "身份证号" in await page.inner_text("#preview")
    await clerk.click("#confirm", "**/imports/*")
    await page.wait_for_selector("#rejected.bad")
    async with page.expect_download() as download:
        await page.click("text=错误清单")
    errors = Path(await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert "3,身份证号" in errors
    await a_clerk_maps_a_foreign_sheet_and_corrects_it(clerk, directory)
    roster.write_bytes(xlsx([person(1), person(2), person(3)], HEADING))
    await clerk.open("/imports")
    await page.set_input_files("#file", roster)
    await page.wait_for_selector("#preview #confirm")
    await clerk.click("#confirm", "**/imports/*")
    await page.wait_for_selector("text=所有行均已导入")
    await clerk.check()
    await clerk.open("/people")
    listed = await clerk.text()
    assert all(text in listed for text in ("王伟1", "王伟2", "王伟3", "春华1号院 1-2-101", "19900000002"))


async def _orders_isolation_in_english(doctor: Worker) -> str:
    page = doctor.page
    await doctor.press("/")
    await page.keyboard.type("王伟1")
    async with page.expect_navigation():
        await doctor.press("Enter")
    await doctor.click("[data-list] a >> text=王伟1")
    assert "That you opened this file is recorded." in await doctor.text()
    await doctor.click("text=Order isolation")
    await page.check('[name=length_days][value="7"]')
    await page.fill("#reason", "close contact")
    await doctor.click("button >> text=Order isolation", "**/cases/*-*")
    assert "ends unless a second person confirms it" in await doctor.text()
    return page.url.rpartition("/")[2]


async def _confirms_it_by_keyboard_alone(second: Worker) -> None:
    page = second.page
    async with page.expect_navigation(url="**/cases"):
        await second.press("g", "c")
    await page.wait_for_selector("[data-list] a")
    await second.press("j")
    async with page.expect_navigation(url="**/cases/*-*"):
        await second.press("Enter")
    await second.tab_to("text=以第二人身份确认")
    async with page.expect_navigation():
        await second.press("Enter")
    await second.check()
    assert "确认人：office-sun" in await second.text()
    await second.press("?")
    await page.wait_for_selector("dialog[open]")
    await second.check()
    await second.press("Escape")


async def _days_pass_with_a_fever(city: ConsoleCity, case: str) -> None:
    now = city.clock.now().astimezone()
    async with city.client("isolation", city.mint("doctor", area=COMMUNITY, subject="doctor-chen")) as api:
        opened: dict[str, Any] = (await api.get(f"/v1/cases/{case}")).json()
        first = datetime.fromisoformat(opened["starts_on"])
        evening = datetime.combine(first + timedelta(days=DAYS), time(11, 30), now.astimezone().tzinfo)
        city.advance(seconds=(evening.replace(tzinfo=None) - city.clock.now().replace(tzinfo=None)).total_seconds())
        for number in range(1, DAYS + 1):
            for half in ("morning", "afternoon"):
                degrees = 38.6 if (number, half) == (3, "afternoon") else 36.4 + number / 20
                report = {
                    "day": str((first + timedelta(days=number)).date()),
                    "half_day": half,
                    "temperature_c": degrees,
                }
                answer = await api.post(f"/v1/cases/{case}/measurements", json=report)
                assert answer.status_code == httpx.codes.CREATED, answer.text


async def _sees_the_curve_and_takes_the_person_back(doctor: Worker, case: str) -> None:
    await doctor.open("/cases?state=referred")
    await doctor.click("[data-list] a >> text=王伟1")
    assert await doctor.page.locator("svg.curve.wide circle").count() == 2 * DAYS - 1
    assert await doctor.page.locator("svg.curve.wide rect.high").count() == 1
    await doctor.click("text=Back from the fever clinic")

    async def requested() -> bool:
        await doctor.page.goto(f"{doctor.url}/cases/{case}")
        return "release requested" in await doctor.page.inner_text("h1")

    await eventually(requested, poll=0.5)
    await doctor.check()


async def _approves_the_release(clerk: Worker, case: str) -> None:
    await clerk.open("/")
    await clerk.click("text=待批准的解除")
    await clerk.click("[data-list] a >> text=王伟1")
    assert await clerk.page.locator(".checklist .lacks").count() == 0
    await clerk.click("text=批准解除")
    assert "已解除" in await clerk.page.inner_text("h1")
    assert case in clerk.page.url


async def _search(worker: Worker, name: str) -> None:
    """Search by the keys, and see that the address names no person."""
    await worker.open("/people")
    await worker.press("/")
    await worker.page.keyboard.type(name)
    await worker.page.wait_for_url("**/people?search=*")
    await worker.page.wait_for_function("document.querySelectorAll('[data-list] tbody tr').length === 1")
    await worker.check()
    assert name not in unquote(worker.page.url)


async def _two_officers_turn_a_code_red(clerk: Worker, second: Worker) -> None:
    await _search(clerk, "王伟3")
    await clerk.click("[data-list] a >> text=王伟3")
    await clerk.click("text=提出码色指令")
    await clerk.page.check('[name=colour][value="red"]')
    await clerk.page.fill("#reason", "核酸检测阳性")
    await clerk.click("button.primary >> text=提出", "**/orders/*-*")  # the second factor of the export is still fresh
    assert "核酸检测阳性" in await clerk.text()
    order = clerk.page.url
    assert "须由另一名工作人员批准" in await clerk.text()
    await second.open("/orders")
    await second.click("[data-list] tbody a")
    assert second.page.url == order
    await second.page.click("text=以第二人身份批准")
    await second.second_factor()
    assert "确认您提交的内容" in await second.text()
    await second.click("button >> text=确认", "**/orders/*")
    await _search(second, "王伟3")
    await second.click("[data-list] a >> text=王伟3")

    async def red() -> bool:
        await second.page.reload()
        return await second.page.locator("h1 .mark.red").count() == 1

    await eventually(red, poll=0.5)
