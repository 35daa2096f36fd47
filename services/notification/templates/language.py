"""What a language needs to word a message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


class Text(NamedTuple):
    """A message's title and body, with `{facts}` in a template."""

    title: str
    body: str


@dataclass(frozen=True)
class Language:
    """Templates, words for coded facts, and how dates and lists are written."""

    texts: Mapping[str, Text]
    words: Mapping[str, str]
    comma: str
    day: Callable[[date], str]
    moment: Callable[[datetime], str]
