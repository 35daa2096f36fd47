"""Legs of a journey in a browser: waiting for a second person, an export, another area by break-glass, an undoing."""

from pathlib import Path

from tests.console.walking import Worker
from tests.support.waiting import eventually


async def a_doctor_asks_for_a_longer_case(doctor: Worker, second: Worker, case: str) -> None:
    """Ask that a case lasts longer; another person sees it wait, and does not confirm it."""
    await doctor.open(f"/cases/{case}")
    await doctor.page.click("summary >> text=Extend")
    await doctor.page.fill("#days", "3")
    await doctor.page.fill("#extend-reason", "a contact has a fever")
    await doctor.click("button >> text=Ask for it")
    text = await doctor.text()
    assert ("doctor-chen asks for 3 days more. Unless a second person confirms it by" in text) is True, text
    assert "Confirm as the second person" not in text
    await second.open("/")
    await second.click("text=等待第二人确认的个案")
    await second.click("[data-list] tbody a")
    assert "以第二人身份确认" in await second.text()


async def a_doctor_reads_another_area(doctor: Worker, area: str) -> None:
    """Open an area after a second factor, read it, and close it."""
    await doctor.click("text=Break-glass")
    await doctor.page.fill("#area_path", area)
    await doctor.page.fill("#reason", "contacts of a case")
    await doctor.page.click("button >> text=Open the area")
    await doctor.second_factor()
    await doctor.page.click("button >> text=Confirm")

    async def is_read() -> bool:
        await doctor.page.goto(f"{doctor.url}/people")
        return "No residents are registered here yet" in await doctor.text()

    await eventually(is_read, poll=0.3)
    await doctor.check()
    assert await doctor.page.get_attribute(".glass strong", "title") == area
    await doctor.click(".glass button", "**/break-glass")
    await doctor.open("/people")
    assert "王伟1" in await doctor.text()


async def a_clerk_takes_the_list_away(clerk: Worker) -> None:
    """Export the people: by a second factor, and the page after it gives the file."""
    await clerk.open("/people")
    await clerk.page.click("button >> text=导出")
    await clerk.second_factor()
    async with clerk.page.expect_download() as download:
        await clerk.page.click("button >> text=下载")
    rows = Path(await (await download.value).path()).read_text(encoding="utf-8-sig")
    assert all(name in rows for name in ("王伟1", "王伟2", "王伟3"))
    await clerk.click("text=返回列表", "**/people")


async def a_clerk_undoes_the_last_import(clerk: Worker) -> None:
    """Undo an import that registered one person, who is taken off, as the file's history shows."""
    await clerk.open("/people")
    file = await clerk.page.get_attribute("[data-list] a:has-text('王伟2')", "href") or ""
    await clerk.open("/imports")
    await clerk.click("[data-list] tbody a", "**/imports/*")
    await clerk.page.click("summary >> text=撤销此导入")
    await clerk.page.fill("#reason", "名册有误")
    await clerk.click("button >> text=撤销导入", "**/undo")
    await clerk.page.wait_for_selector("text=所有行均已撤销")
    await clerk.check()
    assert await clerk.page.inner_text("#withdrawn") == "1"
    await clerk.open(f"{file}/changes")
    assert "名册有误" in await clerk.text()
