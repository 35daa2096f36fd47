"""The console's pages: Jinja2 templates with every value escaped, in the browser's language and the city's time."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.console.showing.sections import sections_of
from services.console.showing.texts import LANGUAGES, translations
from services.console.showing.words import FIELDS, WORDS

_FOLDER = Path(__file__).resolve().parents[1] / "pages"
# htmx runs no text as a script, keeps no copies of pages in the browser and asks no foreign host.
HTMX = {
    "allowEval": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "disableInheritance": False,
    "responseHandling": [{"code": "[234]..", "swap": True}, {"code": "5..", "swap": True}],
}


class Pages:
    """Renders the templates. Times are those of `zone`; `static` has the addresses of the static files by name."""

    def __init__(self, zone: ZoneInfo, static: Mapping[str, str]) -> None:
        self._zone = zone
        self._static = static

    @cached_property
    def _environments(self) -> dict[str, Environment]:
        return {language: self._environment(language) for language in LANGUAGES}

    def _environment(self, language: str) -> Environment:
        made = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        texts = translations(language)
        made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # by the extension
        made.filters |= {
            "day": self._day,
            "time": self._time,
            "at": self._at,
            "word": lambda code, kind: _word(texts.gettext, kind, code),
            "degrees": lambda value: f"{value:.1f}",
        }
        made.globals |= {
            "htmx": json.dumps(HTMX),
            "static": self._static,
            "file_fields": WORDS["file_field"],
            "kept_words": WORDS["kept"],
            "sections_of": sections_of,
            "field_words": {name: texts.gettext(text) for name, text in FIELDS.items()},
        }
        return made

    def render(self, language: str, template: str, **facts: object) -> str:
        """Return a page. Raises `UndefinedError` where the template needs what was not given."""
        return self._environments[language].get_template(template).render(language=language, **facts)

    def text(self, language: str, text: str, **values: object) -> str:
        """Return a marked text in a language, with its values."""
        translated = translations(language).gettext(text)
        return translated % values if values else translated

    def word(self, language: str, kind: str, code: str) -> str:
        """Return the word for a code of a service in a language."""
        return _word(translations(language).gettext, kind, code)

    def local(self, at: datetime) -> datetime:
        """Return an instant in the city's time."""
        return at.astimezone(self._zone)

    def _day(self, day: date | datetime | None) -> str:
        if day is None:
            return ""
        return (self.local(day).date() if isinstance(day, datetime) else day).isoformat()

    def _time(self, at: datetime | None) -> str:
        return f"{self.local(at):%H:%M}" if at else ""

    def _at(self, at: datetime | None) -> str:
        return f"{self.local(at):%Y-%m-%d %H:%M}" if at else ""


def _word(translate: Callable[[str], str], kind: str, code: str) -> str:
    text = WORDS[kind].get(code)
    return translate(text) if text else code
