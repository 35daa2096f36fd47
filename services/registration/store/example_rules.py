"""Rules that cities once had, as examples: files of the package, from published texts (`examples/`)."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from services.registration.domain.code_rules import ColourRule
from services.registration.domain.colours import EvidenceKind
from shared.events.registration import Colour


@dataclass(frozen=True)
class ExampleGround:
    """Evidence of a case: its kind, and the day on which it began."""

    kind: EvidenceKind
    since: date


@dataclass(frozen=True)
class ExampleCase:
    """A sentence, and the facts that it speaks of: the grounds of a person, and the colour `on` a day."""

    text: str
    on: date
    colour: Colour
    grounds: tuple[ExampleGround, ...] = ()


@dataclass(frozen=True)
class Example:
    """Rules of a city at a time, with their source and with cases that say what they mean."""

    name: str
    since: date
    title: str
    source: str
    rules: tuple[ColourRule, ...]
    cases: tuple[ExampleCase, ...]


_READ = TypeAdapter(Example)


@cache
def _examples() -> Sequence[Example]:
    here = files(__package__) / "examples"
    named = sorted((one for one in here.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return [_READ.validate_python({"name": one.name[:-5]} | tomllib.loads(one.read_text("utf-8"))) for one in named]


EXAMPLES = _examples()
