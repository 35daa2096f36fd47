"""The gate's page in a real browser, beside a real service."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright

from services.checkpoint.settings import Settings
from tests.checkpoint.gate import COMPOUND, GATE, Gate, build, gate_at
from tests.conftest import MakeService
from tests.scanner.post import Post

# The first is the same browser without a window: it starts in half the time.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


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
async def browser() -> AsyncIterator[BrowserContext]:
    """A browser without memory of other tests."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip("there is no Chromium here: install one, as with 'apt-get install chromium-headless-shell'")
    options = ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=options)
        yield await chromium.new_context(locale="en-GB")
        await chromium.close()


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
