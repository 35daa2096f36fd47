"""A keeper's hands at the gate page: a scanner that types, fingers that tap, and eyes that see answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.console.walking import CHECKED
from tests.page.conftest import open_page
from tests.scanner.post import Post

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page

_EYES = Path(__file__).with_name("keeper.js").read_text(encoding="utf-8")
LONGEST_S = 20.0  # for one answer
_STATE = "[document.activeElement.id, line.value, temperature.value, recent.innerText.slice(0, 200), trouble.innerText]"
SCANNER_S, PERSON_S, PAUSE_S = 0.008, 0.17, 0.4
_ENTER = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
_TAPPED = ("#line", "#temperature", ".direction label:first-child", ".direction label:last-child")


class Keeper:
    """A keeper at a page. Keys have times of their own, so that a rush needs no waiting."""

    def __init__(self, page: Page, keys: CDPSession) -> None:
        self.page = page
        self._keys = keys
        self._at = time.time()
        self._where: dict[str, tuple[float, float]] = {}
        self.answers: dict[int, str] = {}
        self._news = asyncio.Event()

    @classmethod
    async def arrive(cls, browser: BrowserContext, post: Post, width: int, height: int) -> Keeper:
        """Open the page on a screen of that size, with its list."""
        await browser.add_init_script(_EYES)
        arrived: list[Keeper] = []
        await browser.expose_binding("answered", lambda _, number, answer: arrived[0]._note(number, answer))
        page = await open_page(browser, post)
        await page.set_viewport_size({"width": width, "height": height})
        keeper = cls(page, await browser.new_cdp_session(page))
        arrived.append(keeper)
        for name in _TAPPED:
            box = await page.locator(name).bounding_box()
            assert box is not None, name
            keeper._where[name] = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        return keeper

    def _note(self, number: int, answer: str) -> None:
        self.answers[number] = answer
        self._news.set()

    async def tap(self, name: str) -> None:
        """Tap where the element was when the keeper arrived: nothing moves under the finger."""
        await self.page.mouse.click(*self._where[name])

    async def types(self, text: str, every_s: float = PERSON_S, enter: bool = False) -> None:
        """Type a text with a pause before it."""
        self._at = max(self._at, time.time()) + PAUSE_S
        sent = []
        for one in text:
            sent.append(self._press({"text": one, "key": one}))
            self._at += every_s
        if enter:
            sent.append(self._press(_ENTER))
        await asyncio.gather(*sent)

    async def scans(self, text: str) -> None:
        """Scan: keys that come fast, and Enter. Returns when they are pressed."""
        await self.types(text, SCANNER_S, enter=True)

    def _press(self, key: dict[str, Any]) -> Any:
        return self._keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "timestamp": self._at} | key)

    async def sees(self, number: int) -> str:
        """Return the answer to the scan with that number, once the page displays it."""
        try:
            async with asyncio.timeout(LONGEST_S):
                while number not in self.answers:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no answer to {number}: {await self.page.evaluate(_STATE)}") from None
        return self.answers[number]

    async def observed(self) -> Any:
        """Return what was in sight: slips, flashes and notes."""
        return await self.page.evaluate("keeperSaw")


async def faults_of(page: Page) -> list[Any]:
    """Return what axe-core finds wrong with the page; a page that is wider than the window is wrong too."""
    from axe_playwright_python.async_playwright import Axe

    result = await Axe().run(page, options=CHECKED)
    faults = [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in result.response["violations"]]
    wider = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*faults, *(["wider than the window"] if wider else [])]
