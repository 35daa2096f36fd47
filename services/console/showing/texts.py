"""The console's texts in Chinese and English: the English text is the key, `locale/zh` has the Chinese one."""

import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from shared.web import language

LANGUAGES = language.LANGUAGES
LANGUAGE_COOKIE = "language"
LOCALE = Path(__file__).resolve().parents[1] / "locale"
DOMAIN = "console"


def N_(text: str) -> str:
    """Mark a text that is translated where it is shown."""
    return text


@cache
def translations(language: str) -> NullTranslations:
    """Return the texts of a language, read from its .po file: no step compiles them."""
    path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


def language_of(cookies: Mapping[str, str], accepted: str) -> str:
    """Return the language that a browser chose, else the first of ours that its Accept-Language names, else Chinese."""
    chosen = cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return language.language_of(accepted, otherwise=language.ZH)
