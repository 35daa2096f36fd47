"""The gate's page in a real browser, beside a real service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest_asyncio

from services.checkpoint.settings import Settings
from tests.checkpoint.gate import COMPOUND, GATE, Gate, build, gate_at
from tests.conftest import MakeService
from tests.scanner.post import Post
from tests.support.browser import chromium as chromium

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page

# How many scans the page keeps, sent or not.
UNSENT = """async () => {
  const { Book } = await import("/gate/book.js");
  const book = await Book.open();
  const { unsent, sent, parked } = await book.counts();
  book.database.close();
  return unsent + sent + parked;
}"""


@pytest_asyncio.fixture
async def post(service: MakeService, free_port: int, tmp_path: Path) -> AsyncIterator[Post]:
    """A gate over HTTP by the machine's clock, which is the browser's."""
    gate = Gate(await service(build, Settings, at=datetime.now(UTC)))
    await gate.open()
    gate.learns(gate_at(COMPOUND))
    made = Post(gate, free_port, tmp_path)
    await made.plug()
    yield made
    await made.close()
    await gate.close()


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[BrowserContext]:
    """A browser without memory of other tests."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(chromium)
        context = await connected.new_context(locale="en-GB")
        yield context
        await context.close()


async def open_page(browser: BrowserContext, post: Post) -> Page:
    """Open the page and enrol it with a token, if this browser has not been."""
    page = await browser.new_page()
    await page.goto(f"{post.url}/gate")
    await page.wait_for_selector("#enrolment:visible, #scanning:visible")
    if await page.is_visible("#enrolment"):
        await page.click("summary")
        await page.fill("#gate", GATE)
        await page.fill("#token", post.token)
        await page.click("#enrolment button[type=submit]")
        await page.wait_for_selector("#scanning:visible")
    return page
