"""A person of the demo at work in a real browser, with axe-core on every page that is opened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CHECKED = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Worker:
    """One person's browser."""

    def __init__(self, page: Page, url: str, subject: str) -> None:
        self.page = page
        self.url = url
        self.subject = subject

    @classmethod
    async def arrive(cls, browser: Browser, url: str, subject: str, locale: str = "zh-CN", path: str = "/") -> Worker:
        """Open a page in a browser of the person's own, and sign in on the way."""
        context = await browser.new_context(
            locale=locale, viewport={"width": 1280, "height": 800}, accept_downloads=True
        )
        worker = cls(await context.new_page(), url, subject)
        await worker.page.goto(url + path)
        await worker.page.click(f'button[value="{subject}"]')
        await worker.page.wait_for_url(url + path)
        await worker.check()
        return worker

    async def open(self, path: str) -> None:
        """Open a page and check it."""
        await self.page.goto(self.url + path)
        await self.check()

    async def click(self, selector: str, lands_on: str = "**") -> None:
        """Press something that leads to another page, and check that one."""
        async with self.page.expect_navigation(url=lands_on):
            await self.page.click(selector)
        await self.check()

    async def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def tab_to(self, selector: str) -> None:
        """Press Tab until the element has the focus."""
        for _ in range(60):
            if await self.page.locator(selector).evaluate("element => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    async def check(self) -> None:
        """Raise `AssertionError` where axe-core finds fault with the page, or it is wider than the window."""
        from axe_playwright_python.async_playwright import Axe

        result = await Axe().run(self.page, options=CHECKED)
        faults = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in result.response["violations"]]
        assert not faults, f"{self.page.url}: {json.dumps(faults, ensure_ascii=False)}"
        wider: int = await self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px wider than the window"

    async def text(self) -> str:
        """Return the text of the page."""
        return await self.page.inner_text("main")

    async def second_factor(self) -> None:
        """Confirm the second factor at the provider, and come back to the form that waited."""
        await self.page.click(f'button[value="{self.subject}"]')
        await self.page.click('button[name="second"]')
        await self.page.wait_for_url(f"{self.url}/forms/*")
        await self.check()
