"""The page as a gate keeper uses it: live, with the network pulled, and back again (R2.2, R2.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from services.checkpoint.usecases import whole_list
from shared.base.ids import new_id
from shared.events.registration import Colour
from tests.checkpoint.gate import COMPOUND, GATE, standing
from tests.page.conftest import UNSENT, open_page
from tests.scanner.post import Post
from tests.support.waiting import eventually

if TYPE_CHECKING:  # each worker collects these tests, and the import takes most of a second
    from playwright.async_api import BrowserContext, Page, Route


async def scans(page: Page, text: str, out: bool = False) -> str:
    """Scan as a keyboard-wedge does; return the verdict that the page displays."""
    await page.check(f"input[name=direction][value={'out' if out else 'in'}]")
    await page.evaluate("document.querySelector('#verdict').dataset.verdict = ''")
    await page.fill("#line", text)
    await page.press("#line", "Enter")
    await page.wait_for_selector("#verdict:not([data-verdict=''])")
    return str(await page.get_attribute("#verdict", "data-verdict"))


async def says(page: Page, selector: str, text: str) -> None:
    async def contains() -> bool:
        content = await page.text_content(selector) or ""
        assert text in content, content
        return True

    await eventually(contains)


async def has_its_list(page: Page) -> None:
    await says(page, "#age", " s")


async def is_cut_off(page: Page) -> None:
    await says(page, "#online", "未连接")


async def all_is_sent(page: Page) -> None:
    async def sent() -> bool:
        # The book has a scan before its verdict is displayed; the page counts the unsent scans a moment later.
        left = await page.evaluate(UNSENT)
        assert left == 0, left
        content = await page.text_content("#unsent") or ""
        assert content.endswith(" 0"), content
        return True

    await eventually(sent)


async def test_a_scan_is_decided_by_the_service_and_stored(browser: BrowserContext, post: Post) -> None:
    page = await open_page(browser, post)
    post.gate.learns(standing(red := new_id(), Colour.RED))
    assert await scans(page, post.gate.code(red), out=True) == "deny"
    assert await page.text_content("#word") == "禁止通行"
    assert await page.text_content("#reasons") == "红码，请人工处置"
    await says(page, "#mode", "在线")
    assert await scans(page, "V-7K2M9QXD;36.6") == "allow"
    await all_is_sent(page)
    rows = sorted(await post.stored(), key=lambda row: row["seq"])
    assert [(row["seq"], row["verdict"], row["mode"]) for row in rows] == [(1, "deny", "live"), (2, "allow", "live")]


async def test_before_the_first_list_has_come_reasons_are_displayed_in_words_all_the_same(
    browser: BrowserContext, post: Post
) -> None:
    await browser.route("**/v1/lists?*", lambda _: None)  # a list that never comes
    page = await open_page(browser, post)
    post.gate.learns(standing(red := new_id(), Colour.RED))
    assert await scans(page, post.gate.code(red), out=True) == "deny"
    assert await page.text_content("#reasons") == "红码，请人工处置"
    await page.click("#language")
    assert await page.text_content("#reasons") == "Red code: follow the red-code procedure"
    await browser.set_offline(True)
    assert await scans(page, post.gate.code(new_id())) == "recheck"
    content = await page.text_content("#reasons") or ""
    assert "The lists are not loaded yet: check by hand" in content, content


async def test_a_reason_that_the_page_does_not_know_is_displayed_in_the_words_of_the_service(
    browser: BrowserContext, post: Post
) -> None:
    async def of_a_newer_service(route: Route) -> None:
        answer = await route.fetch()
        moonlight = {"code": "moonlight", "zh": "月光", "en": "Moonlight"}
        lists = await answer.json()
        await route.fulfill(response=answer, json=lists | {"reasons": [*lists["reasons"], moonlight]})

    async def decides(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(
            response=answer, json=await answer.json() | {"verdict": "recheck", "reasons": ["moonlight"]}
        )

    await browser.route("**/v1/lists?*", of_a_newer_service)
    await browser.route("**/v1/scans", decides)
    page = await open_page(browser, post)
    await says(page, "#age", "秒")
    assert await scans(page, "V-7K2M9QXD;36.6") == "recheck"
    assert await page.text_content("#reasons") == "月光"


async def test_with_the_network_pulled_it_loads_decides_and_sends_everything_once_when_it_is_back(
    browser: BrowserContext, post: Post
) -> None:
    page = await open_page(browser, post)
    post.gate.learns(standing(red := new_id(), Colour.RED))
    await says(page, "#age", "秒")
    await page.evaluate("navigator.serviceWorker.ready")
    await page.reload()
    await page.wait_for_selector("#scanning:visible")
    await scans(page, "C-1;36.5")
    await browser.set_offline(True)
    verdicts = [await scans(page, f"V-{number:08d};36.5") for number in range(3)]
    await post.pull()
    await page.reload()
    await page.wait_for_selector("#scanning:visible")
    await says(page, "#unsent", "3")
    verdicts += [
        await scans(page, post.gate.code(red), out=True),
        await scans(page, post.gate.code(new_id()), out=True),
    ]
    verdicts += [
        await scans(page, post.gate.code(new_id(), age_s=900)),
        await scans(page, "LM1:AAAA"),
        await scans(page, "C-2"),
    ]
    assert verdicts == ["allow", "allow", "allow", "deny", "allow", "recheck", "deny", "recheck"]
    await says(page, "#reasons", "离线无法核实，请人工核验")
    await says(page, "#mode", "离线名单")
    await browser.set_offline(False)  # there is a network, and no service answers
    assert await scans(page, "V-99999999;36.5") == "allow"
    await says(page, "#unsent", "9")
    await post.plug()
    await all_is_sent(page)
    await says(page, "#online", "已连接")
    rows = sorted(await post.stored(), key=lambda row: row["seq"])
    assert [row["seq"] for row in rows] == list(range(1, 11))
    assert [row["verdict"] for row in rows][1:9] == verdicts
    assert {row["mode"] for row in rows[1:]} == {"cached"}
    assert await post.gate.service.database["reused"].count_documents({}) == 0


async def test_two_tabs_share_one_book_and_send_nothing_twice(browser: BrowserContext, post: Post) -> None:
    one = await open_page(browser, post)
    await says(one, "#age", "秒")
    other = await open_page(browser, post)
    await browser.set_offline(True)
    for number in range(4):
        await scans(one, f"V-{number:08d};36.5")
        await scans(other, f"V-1{number:07d};36.5")
    await browser.set_offline(False)
    await all_is_sent(one)
    await all_is_sent(other)
    seqs = sorted(passage.seq for passage in post.gate.passages)
    assert seqs == list(range(1, 9))
    await one.close()  # the tab that sent
    await browser.set_offline(True)
    await scans(other, "V-20000000;36.5")
    await browser.set_offline(False)
    await all_is_sent(other)
    assert len(post.gate.passages) == 9


async def test_what_was_read_wrongly_is_no_scan_and_the_page_displays_why(browser: BrowserContext, post: Post) -> None:
    page = await open_page(browser, post)
    await page.fill("#line", "C-1;98.6")
    await page.press("#line", "Enter")
    await says(page, "#mode", "不是有效体温")
    await page.click("#language")
    await page.fill("#line", " ")
    await page.press("#line", "Enter")
    await says(page, "#mode", "Not read: nothing was read: scan again")
    assert post.gate.passages == []
    assert await scans(page, "V-7K2M9QXD") == "recheck"
    await says(page, "#reasons", "Measure the temperature")
    await page.fill("#temperature", "38,5")
    assert await scans(page, "V-7K2M9QXD") == "deny"
    assert await page.text_content("#word") == "STOP"
    assert await page.input_value("#temperature") == ""
    assert await scans(page, "#!?；38.5") == "deny"
    await says(page, "#reasons", "that is no code, card or number: scan again")
    assert await scans(page, f"]Q1{post.gate.code(new_id()).swapcase()}；36.6") == "allow"
    assert [passage.temperature_c for passage in post.gate.passages] == [None, 38.5, 38.5, 36.6]


async def test_a_device_is_enrolled_on_the_page_with_a_one_time_code(browser: BrowserContext, post: Post) -> None:
    office = post.gate.service.client("community", area=COMPOUND)
    await office.put("/v1/gates", json={"gate_id": GATE, "name": "东门", "area_path": COMPOUND})
    made = (await office.post(f"/v1/gates/{GATE}/enrolments", json={"enrolment_id": new_id()})).json()
    await (page := await browser.new_page()).goto(f"{post.url}/gate?gate=gate-elsewhere")
    for code in ("ABCDEFGH", made["code"]):  # wrong, and of another gate
        await page.fill("#code", code)
        await page.click("#enrolment button[type=submit]")
        await says(page, "#refusal", "登记码")
    await page.goto(f"{post.url}/gate?gate={GATE}#code={made['code']}")  # as the console's QR code has it
    await page.wait_for_function("document.activeElement.id === 'enrol'")
    assert page.url == f"{post.url}/gate?gate={GATE}"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#scanning:visible")
    await says(page, "#where", "大门")  # with the first list
    assert await scans(page, "V-7K2M9QXD;36.5") == "allow"
    (passage,) = post.gate.passages

    async def heartbeat_came() -> bool:
        device = (await office.get(f"/v1/devices/{passage.device_id}")).json()
        return bool(device["app_version"] == "page")

    await eventually(heartbeat_came)


async def test_a_wrong_token_is_displayed_and_the_gate_goes_on(browser: BrowserContext, post: Post) -> None:
    post.token = "wrong"
    page = await open_page(browser, post)
    assert await scans(page, "V-7K2M9QXD;36.5") == "recheck"  # the page never received a list
    await says(page, "#trouble", "登录凭证无效")
    await page.click("#language")
    await says(page, "#trouble", "sign in again")
    await says(page, "#unsent", "1")


async def test_a_scan_that_cannot_be_kept_is_displayed_as_not_recorded(browser: BrowserContext, post: Post) -> None:
    page = await open_page(browser, post)
    await page.evaluate(
        "() => { IDBObjectStore.prototype.add = () => { throw new DOMException('', 'QuotaExceededError'); }; }"
    )
    assert await scans(page, "V-7K2M9QXD;36.5") in ("allow", "recheck")
    assert await page.get_attribute("#verdict", "data-recorded") == "false"
    await says(page, "#reasons", "未记录")


async def test_a_copy_of_the_list_that_differs_is_not_taken(
    browser: BrowserContext, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_list, "KEPT_S", -1.0)
    page = await open_page(browser, post)
    await says(page, "#age", "秒")
    post.gate.learns(standing(new_id(), Colour.RED))
    lost: Any = await page.evaluate(
        """async (answer) => {
            const { Book } = await import("/gate/book.js");
            const { Copy } = await import("/gate/lists.js");
            const copy = new Copy(await Book.open());
            await copy.load();
            const digest = { ...answer.digest, red: [answer.digest.red[0] + 1, answer.digest.red[1]] };
            const held = () => copy.standings.size;
            return [await copy.take({ ...answer, digest }), held(), await copy.take(answer), held()];
        }""",
        (await post.gate.device.get("/v1/lists")).json(),
    )
    assert lost[0] is False
    assert lost[2] is True
    assert lost[3] - lost[1] == 1


async def test_it_fits_the_screen_of_a_small_phone_and_keeps_the_focus_where_a_scanner_types(
    browser: BrowserContext, post: Post
) -> None:
    page = await open_page(browser, post)
    await page.set_viewport_size({"width": 320, "height": 568})
    await scans(page, "V-7K2M9QXD;36.5")
    assert await page.evaluate("document.documentElement.scrollWidth <= 320")
    await page.click("#verdict")
    assert await page.evaluate("document.activeElement.id") == "line"
    sound = page.locator("#sound")
    assert await sound.get_attribute("aria-pressed") == "true"
    await sound.click()
    assert await sound.get_attribute("aria-pressed") == "false"


async def test_the_page_runs_nothing_but_its_own_files(browser: BrowserContext, post: Post) -> None:
    page = await browser.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    broken: list[str] = []
    page.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    response = await page.goto(f"{post.url}/gate")
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    await page.wait_for_selector("#enrolment:visible")
    assert {re.sub(r"^(data|http://127\.0\.0\.1:\d+)\b.*", r"\1", address) for address in addresses} <= {
        "data",
        post.url,
    }
    assert broken == []
    nothing = await post.gate.device.get("/gate/../main.py")
    assert nothing.status_code == 404
    assert (await post.gate.device.get("/gate/settings.py")).status_code == 404
