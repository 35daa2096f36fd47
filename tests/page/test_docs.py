"""`/docs` in a browser: it asks no foreign host, and its reader enters a token and calls the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.launcher.secrets.issuer import Issuer
from tests.scanner.post import Post

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext


async def test_a_reader_enters_a_token_and_calls_the_service_and_no_foreign_host_is_asked(
    browser: BrowserContext, post: Post, issuer: Issuer
) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(f"{post.url}/docs")
    await page.click("button.authorize")
    await page.fill(".auth-container input", issuer.mint("city", area="/"))
    await page.click(".auth-btn-wrapper button.authorize")
    await page.click(".btn-done")
    route = page.locator("#operations-scans-list_reasons")
    await route.locator("button.opblock-summary-control").click()
    await route.locator("button.try-out__btn").click()
    await route.locator("button.execute").click()
    answer = route.locator(".live-responses-table .response-col_status").last
    await answer.wait_for()
    assert (await answer.inner_text()).startswith("200")
    assert f"{post.url}/openapi.json" in asked
    assert [url for url in asked if not url.startswith((f"{post.url}/", "data:", "blob:"))] == []
    assert wrong == []
    await page.close()
