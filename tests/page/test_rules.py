"""The page's rules are the device's, which are the service's: case by case, in the browser itself (R2.4)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext

from services.checkpoint.client.copy import Copy
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import Direction
from shared.events.registration import Colour
from tests.page.conftest import opened
from tests.scanner.post import Post
from tests.scanner.test_offline import POLICIES, judged, let_hold, shown_by, synced

JUDGE = """async ([said, cases, now]) => {
    const { Book } = await import("/gate/book.js");
    const { Copy } = await import("/gate/lists.js");
    const { judge } = await import("/gate/rules.js");
    const { recognised } = await import("/gate/gate.js");
    const copy = new Copy(await Book.open());
    if (said) await copy.take(said);
    const found = [];
    for (const [text, seen] of cases) {
        const line = recognised(text);
        const { verdict, reasons, mode } = await judge(line, seen, copy.lists, now);
        found.push([line.kind, verdict, reasons, mode]);
    }
    return found;
}"""


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A device's copy of the lists, to compare with."""
    made = Copy(tmp_path / "copy")
    yield made
    made.close()


def cases_of(texts: dict[str, str]) -> list[tuple[str, Measured]]:
    return [
        (text, Measured(direction, temperature, mask))
        for text in texts.values()
        for direction in Direction
        for temperature in (None, 36.5, 37.1, 37.3, 37.4)
        for mask in (None, False)
    ]


def as_said(cases: list[tuple[str, Measured]]) -> list[Any]:
    return [
        [text, {"direction": seen.direction.value, "temperature": seen.temperature_c, "mask": seen.mask}]
        for text, seen in cases
    ]


async def test_the_pages_verdict_is_that_of_every_other_device(browser: BrowserContext, post: Post, copy: Copy) -> None:
    page = await opened(browser, post)
    texts = shown_by(post.gate) | {"card": "C-17", "number": "11010519491231002X", "plate of Macau": "粤Z1234澳"}
    cases = cases_of(texts)
    for name, policy in POLICIES.items():
        let_hold(post.gate, policy)
        await synced(post.gate, copy)
        said = (await post.gate.device.get("/v1/lists")).json()
        for later in (timedelta(), timedelta(hours=25)):
            post.gate.service.clock.advance(later)
            now = post.now().timestamp() * 1000
            found = await page.evaluate(JUDGE, [said, as_said(cases), now])
            for (text, seen), (_, verdict, reasons, mode) in zip(cases, found, strict=True):
                own = judged(post.gate, copy, text, seen)
                told = (own.decision.verdict, list(own.decision.reasons), own.mode)
                assert (verdict, reasons, mode) == told, (name, text, seen, later)
            post.gate.service.clock.advance(-later)


async def test_a_page_without_a_list_lets_nobody_pass(browser: BrowserContext, post: Post, copy: Copy) -> None:
    page = await opened(browser, post)
    texts = {"code": post.gate.code(new_id()), "card": "C-17", "visitor": "V-7K2M9QXD", "plate": "津A12345"}
    cases = cases_of(texts)
    found = await page.evaluate(JUDGE, [None, as_said(cases), post.now().timestamp() * 1000])
    for (text, seen), (kind, verdict, reasons, mode) in zip(cases, found, strict=True):
        own = judged(post.gate, copy, text, seen)
        assert (verdict, reasons, mode) == (own.decision.verdict, list(own.decision.reasons), own.mode), (text, seen)
        assert verdict != "allow", kind


@pytest.mark.parametrize("at", [-1, -2, 5, 60, 150])
async def test_a_code_that_was_changed_anywhere_is_forged(browser: BrowserContext, post: Post, at: int) -> None:
    page = await opened(browser, post)
    good = post.gate.code(new_id(), Colour.GREEN)
    changed = list(good)
    changed[at] = "A" if changed[at] != "A" else "Q"
    texts = [good, "".join(changed), good + "A", good[:-1], good + ".AAAA", good.replace("LM1:", "LM1: "), good + "="]
    said = (await post.gate.device.get("/v1/lists")).json()
    cases = [[text, {"direction": "in", "temperature": None, "mask": None}] for text in texts]
    found = await page.evaluate(JUDGE, [said, cases, post.now().timestamp() * 1000])
    assert [reasons for _, _, reasons, _ in found] == [[]] + [["code_forged"]] * 6
