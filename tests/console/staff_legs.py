"""A leg of a journey in a browser: a sheet of staff, a keeper, the next month another, and who it was on a day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.console.city import ConsoleCity
from tests.console.walking import Worker
from tests.registration.office import text

HEADING = ("姓名", "电话", "单位", "资质", "职责", "负责区域", "账号")
MONTH = timedelta(days=31)


async def a_clerk_imports_staff_and_asks_who_was_responsible(
    city: ConsoleCity, clerk: Worker, grid: str, directory: Path
) -> None:
    """Import two colleagues, name one for a grid and a month later the other; each day has its own answer."""
    page, sheet = clerk.page, directory / "staff.csv"
    rows = [
        ("周建国", "13800000041", "居委会", "无", "网格", grid, "keeper-zhou"),
        ("何春梅", "13800000042", "居委会", "护士", "网格", grid, "keeper-he"),
    ]
    sheet.write_bytes(text(rows, HEADING))
    await clerk.open("/imports")
    await page.check('[name=kind][value="staff"]')
    await page.set_input_files("#file", sheet)
    await page.wait_for_selector("#preview #confirm")
    await clerk.click("#confirm", "**/imports/*")
    await page.wait_for_selector("text=所有行均已导入")
    await clerk.open("/staff")
    assert "何春梅" in await clerk.text()
    await _name(clerk, grid, "keeper-zhou")
    first = await page.input_value("#since")
    city.advance(seconds=MONTH.total_seconds())
    await _name(clerk, grid, "keeper-he", gone="keeper-zhou")
    door = f"{grid}/p01/1/2/101"
    await clerk.open(f"/keepers?path={door}")
    assert "何春梅" in await page.inner_text("#nearest")
    await page.fill("#day", first)
    await clerk.click("button >> text=显示", "**/keepers?*")
    assert "周建国" in await page.inner_text("#nearest")
    await page.set_viewport_size({"width": 390, "height": 800})
    await clerk.check()
    await clerk.open("/staff/keeper-he")
    await page.set_viewport_size({"width": 1280, "height": 800})


async def _name(clerk: Worker, grid: str, person_id: str, gone: str = "") -> None:
    await clerk.open(f"/keepers?path={grid}")
    if gone:
        await clerk.page.check(f'[name=gone][value="keeper {gone}"]')
    await clerk.page.fill("#person_id", person_id)
    await clerk.click("form[method=post].stack button.primary", "**/keepers?*")
    assert person_id in await clerk.page.inner_html("#nearest")
