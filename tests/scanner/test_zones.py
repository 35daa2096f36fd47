"""A device that is cut off follows zones as the service does, and the page as the device does (N1, N2)."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from services.checkpoint.client.copy import Copy
from services.checkpoint.client.exits import Exits
from services.checkpoint.client.offline import CACHED_FOR, judge
from services.checkpoint.domain.decision import Measured
from services.checkpoint.domain.reasons import Reason
from shared.base.ids import new_id
from shared.events.checkpoint import Direction, Policy, Verdict
from shared.events.registration import Colour
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import AREA, COMPOUND, NOW, Gate, standing
from tests.checkpoint.zoning import zone
from tests.page.cases import cases_of, differences, for_page
from tests.page.engine import Engine, engine
from tests.scanner.test_offline import ALWAYS, judged, let_hold, live, printed, recognised_once, synced

# By what is ordered: zones by kind and place.
ORDERED = {
    "lockdown": [("lockdown", COMPOUND)],
    "control": [("control", AREA)],
    "prevention": [("prevention", COMPOUND)],
    "control within prevention": [("control", COMPOUND), ("prevention", AREA)],
}
OUT = Measured(Direction.OUT, 36.5, True)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """The device's copy of the lists."""
    made = Copy(tmp_path / "copy")
    yield made
    made.close()


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


def credentials(gate: Gate) -> dict[str, str]:
    gate.learns(standing(red := new_id(), Colour.RED))
    codes = {"code": gate.code(new_id()), "red": gate.code(red), "printed": printed(gate, new_id(), Colour.GREEN)}
    return codes | {"visitor": "V-7K2M9QXD", "plate": "津A12345"}


@pytest.mark.parametrize("ordered", ORDERED)
async def test_a_device_that_is_cut_off_follows_the_zones_of_its_gate(gate: Gate, copy: Copy, ordered: str) -> None:
    gate.learns(*(zone(kind, path) for kind, path in ORDERED[ordered]))
    texts = credentials(gate)
    await synced(gate, copy)
    measured = [Measured(way, temperature, True) for way in Direction for temperature in (36.5, 37.6)]
    for what, text in texts.items():
        for seen, (verdict, reasons) in zip(measured, await live(gate, text, measured), strict=True):
            own = judged(gate, copy, text, seen).decision
            assert (own.verdict, list(own.reasons)) == (verdict, reasons), (what, seen)


async def test_of_a_part_that_is_locked_down_the_device_has_the_keeper_look_at_the_door(gate: Gate, copy: Copy) -> None:
    gate.learns(zone(path=f"{COMPOUND}/1"))
    await synced(gate, copy)
    own = judged(gate, copy, gate.code(new_id()), OUT).decision
    assert (own.verdict, own.reasons) == (Verdict.RECHECK, (Reason.ZONE_PART,))


async def test_a_device_counts_the_exits_that_it_knows_of(gate: Gate, copy: Copy) -> None:
    gate.learns(zone("control"))
    await synced(gate, copy)
    code, exits = gate.code(new_id(), lasts_s=10**6), Exits()

    def leave(days: int) -> tuple[Verdict, tuple[Reason, ...]]:
        now, line = NOW + timedelta(days=days), recognised_once(code)
        left = judge(line, OUT, copy.lists, copy.standing, now, 10 * CACHED_FOR, exits=exits)
        for resident_id in left.let_out:
            exits.add(resident_id, now)
        return left.decision.verdict, left.decision.reasons

    assert leave(0) == (Verdict.ALLOW, ())
    assert leave(1) == (Verdict.DENY, (Reason.HOUSEHOLD_QUOTA,))
    assert leave(2) == (Verdict.ALLOW, ())


@pytest.mark.parametrize("ordered", [*ORDERED, "a part", "a quota of the gate"])
async def test_the_page_follows_zones_as_every_other_device(page: Engine, gate: Gate, copy: Copy, ordered: str) -> None:
    texts = credentials(gate)
    if ordered == "a quota of the gate":
        let_hold(gate, Policy(since=ALWAYS, quota_persons=1, quota_days=2))
    elif ordered == "a part":
        gate.learns(zone(path=f"{COMPOUND}/1"), zone("prevention"))
    else:
        gate.learns(*(zone(kind, path) for kind, path in ORDERED[ordered]))
    await synced(gate, copy)
    lists = (await gate.device.get("/v1/lists")).json()
    cases = cases_of(texts)
    answers = await page.judged(lists, for_page(cases), gate.service.clock.now().timestamp() * 1000)
    assert differences(gate, copy, cases, answers) == []


async def test_the_page_counts_the_exits_that_it_knows_of(page: Engine, gate: Gate) -> None:
    gate.learns(zone("control"))
    lists = (await gate.device.get("/v1/lists")).json()
    now = gate.service.clock.now().timestamp() * 1000
    leave = """async (lists, text, now) => {
        const copy = new modules.lists.Copy({ fact: async () => null, keep: async () => {} });
        await copy.take(lists);
        const line = modules.gate.recognised(text), exits = new modules.rules.Exits(), answers = [];
        const seen = { direction: "out", temperature: 36.5, mask: true };
        for (const days of [0, 1, 2]) {
            const at = now + days * 86400e3;
            const { verdict, reasons } = await modules.rules.judge(line, seen, copy.lists, at, [], exits);
            answers.push([verdict, reasons]);
        }
        return answers;
    }"""
    answers = await page.answer(leave, lists, gate.code(new_id(), lasts_s=10**6), now)
    assert answers == [["allow", []], ["deny", ["household_quota"]], ["allow", []]]
