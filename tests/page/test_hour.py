"""The keeper's hour: a rush of people on a phone and on a tablet, with errors and the network pulled, and no slip.

`make hour` lets 300 people come to each of the two, the other runs a fifth as many.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.page.conftest import UNSENT
from tests.page.keeper import Keeper
from tests.page.rush import Comer, Rush, stored
from tests.scanner.post import Post
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

PEOPLE = int(os.environ.get("HOUR_PEOPLE", "60"))  # at each size
SIZES = {"phone": (390, 844), "tablet": (1024, 768)}
# The person at whom the network goes and comes back, as the browser notices it and as it does not.
GOES, BACK, DIES, REVIVES = (PEOPLE * part // 60 for part in (18, 26, 40, 47))


class Hour:
    """What happened at the page: the scans in their order, and what was wrong."""

    def __init__(self, keeper: Keeper, post: Post, browser: BrowserContext) -> None:
        self.keeper = keeper
        self._post = post
        self._browser = browser
        self._direction = "in"
        self.scanned: list[tuple[int, Comer]] = []
        self.slips: list[str] = []
        self._number = 0

    async def serve(self, one: Comer) -> None:
        """Do what a keeper does with a person: tap, measure, scan; wait for the answer, or not."""
        keeper = self.keeper
        if one.direction != self._direction:
            await keeper.tap(f".direction label:{'last' if one.direction == 'out' else 'first'}-child")
            self._direction = one.direction
        if one.mask is not None:
            await keeper.page.select_option("#mask", "yes" if one.mask else "no")
        await self._focus(one.focus)
        if one.temperature is not None and not one.in_line:
            await keeper.tap("#temperature")
            await keeper.types(str(one.temperature))
        if one.spoilt:  # not read: the same person is scanned again, with what was measured
            await self._scan(one.spoilt)
            await self._sees_unread()
        await self._scan(f"{one.text};{one.temperature}" if one.in_line else one.text)
        if one.kind is None:
            await self._sees_unread()
            return
        self.scanned.append((self._number, one))
        if not one.at_once:
            await self.sees_all()

    async def _focus(self, name: str | None) -> None:
        if name == "body":
            await self.keeper.page.evaluate("document.activeElement.blur()")
        elif name and name.startswith(".direction"):
            await self.keeper.tap(f".direction label:{'last' if self._direction == 'out' else 'first'}-child")
        elif name in ("#mask", "#sound"):
            await self.keeper.page.focus(name)
        elif name:
            await self.keeper.tap(name)

    async def _scan(self, text: str) -> None:
        self._number += 1
        await self.keeper.scans(text)

    async def _sees_unread(self) -> None:
        answer = await self.keeper.sees(self._number)
        if not answer.startswith("unread"):
            self.slips.append(f"{self._number} was no scan: {answer}")

    async def sees_all(self) -> None:
        """Wait until each scan so far has its answer."""
        for number, _ in self.scanned[-3:]:
            await self.keeper.sees(number)

    async def network(self, number: int) -> None:
        """Pull the network, or plug it in, when it is time."""
        if number in (GOES, BACK):
            await self._browser.set_offline(number == GOES)
        if number == DIES:
            await self._post.pull()
        elif number == REVIVES:
            await self._post.plug()
        if number in (BACK, REVIVES):
            await self.keeper.page.wait_for_selector("body[data-link=online]")

    async def check(self) -> None:
        """Compare what the page displayed, and what the service stored, with those who came."""
        await self.sees_all()

        async def all_is_sent() -> bool:
            return not await self.keeper.page.evaluate(UNSENT)

        await eventually(all_is_sent)
        rows = {row.seq: row for row in self._post.gate.passages}
        if sorted(rows) != list(range(1, len(self.scanned) + 1)):
            self.slips.append(f"{len(self.scanned)} scans, and stored were {len(rows)}")
        for seq, (number, one) in enumerate(self.scanned, 1):
            self._compare(one, self.keeper.answers[number], rows.get(seq))
        observed = await self.keeper.observed()
        self.slips += observed["slips"]
        answers = len(self.keeper.answers)
        if not observed["flashes"] == answers == self._number:
            self.slips.append(f"{self._number} scans, {answers} answers, {observed['flashes']} flashes")
        if observed["notes"] < answers:
            self.slips.append(f"{answers} answers and {observed['notes']} notes")

    def _compare(self, one: Comer, answer: str, row: object) -> None:
        state, verdict, mode, *label = answer.split(" ")
        wanted = one.verdict if mode == "live" else one.alone
        if (state, verdict) != ("shown", wanted) or not label[-1].endswith(one.tail):
            self.slips.append(f"displayed {answer} instead of {wanted} for {one.text[:20]}")
        if wrong := stored(one, row):
            self.slips.append(wrong)


@pytest.mark.parametrize("size", SIZES)
async def test_in_a_rush_every_person_gets_the_right_answer_once(
    browser: BrowserContext, post: Post, size: str
) -> None:
    keeper = await Keeper.arrive(browser, post, *SIZES[size])
    hour = Hour(keeper, post, browser)
    for number, one in enumerate(Rush(post.gate, len(size)).comers(PEOPLE)):
        await hour.network(number)
        await hour.serve(one)
    await hour.check()
    assert not hour.slips, "\n".join(hour.slips)
    assert len(hour.scanned) > PEOPLE * 0.8
    assert {answer.split(" ")[2] for answer in keeper.answers.values()} >= {"live", "cached"}
