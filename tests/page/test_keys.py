"""What a scanner types reaches the scan, whatever has the focus, and what a person types stays what it is (R2.2)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from services.checkpoint.domain.decision import Decision, of_vehicle
from services.checkpoint.domain.reasons import Reason
from shared.events.checkpoint import Verdict
from tests.page.engine import Engine, engine

SCANNER_MS, SLOW_MS, PERSON_MS = 8, 100, 180
_ENTER = """async (field, pieces) => {
    let text = "", times = [], now = 1000;
    for (const [piece, gap, pause] of pieces) {
        now += pause;
        for (const sign of piece) {
            text += sign;
            times = modules.wedge.timesOf(times.length ? text.slice(0, -1) : "", times, text, now += gap);
        }
    }
    const isDegrees = (text) => {
        try { return modules.gate.temperatureOf(text) !== null; } catch { return false; }
    };
    return modules.wedge.onEnter(field, text, times, isDegrees);
}"""
Pieces = list[tuple[str, int, int]]  # a text, the milliseconds between its keys, and those before it


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


async def enter(page: Engine, field: str, *pieces: tuple[str, int, int]) -> tuple[Any, Any]:
    made = await page.answer(_ENTER, field, pieces)
    return made["scan"], made["keep"]


@pytest.mark.parametrize("every", [1, SCANNER_MS, 45, SLOW_MS])
@pytest.mark.parametrize("scan", ["K-7110", "120103199107050116", "V-7K2M9QXD", "K-7110;38.5", "LM1:AAAA" * 9])
async def test_a_scan_into_the_temperature_is_a_scan_and_the_temperature_stays(
    page: Engine, every: int, scan: str
) -> None:
    assert await enter(page, "temperature", (scan, every, 0)) == (scan, "")
    measured = ("36.8", PERSON_MS, 0)
    assert await enter(page, "temperature", measured, (scan, every, 900)) == (scan, "36.8")
    assert await enter(page, "temperature", measured, (scan[:4], every, 900), (scan[4:], every, 30)) == (scan, "36.8")


@pytest.mark.parametrize("every", [SCANNER_MS, PERSON_MS])
@pytest.mark.parametrize("text", ["36.8", "37", "３６．８", "36,8", "36.8℃"])
async def test_a_temperature_stays_one_however_fast_it_is_typed(page: Engine, text: str, every: int) -> None:
    assert await enter(page, "temperature", (text, every, 0)) == (None, text)
    assert await enter(page, "temperature", ("36.5", PERSON_MS, 0), ("36.8", SCANNER_MS, 900)) == (None, "36.8")


@pytest.mark.parametrize("text", ["368", "98.6", "3", ""])
async def test_a_number_that_no_body_has_is_no_card(page: Engine, text: str) -> None:
    assert await enter(page, "temperature", (text, PERSON_MS, 0)) == (None, text)


async def test_what_a_person_types_into_a_form_is_no_scan_and_what_a_scanner_types_is(page: Engine) -> None:
    assert await enter(page, "other", ("13812345678", PERSON_MS, 0)) == (None, "13812345678")
    assert await enter(page, "other", ("13812", PERSON_MS, 0), ("K-7110", SCANNER_MS, 700)) == ("K-7110", "13812")


async def test_a_key_that_was_touched_long_before_a_scan_is_no_part_of_it(page: Engine) -> None:
    assert await enter(page, "line", ("x", PERSON_MS, 0), ("K-7110", SCANNER_MS, 2000)) == ("K-7110", "")
    assert await enter(page, "line", ("K-71", PERSON_MS, 0), ("10;36.8", PERSON_MS, 2000)) == ("K-7110;36.8", "")
    assert await enter(page, "line", ("K-7110", SCANNER_MS, 0), (";36.8", SCANNER_MS, 2000)) == ("K-7110;36.8", "")
    assert await enter(page, "line", ("K-7110", SLOW_MS, 0)) == ("K-7110", "")


async def test_the_page_decides_on_a_vehicle_as_the_service_does(page: Engine) -> None:
    own = [
        Decision(Verdict.ALLOW, ()),
        Decision(Verdict.RECHECK, (Reason.CODE_YELLOW, Reason.MASK_MISSING)),
        Decision(Verdict.DENY, (Reason.FEVER, Reason.CODE_YELLOW)),
    ]
    cases = [
        (driver, on_board, watched)
        for driver in own
        for on_board in ([], own[:1], own[1:], [own[0], own[2]])
        for watched in (True, False)
    ]
    plain = [[_plain(driver), [*map(_plain, on_board)], watched] for driver, on_board, watched in cases]
    answers = await page.answer("async (cases) => cases.map((given) => modules.rules.ofVehicle(...given))", plain)
    assert answers == [_plain(of_vehicle(*case)) for case in cases]


def _plain(decision: Decision) -> dict[str, Any]:
    return {"verdict": decision.verdict.value, "reasons": [reason.value for reason in decision.reasons]}


async def test_of_a_vehicle_the_highest_temperature_and_a_missing_mask_count(page: Engine) -> None:
    seen = [{"direction": "in", "temperature": one, "mask": mask} for one, mask in ((36.5, True), (38.6, None))]
    together = await page.answer("async (one, other) => modules.vehicle.together(one, other)", *seen)
    assert together == {"direction": "in", "temperature": 38.6, "mask": True}
    bare = seen[1] | {"temperature": None, "mask": False}
    assert await page.answer("async (one, other) => modules.vehicle.together(one, other)", seen[0], bare) == (
        seen[0] | {"mask": False}
    )
