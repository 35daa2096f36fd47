"""The page's rules are the device's, which are the service's: case by case, by the page's own code (R2.4).

The code runs in V8 alone, in every run; what a browser adds to it is tried where there is one (test_browser.py).
"""

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from services.checkpoint.client.copy import Copy
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Policy
from shared.events.registration import Colour
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import Gate, standing
from tests.page.cases import NOTHING_SEEN, cases_of, changed_codes, differences, for_page
from tests.page.engine import Engine, engine
from tests.scanner.test_offline import ALWAYS, POLICIES, credentials_of, let_hold, printed, synced

MORE = {
    "card": "C-17",
    "number": "11010519491231002X",
    "plate of Macau": "粤Z1234澳",
    "plate with a dot": "津A·12345",
    "small slip": "v-7k2m9qxd",
    "card through an input method": "Ｃ－１７",
    "watched plate through an input method": "鄂ａ·１２345",
    "nothing that a credential holds": "#!?;36.5",
}


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A device's copy of the lists, to compare with."""
    made = Copy(tmp_path / "copy")
    yield made
    made.close()


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


@pytest.mark.parametrize("name", POLICIES)
async def test_the_pages_verdict_is_that_of_every_other_device(page: Engine, gate: Gate, copy: Copy, name: str) -> None:
    texts = credentials_of(gate) | MORE
    gate.learns(standing(exception := new_id(), Colour.RED))
    let_hold(gate, POLICIES[name])
    await synced(gate, copy)
    lists = (await gate.device.get("/v1/lists")).json()
    for later in (timedelta(), timedelta(hours=25)):
        gate.service.clock.advance(later)
        texts |= {f"{colour} after {later}": gate.code(new_id(), colour) for colour in Colour}
        texts["exception, after the list"] = gate.code(exception)
        cases = cases_of(texts)
        answers = await page.judged(lists, for_page(cases), gate.service.clock.now().timestamp() * 1000)
        assert differences(gate, copy, cases, answers) == []


@pytest.mark.parametrize("over_midnight", [True, False])
async def test_a_curfew_begins_and_ends_on_the_page_in_the_minute_in_which_it_does_at_a_device(
    page: Engine, gate: Gate, copy: Copy, over_midnight: bool
) -> None:
    now = gate.service.clock.now().astimezone(gate.service.deps.zone)
    hours = sorted(f"{now + timedelta(hours=later):%H:%M}" for later in (1, 3))
    curfew = (hours[1], hours[0]) if over_midnight else (hours[0], hours[1])
    let_hold(gate, Policy(since=ALWAYS, curfew=curfew))
    texts = {"code": printed(gate, new_id(), Colour.GREEN), "plate": "津A12345"}
    cases = [(text, Measured(way, 36.5, True)) for text in texts.values() for way in Direction]
    await synced(gate, copy)
    lists = (await gate.device.get("/v1/lists")).json()
    held_up = set()
    for _ in range(47):
        answers = await page.judged(lists, for_page(cases), gate.service.clock.now().timestamp() * 1000)
        assert differences(gate, copy, cases, answers) == [], gate.service.clock.now()
        held_up.add(any("offline_unknown" in reasons for kind, _, reasons, _ in answers if kind == "code"))
        gate.service.clock.advance(timedelta(minutes=30))
    assert held_up == {True, False}


async def test_a_page_without_a_list_lets_no_person_pass(page: Engine, gate: Gate, copy: Copy) -> None:
    texts = {"code": gate.code(new_id()), "card": "C-17", "visitor": "V-7K2M9QXD", "plate": "津A12345"}
    cases = cases_of(texts)
    answers = await page.judged(None, for_page(cases), gate.service.clock.now().timestamp() * 1000)
    assert differences(gate, copy, cases, answers) == []
    assert "allow" not in {verdict for _, verdict, _, _ in answers}


@pytest.mark.parametrize("at", [-1, -2, 5, 60, 150])
async def test_a_code_that_was_changed_anywhere_is_forged(page: Engine, gate: Gate, at: int) -> None:
    lists = (await gate.device.get("/v1/lists")).json()
    cases = for_page([(text, NOTHING_SEEN) for text in changed_codes(gate, at)])
    answers = await page.judged(lists, cases, gate.service.clock.now().timestamp() * 1000)
    assert [reasons for _, _, reasons, _ in answers] == [[]] + [["code_forged"]] * 6


@pytest.mark.parametrize("size", range(8))
async def test_what_stands_in_for_a_browsers_base64_is_base64(page: Engine, size: int) -> None:
    data = bytes(range(250, 250 - 37 * size, -37)) if size < 7 else bytes(range(256))
    text = base64.b64encode(data).decode()
    assert page.evaluate(f"btoa(atob({text!r}))") == text
    assert page.evaluate(f"asHex(Uint8Array.from(atob({text!r}), (sign) => sign.charCodeAt(0)))") == data.hex()
