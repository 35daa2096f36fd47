"""The page displays whom the service names and keeps no name; it tests the check digit as every device does."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.base import id_numbers
from tests.checkpoint.conftest import gate as gate
from tests.checkpoint.gate import NOW, Gate
from tests.page.engine import Engine, engine

_SCAN = """async (answer) => {
    globalThis.crypto.getRandomValues = (bytes) => bytes;
    const kept = [];
    const book = { add: async () => 1, show: async (...row) => { kept.push(row); } };
    const clock = { now: () => 0, offset: 0 };
    const service = { clock, credential: { gate_id: "g" }, call() {}, ask: async () => answer };
    const gate = new modules.gate.Gate(book, { lists: null }, service, { online: true });
    const seen = { direction: "in", temperature: null, mask: null };
    const shown = await gate.scan(modules.gate.recognised("K-7110"), seen);
    return { shown, kept: JSON.stringify(kept) };
}"""


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


async def test_the_page_displays_the_person_of_the_answer_and_its_book_does_not_keep_it(page: Engine) -> None:
    person = {"name": "王**", "birth_year": 1953}
    answer = {"verdict": "allow", "reasons": [], "durable": True, "standing_as_of": None, "person": person}
    result = await page.answer(_SCAN, answer)
    assert result["shown"]["person"] == person
    assert "王" not in result["kept"]


@pytest.mark.parametrize("lists", [True, False])
async def test_an_id_number_with_a_wrong_check_digit_is_mistyped_on_the_page(
    page: Engine, gate: Gate, lists: bool
) -> None:
    own = (await gate.device.get("/v1/lists")).json() if lists else None
    seen = {"direction": "in", "temperature": 36.5, "mask": True}
    cases = [["110105194912310021", seen], ["11010519491231002X", seen], ["11010519491231002x", seen]]
    judged = [reasons[0] for _, _, reasons, _ in await page.judged(own, cases, NOW.timestamp() * 1000)]
    assert judged == ["id_number_wrong", "offline_unknown", "offline_unknown"]


async def test_the_pages_check_digit_is_the_services(page: Engine) -> None:
    numbers = [f"1201031991030500{n:02}" for n in range(100)] + ["", "1" * 17, "0" * 18, "12010319910305002x"]
    answer = "async (numbers) => numbers.map(modules.rules.isChecked)"
    assert await page.answer(answer, numbers) == [id_numbers.is_checked(number) for number in numbers]
