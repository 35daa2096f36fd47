"""The gate's page in a real browser, beside a real service."""

import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright

from services.checkpoint.settings import Settings
from tests.checkpoint.gate import COMPOUND, GATE, Gate, build, gate_at
from tests.conftest import MakeService
from tests.scanner.post import Post
from tests.support.waiting import PATIENCE_S

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


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chromium that serves every test of one worker."""
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        pytest.skip("there is no Chromium here: install one, as with 'apt-get install chromium-headless-shell'")
    options = [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-extensions",
    ]
    options += ["--no-sandbox"] if os.getuid() == 0 else []
    profile = tmp_path_factory.mktemp("chromium")
    command = [program, *options, f"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{_port(process, profile / 'DevToolsActivePort')}"
        finally:
            process.kill()


def _port(process: "subprocess.Popen[bytes]", file: Path) -> int:
    """Return the port that a starting Chromium writes into the file."""
    until = time.monotonic() + PATIENCE_S
    while not (file.exists() and (lines := file.read_text(encoding="utf-8").splitlines())):
        assert process.poll() is None, "Chromium ended at its start"
        assert time.monotonic() < until, "Chromium does not listen"
        time.sleep(0.05)
    return int(lines[0])


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[BrowserContext]:
    """A browser without memory of other tests."""
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
