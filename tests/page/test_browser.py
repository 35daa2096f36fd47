"""What a browser itself adds to the page's rules: signatures, base64, the city's hour, modules as they are served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.checkpoint.client.copy import Copy
from shared.base.ids import new_id
from tests.page.cases import NOTHING_SEEN, cases_of, changed_codes, differences, for_page
from tests.page.conftest import open_page
from tests.scanner.post import Post
from tests.scanner.test_offline import POLICIES, credentials_of, let_hold, synced

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

JUDGE = """async ([lists, cases, now]) => {
    const { Book } = await import("/gate/book.js");
    const { Copy } = await import("/gate/lists.js");
    const { judge } = await import("/gate/rules.js");
    const { recognised } = await import("/gate/gate.js");
    const copy = new Copy(await Book.open());
    if (lists) await copy.take(lists);
    const judged = [];
    for (const [text, seen] of cases) {
        const line = recognised(text);
        const { verdict, reasons, mode } = await judge(line, seen, copy.lists, now);
        judged.push([line.kind, verdict, reasons, mode]);
    }
    return judged;
}"""


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A device's copy of the lists, to compare with."""
    made = Copy(tmp_path / "copy")
    yield made
    made.close()


async def test_the_verdict_in_a_browser_is_that_of_every_other_device(
    browser: BrowserContext, post: Post, copy: Copy
) -> None:
    page = await open_page(browser, post)
    cases = cases_of(credentials_of(post.gate))
    let_hold(post.gate, POLICIES["curfew"])
    await synced(post.gate, copy)
    lists = (await post.gate.device.get("/v1/lists")).json()
    answers = await page.evaluate(JUDGE, [lists, for_page(cases), post.now().timestamp() * 1000])
    assert differences(post.gate, copy, cases, answers) == []


async def test_in_a_browser_without_a_list_no_person_passes(browser: BrowserContext, post: Post) -> None:
    page = await open_page(browser, post)
    cases = cases_of({"code": post.gate.code(new_id()), "card": "C-17"})
    answers = await page.evaluate(JUDGE, [None, for_page(cases), post.now().timestamp() * 1000])
    assert "allow" not in {verdict for _, verdict, _, _ in answers}


@pytest.mark.parametrize("at", [-1, 60])
async def test_in_a_browser_a_code_that_was_changed_anywhere_is_forged(
    browser: BrowserContext, post: Post, at: int
) -> None:
    page = await open_page(browser, post)
    lists = (await post.gate.device.get("/v1/lists")).json()
    cases = for_page([(text, NOTHING_SEEN) for text in changed_codes(post.gate, at)])
    answers = await page.evaluate(JUDGE, [lists, cases, post.now().timestamp() * 1000])
    assert [reasons for _, _, reasons, _ in answers] == [[]] + [["code_forged"]] * 6
