"""Every text of the console exists in Chinese and English, and none stands in a page outside gettext."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from services.console.showing.texts import LOCALE, language_of, translations
from services.console.showing.words import WORDS
from shared.web.language import ZH
from tests.console.texts import ROOT, messages

TEMPLATES = sorted((ROOT / "pages").rglob("*.html"))
_TAG = re.compile(r"<[^>]*>|<[^>]*$|^[^<]*>")
_PLACE = re.compile(r"%\(\w+\)s")
# Names and signs that are the same in both languages.
_SAME = {"°", "°C", "English", "Enter", "g", "h", "p", "c", "j", "k", "s", "m"}


def _texts() -> set[str]:
    return {text for _, text in messages()}


def test_every_text_has_its_chinese_one_and_no_chinese_one_is_left_over() -> None:
    with (LOCALE / ZH / "LC_MESSAGES" / "console.po").open("rb") as file:
        catalog = {str(one.id): one for one in read_po(file, locale=ZH) if one.id}
    texts = _texts()
    assert len(texts) > 200
    assert texts == set(catalog), sorted(texts ^ set(catalog))
    for text, message in catalog.items():
        assert message.string, text
        assert not message.fuzzy, text
        assert sorted(_PLACE.findall(text)) == sorted(_PLACE.findall(str(message.string))), text


def test_the_keys_are_english() -> None:
    assert [text for text in _texts() if re.search("[\u4e00-\u9fff]", text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_a_page_outside_gettext(template: Path) -> None:
    parsed = Environment(extensions=["jinja2.ext.i18n"]).parse(template.read_text(encoding="utf-8"))
    data = "".join(one.data if isinstance(one, nodes.TemplateData) else "\x00" for one in _leaves(parsed))
    words = re.findall(r"[A-Za-z°\u4e00-\u9fff]+", _TAG.sub(" ", re.sub(r"<[^>]*>", " ", data)))
    assert [word for word in words if word not in _SAME] == []
    named = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"\x00]*)', data)
    assert [text for text in named if re.search("[A-Za-z\u4e00-\u9fff]", text)] == []


def _leaves(parsed: nodes.Template) -> list[nodes.Node]:
    return [one for output in parsed.find_all(nodes.Output) for one in output.nodes]


def test_the_codes_of_the_services_have_words() -> None:
    from services.isolation.domain.measurements import Symptom
    from services.registration.domain import colours, imports, orders, persons
    from shared.events import isolation, registration, registration_zones

    for kind, codes in (
        ("case_state", isolation.CaseState),
        ("case_kind", isolation.CaseKind),
        ("half_day", isolation.HalfDay),
        ("waiver", isolation.Waiver),
        ("symptom", Symptom),
        ("order_state", orders.State),
        ("import_state", imports.State),
        ("import_kind", imports.Kind),
        ("care", persons.Care),
        ("colour", registration.Colour),
        ("zone_kind", registration_zones.ZoneKind),
        ("zone_state", registration_zones.ZoneState),
        ("zone_exits", registration_zones.ZoneExits),
        ("zone_entries", registration_zones.ZoneEntries),
        ("zone_deliveries", registration_zones.ZoneDeliveries),
    ):
        missing = {code.value for code in codes} - WORDS[kind].keys() - {"unknown"}  # type: ignore[attr-defined]
        assert not missing, (kind, missing)
    assert {kind.value for kind in colours.EvidenceKind} <= WORDS["rule"].keys()


@pytest.mark.parametrize(
    ("cookies", "accepted", "language"),
    [
        ({}, "", "zh"),
        ({}, "fr-FR,fr;q=0.9", "zh"),
        ({}, "en-GB,en;q=0.9", "en"),
        ({}, "en;q=0.4,zh-CN;q=0.8", "zh"),
        ({"language": "en"}, "zh-CN", "en"),
        ({"language": "xx"}, "zh-CN;q=x, en", "en"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers_else_chinese(
    cookies: dict[str, str], accepted: str, language: str
) -> None:
    assert language_of(cookies, accepted) == language


def test_a_text_without_a_translation_stays_as_it_is() -> None:
    assert translations("zh").gettext("no such text") == "no such text"
    assert translations("zh").gettext("Sign out") == "退出登录"
