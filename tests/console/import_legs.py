"""A leg of the journeys: a foreign sheet is mapped by hand, its bad row corrected in the error sheet and sent again."""

import io
from pathlib import Path

from openpyxl import load_workbook

from tests.console.walking import Worker
from tests.registration.office import id_number, xlsx

TITLES = ("谁", "证", "院", "几栋", "几元", "几号")
COLUMNS = ("name", "id_number", "compound", "building", "unit", "room")


async def a_clerk_maps_a_foreign_sheet_and_corrects_it(clerk: Worker, directory: Path) -> None:
    """Map by hand, import with a bad row, correct it in the error sheet; the mapping is offered for the next file."""
    page, sheet = clerk.page, directory / "foreign.xlsx"
    sheet.write_bytes(xlsx([_foreign(1), _foreign(3, "12")], TITLES))
    await _map(clerk, sheet)
    assert "导入 1 行正确数据" in await page.inner_text("#preview")
    await clerk.click("#confirm", "**/imports/*-*")
    await page.wait_for_selector("#to-correct")
    await clerk.check()
    async with page.expect_download() as download:
        await page.click("#to-correct")
    book = load_workbook(io.BytesIO(Path(await (await download.value).path()).read_bytes()))
    errors = book.worksheets[0]
    assert [cell.value for cell in errors[1]][:-1] == list(TITLES)
    errors["B2"] = id_number(3)
    book.save(sheet)
    await clerk.click("text=导入另一个文件")
    await page.set_input_files("#file", sheet)
    await page.wait_for_selector("#preview #confirm")
    assert "更正以前一次导入的错误行" in await page.inner_text("#preview")
    await clerk.click("#confirm", "**/imports/*-*")
    await page.wait_for_selector("text=所有行均已导入")
    await _sees_it_offered_again(clerk, directory / "next.xlsx")


async def _map(clerk: Worker, sheet: Path) -> None:
    page = clerk.page
    await clerk.open("/imports")
    await page.set_input_files("#file", sheet)
    await page.wait_for_selector("#preview #mapped")
    await clerk.check()
    for title, column in zip(TITLES, COLUMNS, strict=True):
        await page.select_option(f'#preview select[aria-label="{title}"]', column)
    await page.focus("#mapped")
    await clerk.press("Enter")
    await page.wait_for_selector("#preview #confirm")
    await clerk.check()


async def _sees_it_offered_again(clerk: Worker, sheet: Path) -> None:
    page = clerk.page
    sheet.write_bytes(xlsx([_foreign(1)], TITLES))
    await clerk.open("/imports")
    await page.set_input_files("#file", sheet)
    await page.wait_for_selector("#preview #mapped")
    assert await page.input_value('#preview select[aria-label="谁"]') == "name"
    await clerk.open("/imports/mappings")
    await clerk.check()


def _foreign(serial: int, number: str = "") -> tuple[str, ...]:
    return f"王伟{serial}", number or id_number(serial), "春华1号院", "1号楼", "2单元", f"{100 + serial}"
