"""The page's clock is corrected as every other device's: by the service's answer, also after a restart (R2.4)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.base.ids import new_id
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import Gate
from tests.page.engine import Engine, engine

SLOW_MS, FAST_MS = -40 * 60e3, 9 * 3600e3

# A gate whose machine is ahead of the service. It scans once online, and is cut off; `steps` are [minutes, code].
_GATE = """async (lists, nowMs, aheadMs, restart, steps) => {
    globalThis.crypto.getRandomValues = (bytes) => bytes;
    const facts = {}, rows = [];
    const book = {
        fact: async (name) => facts[name], keep: async (name, value) => { facts[name] = value; },
        add: async (scan, state, offset) => rows.push({ scan, state, offset }), show: async () => {},
        shiftOffsets: async () => {},
    };
    let machine = nowMs + aheadMs, slept = 0;
    const copy = new modules.lists.Copy(book);
    await copy.take(lists);
    const started = async () => {
        const earliest = () => Date.parse(copy.said.as_of), steady = () => machine - slept;
        const clock = new modules.clock.DeviceClock(book, earliest, () => machine, steady);
        await clock.load();
        return clock;
    };
    let clock = await started();
    clock.learn(clock.offset + modules.service.clockOffsetOf([{ verdict: "allow", clock_offset_s: -aheadMs / 1000 }]));
    if (restart) clock = await started();
    const service = { clock, credential: { gate_id: "g" }, call() {}, ask: async () => null };
    const gate = new modules.gate.Gate(book, copy, service, { online: false });
    const shown = [];
    for (const [minutes, code, jumpMs] of steps) {
        machine += minutes * 60e3 + jumpMs;
        slept += jumpMs;
        const seen = { direction: "in", temperature: 36.5, mask: true };
        const { verdict, reasons, mode } = await gate.scan(modules.gate.recognised(code), seen);
        shown.push([verdict, reasons, mode]);
    }
    return { shown, warning: clock.warning(), at: rows.map((row) => Date.parse(row.scan.at) - nowMs) };
}"""


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


async def cut_off(page: Engine, gate: Gate, ahead_ms: float, steps: list[Any], restart: bool = False) -> Any:
    lists = (await gate.device.get("/v1/lists")).json()
    now_ms = gate.service.clock.now().timestamp() * 1000
    return await page.answer(_GATE, lists, now_ms, ahead_ms, restart, steps)


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("ahead_ms", [SLOW_MS, FAST_MS])
async def test_cut_off_with_a_wrong_clock_the_page_judges_codes_by_the_services_time(
    page: Engine, gate: Gate, ahead_ms: float, restart: bool
) -> None:
    expired, good = gate.code(new_id(), age_s=900), gate.code(new_id(), age_s=-1)
    result = await cut_off(page, gate, ahead_ms, [[0, expired, 0], [0, good, 0]], restart)
    assert result["shown"] == [["recheck", ["code_expired"], "cached"], ["allow", [], "cached"]]
    assert result["at"] == [0, 0]
    assert result["warning"] == {
        "text": "clock_slow" if ahead_ms < 0 else "clock_fast",
        "seconds": abs(ahead_ms) / 1000,
    }


async def test_a_right_clock_is_not_worth_a_word_on_the_page(page: Engine, gate: Gate) -> None:
    result = await cut_off(page, gate, 20e3, [[0, gate.code(new_id(), age_s=900), 0]])
    assert result["warning"] is None


async def test_a_clock_that_is_set_back_while_the_page_runs_lets_no_expired_code_pass(page: Engine, gate: Gate) -> None:
    expired = gate.code(new_id(), age_s=900)
    result = await cut_off(page, gate, 0, [[0, expired, 0], [1, expired, -40 * 60e3]])
    assert [reasons for _, reasons, _ in result["shown"]] == [["code_expired"]] * 2
    assert result["at"] == [0, 60e3]
    assert result["warning"] == {"text": "clock_in_doubt", "seconds": None}


async def test_the_age_of_the_list_counts_by_the_corrected_time(page: Engine, gate: Gate) -> None:
    plates = [[24 * 60 - 10, "津A12345", 0], [20, "津A12345", 0]]
    modes = [mode for _, _, mode in (await cut_off(page, gate, FAST_MS, plates))["shown"]]
    assert modes == ["cached", "offline"]
