"""The wording of messages, by template and language (R5.1)."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from services.notification.templates.en import ENGLISH
from services.notification.templates.language import Language, Text
from services.notification.templates.zh import CHINESE
from shared.base.json_types import JsonView
from shared.events.isolation import CaseKind
from shared.events.supply import DeliveryLine

LANGUAGES: Mapping[str, Language] = {"zh": CHINESE, "en": ENGLISH}
DEFAULT = "zh"
# Facts of which no list has all members get general words: a text that a person wrote may name any resident.
GENERAL = {"rule": "other_rule", "reason": "other_reason", "failure": "other"}


def render(template: str, language: str, facts: JsonView, zone: tzinfo) -> Text:  # Any: of any event
    """Return a template's title and body with the facts in words; an unknown language is read as Chinese.

    Raises `KeyError` for an unknown template or a fact that it needs and does not get.
    """
    speech = LANGUAGES.get(language, CHINESE)
    worded = {name: _in_words(name, fact, speech, zone) for name, fact in facts.items()}
    if isinstance(kind := facts.get("kind"), CaseKind):
        worded["notice"] = speech.words[f"notice_{kind.value}"]
    text = speech.texts[template]
    return Text(text.title.format_map(worded), text.body.format_map(worded))


def _in_words(name: str, fact: Any, speech: Language, zone: tzinfo) -> str:  # Any: worded by its type
    match fact:
        case None:
            return speech.words["open_ended"]
        case datetime():
            return speech.moment(fact.astimezone(zone))
        case date():
            return speech.day(fact)
        case float():
            return f"{fact:.1f}"
        case tuple():
            return speech.comma.join(_in_words(name, one, speech, zone) for one in fact)
        case DeliveryLine():
            return f"{speech.words.get(fact.item, fact.item)}×{fact.quantity}"
    return speech.words.get(str(fact), speech.words[GENERAL[name]] if name in GENERAL else str(fact))
