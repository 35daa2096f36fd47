"""What a keeper sees and does at the page beyond one scan: names, vehicles, emergencies, visitors, no network."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from shared.base.gate_names import GateName, GateNames
from shared.base.ids import new_id
from shared.events.checkpoint import CheckpointDefined, CheckpointKind, GateDefined
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, GATE, gate_at, lives, standing
from tests.page.conftest import open_page
from tests.page.keeper import Keeper, faults_of
from tests.page.test_page import all_is_sent, says
from tests.scanner.post import Post

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Route


class Keeping:
    """A keeper who counts the scans."""

    def __init__(self, keeper: Keeper) -> None:
        self.keeper = keeper
        self.page = keeper.page
        self._number = 0

    async def scan(self, text: str) -> str:
        """Scan, and return the state and the verdict of the answer."""
        await self.keeper.scans(text)
        return await self.next()

    async def next(self) -> str:
        """Return the state and the verdict of the next answer."""
        self._number += 1
        return " ".join((await self.keeper.sees(self._number)).split(" ")[:2])

    async def text(self, name: str) -> str:
        return await self.page.text_content(name) or ""


@pytest_asyncio.fixture
async def tablet(browser: BrowserContext, post: Post) -> Keeping:
    """A keeper at a tablet."""
    return Keeping(await Keeper.arrive(browser, post, 1024, 768))


def holder(post: Post, card: str, name: str = "张*三", born: int = 1988) -> str:
    """Return the id of a new resident with a card, whose masked name the gate knows."""
    gate, resident = post.gate, new_id()
    sealed = GateNames(gate.service.deps.id_hash_key).seal(GateName(name, born), resident)
    gate.learns(lives(resident, cards=[gate.hash_of("card", card)]).model_copy(update={"gate_seal": sealed}))
    return resident


async def test_the_keeper_sees_gate_and_person_and_no_verdict_of_another(
    browser: BrowserContext, post: Post, tablet: Keeping
) -> None:
    answers = asyncio.Event()

    async def waits(route: Route) -> None:
        await answers.wait()
        await route.continue_()

    for card in ("K-7110", "K-7111"):
        holder(post, card)
    await says(tablet.page, "#where", "大门")  # with the first list
    assert await tablet.text("#where") == "大门"
    assert await tablet.scan("K-7110") == "shown allow"
    assert await tablet.text("#person") == "张*三 · 1988 年生"
    await browser.route("**/v1/scans", waits)
    await tablet.keeper.scans("K-7111")
    assert [await tablet.text("#word"), await tablet.text("#person"), await tablet.text("#reasons")] == [
        "核验中",
        "",
        "",
    ]
    await tablet.keeper.tap("#temperature")
    await tablet.keeper.types("38.5")  # of the next person, while this one is checked
    answers.set()
    assert await tablet.next() == "shown allow"
    assert (await tablet.keeper.observed())["flashes"] == 2
    assert [await tablet.page.input_value(name) for name in ("#temperature", "#line")] == ["38.5", ""]
    await tablet.page.wait_for_selector("#verdict[data-state=ready]")
    assert await tablet.text("#person") == ""
    assert "张" not in await tablet.text("#recent")
    assert [passage.temperature_c for passage in post.gate.passages] == [None, None]


async def test_what_the_service_refuses_is_displayed_in_the_language_of_the_page(post: Post, tablet: Keeping) -> None:
    post.gate.learns(gate_at(COMPOUND, closed=True))
    assert await tablet.scan("K-7110") == "shown recheck"
    assert (await tablet.text("#reasons")).startswith("该门岗已关闭")
    await tablet.page.click("#language")
    assert (await tablet.text("#reasons")).startswith("the gate gate-p01 is closed")
    assert await tablet.page.evaluate("/[\\u4e00-\\u9fff]/.test(document.querySelector('main').innerText)") is False
    await all_is_sent_in_english(tablet)


async def all_is_sent_in_english(tablet: Keeping) -> None:
    await says(tablet.page, "#unsent", "unsent 0")


async def test_those_on_board_are_scanned_next_next_done(browser: BrowserContext, post: Post, tablet: Keeping) -> None:
    holder(post, "K-7110")
    red = holder(post, "K-7111", "李*", 2001)
    post.gate.learns(standing(red, Colour.RED))
    await tablet.page.select_option("#mask", "yes")
    await tablet.keeper.scans("津A12345;36.5")
    await tablet.keeper.scans("K-7110")
    await tablet.keeper.scans("K-7111;36.9")
    assert "车内 2 人" in await tablet.text("#vehicle-word")
    assert post.gate.passages == []
    await tablet.page.click("#vehicle-done")
    assert await tablet.next() == "shown recheck"
    assert "车内第 2 人 卡 …7111: 人工核验" in await tablet.text("#reasons")
    assert "李* · 2001 年生" in await tablet.text("#person")
    vehicle, *persons = post.gate.passages
    assert (vehicle.credential_kind.value, vehicle.temperature_c, vehicle.mask) == ("plate", 36.9, True)
    assert [one.resident_id for one in persons[1:]] == [red]
    await browser.set_offline(True)
    await tablet.keeper.scans("津A12346")
    await tablet.keeper.scans(post.gate.code(new_id()))
    await tablet.keeper.scans("津A12346")  # its own plate again
    assert await tablet.next() == "shown allow"
    await tablet.keeper.scans("津A12347")
    await tablet.page.click("#vehicle-cancel")
    assert await tablet.page.is_hidden("#vehicle")
    await browser.set_offline(False)
    await all_is_sent(tablet.page)
    assert [one.vehicle_scan_id is None for one in post.gate.passages] == [True, False, False, True, False]


async def test_in_an_emergency_a_person_passes_and_the_next_one_does_not(post: Post, tablet: Keeping) -> None:
    post.gate.learns(standing(red := holder(post, "K-7110"), Colour.RED))
    await tablet.keeper.tap(".direction label:last-child")
    assert await tablet.scan("K-7110;36.6") == "shown deny"
    await tablet.page.click("#emergency")
    assert await tablet.text("#stopped-label") == "#1 卡 …7110"
    await tablet.page.keyboard.press("Enter")  # of a scanner: no person passes by it
    assert len(post.gate.passages) == 1
    await tablet.page.click("[data-reason=medical_emergency]")
    assert await tablet.next() == "shown allow"
    assert (await tablet.text("#word"), "医疗急救" in await tablet.text("#reasons")) == ("紧急放行", True)
    passage = post.gate.passages[-1]
    assert (passage.resident_id, passage.override, passage.verdict, passage.temperature_c) == (
        *(red, "medical_emergency", "allow"),
        36.6,
    )
    await tablet.page.click("#emergency")
    assert await tablet.page.is_hidden("#who-stopped")  # no person is held up now
    assert await tablet.scan("K-7110") == "shown deny"
    assert await tablet.page.is_hidden("#emergency-box")
    await tablet.page.click("#emergency")
    await tablet.page.check("#stranger")
    await tablet.page.click("[data-reason=fire]")
    assert await tablet.next() == "shown allow"
    last = post.gate.passages[-1]
    assert (last.resident_id, last.override, "credential_unreadable" in last.reasons) == (None, "fire", True)


async def test_a_visitor_is_registered_at_the_page_and_passes_by_the_slip(
    browser: BrowserContext, post: Post, tablet: Keeping
) -> None:
    office = post.gate.service.client("community", area=COMPOUND)
    await office.put("/v1/gates", json={"gate_id": GATE, "name": "东门", "area_path": COMPOUND})
    await tablet.page.click("#visitor")
    await tablet.page.fill("#visitor-name", "陈七")
    await tablet.keeper.scans("11010519491231002X")  # into whatever field
    await tablet.page.click("#visitor-phone")
    await tablet.keeper.types("12345678901")
    assert [await tablet.page.input_value(f"#visitor-{name}") for name in ("name", "id_number", "phone")] == [
        *("陈七", "11010519491231002X", "12345678901"),
    ]
    await tablet.page.click("#register")
    await tablet.page.wait_for_selector("#slip:visible")
    slip = await tablet.text("#slip-code")
    await tablet.page.evaluate("document.getElementById('slip-picture').decode()")
    permits: Any = await post.gate.service.database["permits"].find().to_list(None)
    assert [permit["purpose"] for permit in permits] == ["visit"]
    await tablet.page.fill("#temperature", "36.5")
    await tablet.page.click("#check-slip")
    assert (await tablet.next(), slip[:2]) == ("shown allow", "V-")
    await tablet.page.click("#visitor")
    assert await tablet.page.input_value("#visitor-name") == ""
    await browser.set_offline(True)
    await says(tablet.page, "#visitor-problem", "纸质")
    assert await tablet.page.is_disabled("#register")


async def test_without_a_network_the_page_says_so_at_once_and_its_green_is_another(
    browser: BrowserContext, post: Post, tablet: Keeping
) -> None:
    code = post.gate.code(new_id(), lasts_s=600)
    assert await tablet.scan(code) == "shown allow"
    look = "getComputedStyle(document.getElementById('verdict')).cssText + getComputedStyle(verdict).backgroundImage"
    online = await tablet.page.evaluate(look)
    await browser.set_offline(True)
    await tablet.page.wait_for_selector("body[data-link=offline]")
    assert "离线" in await tablet.text("#band")
    assert await tablet.text("#online") == "未连接"
    assert await tablet.scan(code) == "shown allow"
    assert (await tablet.text("#word"), await tablet.text("#person")) == ("离线放行", "离线不显示姓名")
    assert online != await tablet.page.evaluate(look)
    assert "gradient" in await tablet.page.evaluate(look)
    await browser.set_offline(False)
    await tablet.page.wait_for_selector("body[data-link=online]")


async def test_the_page_is_not_connected_before_the_service_has_answered(browser: BrowserContext, post: Post) -> None:
    await browser.route("**/v1/**", lambda _: None)
    page = await open_page(browser, post)
    assert await page.text_content("#online") == "连接中…"
    await page.wait_for_selector("body[data-link=offline]")  # no scan was needed


async def test_the_page_is_accessible_on_a_phone_and_on_a_tablet(browser: BrowserContext, post: Post) -> None:
    gate = post.gate
    gate.learns(
        GateDefined(gate_id=GATE, name="东门一号岗", area_path=COMPOUND, checkpoint_id="c1"),
        CheckpointDefined(checkpoint_id="c1", name="春华里", kind=CheckpointKind.COMPOUND, area_path=COMPOUND),
    )
    keeping = Keeping(await Keeper.arrive(browser, post, 390, 844))
    await says(keeping.page, "#where", "春华里 · 东门一号岗")
    holder(post, "K-7110")
    await keeping.scan("K-7110")
    await keeping.page.click("#visitor")
    assert await faults_of(keeping.page) == []
    await keeping.page.click("#visitor-close")
    await keeping.page.set_viewport_size({"width": 1024, "height": 768})
    await keeping.page.click("#language")
    await keeping.scan("LM1:AAAA")
    await browser.set_offline(True)
    await keeping.scan(gate.code(new_id(), age_s=int(timedelta(minutes=15).total_seconds())))
    await keeping.page.click("#emergency")
    assert await faults_of(keeping.page) == []
