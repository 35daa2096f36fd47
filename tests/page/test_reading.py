"""What people type and scanners send is folded and read by the same rules in Python and on the page (R2.2)."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.checkpoint.domain.policy import USUAL
from services.checkpoint.domain.reading import UNREAD_TEXTS, Line, Unread, read
from shared.base import normal_form, temperature
from shared.events.checkpoint import CredentialKind
from tests.page.engine import PAGE, Engine, engine
from tests.page.lines import NOT_READ, READ, TEXTS

FORMS = {
    "fold": normal_form.fold,
    "name": normal_form.name,
    "idNumber": normal_form.id_number,
    "card": normal_form.card,
    "phone": normal_form.phone,
    "plate": normal_form.plate,
}


@pytest_asyncio.fixture
async def page() -> AsyncIterator[Engine]:
    """The page's code."""
    async with engine() as made:
        yield made


def on_page(page: Engine, text: str) -> Line:
    line = page.called("reading.read", text)
    problem = Unread(line["problem"]) if line["problem"] else None
    return Line(CredentialKind(line["kind"]), line["value"], line["temperature"], problem)


@pytest.mark.parametrize("text", READ)
async def test_a_line_holds_the_same_for_a_device_and_for_the_page(page: Engine, text: str) -> None:
    expected = READ[text]
    assert read(text) == on_page(page, text)
    assert read(text) == expected


@pytest.mark.parametrize("text", NOT_READ)
async def test_what_no_credential_can_hold_is_not_read_and_keeps_its_temperature(page: Engine, text: str) -> None:
    line = read(text)
    assert line == on_page(page, text)
    assert (line.temperature_c, line.problem) == NOT_READ[text]
    assert line.kind is CredentialKind.CARD


@pytest.mark.parametrize("form", FORMS)
async def test_every_text_has_one_normal_form_in_both_languages(page: Engine, form: str) -> None:
    assert {text: page.called(f"normal_form.{form}", text) for text in TEXTS} == {t: FORMS[form](t) for t in TEXTS}


@pytest.mark.parametrize("degrees", [36.6 + 0.7, 37.3, 37.2999999, 37.34, 37.35, 37.4, 37.2, 38.3, 36.05, 30.0, 45.04])
async def test_a_limit_in_tenths_is_compared_in_tenths_in_both_languages(page: Engine, degrees: float) -> None:
    for limit in (37.3, 37.0, 38.0):
        for at_limit in (False, True):
            call = f"modules.temperature.exceeds({degrees!r}, {limit!r}, {str(at_limit).lower()})"
            assert page.evaluate(call) == temperature.exceeds(degrees, limit, at_limit)
    within = page.evaluate(f"modules.temperature.liesWithin({degrees!r}, [30, 45])")
    assert within == temperature.lies_within(degrees, (30.0, 45.0))


async def test_the_usual_policy_of_the_page_is_that_of_the_service(page: Engine) -> None:
    fields = ("fever_over_c", "fever_at_limit", "mask_required", "exits", "visitors", "admission")
    text = (PAGE / "rules.js").read_text(encoding="utf-8").partition("USUAL = ")[2].partition(";")[0]
    own = json.loads(page.evaluate(f"JSON.stringify({text})"))
    stated = USUAL.model_dump(mode="json")
    assert {name: own[name] for name in fields} == {name: stated[name] for name in fields}


def test_every_cause_has_a_text_in_both_languages_that_says_what_to_do() -> None:
    assert UNREAD_TEXTS.keys() == set(Unread)
    for chinese, english in UNREAD_TEXTS.values():
        assert "重新" in chinese
        assert "scan again" in english or "measure again" in english
