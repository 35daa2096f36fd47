"""A rush at a gate: who comes, what the keeper does with them, and what the gate has to answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.base.ids import new_id
from shared.events.registration import Colour
from tests.checkpoint.gate import Gate, lives, standing

FOCUS = (None, None, "#sound", "#mask", ".direction label:first-child", "#temperature", "body")
_OTHERS = (  # what else comes: text, kind, verdict of the service, verdict of the page alone; None for no scan
    ("LM1:AAAA", "code", "deny", "deny"),
    ("https://example.org/q?c=1", None, None, None),
    ("11010519491231002{}", "id_number", "recheck", "recheck"),  # a wrong check digit
    ("UNKNOWN-{}", "card", "recheck", "recheck"),
    ("a=b", None, None, None),
    ("\x1b[AK-71", None, None, None),
)


@dataclass
class Comer:
    """A person at the gate, and what the gate must answer and store."""

    text: str
    kind: str | None
    resident: str | None
    verdict: str | None
    alone: str | None
    direction: str = "in"
    temperature: float | None = None
    mask: bool | None = None
    in_line: bool = False
    focus: str | None = None
    at_once: bool = False
    spoilt: str | None = None
    tail: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.tail = self.text[-4:]


class Rush:
    """Draws those who come, the same each time."""

    def __init__(self, gate: Gate, seed: int) -> None:
        self._gate = gate
        self._random = Random(seed)
        self._number = 0

    def comers(self, count: int) -> Iterator[Comer]:
        """Return the next people, in one or two directions, one or two at a time."""
        for _ in range(count):
            yield self._measured(self._drawn())

    def _drawn(self) -> Comer:
        draw = self._random.random()
        self._number += 1
        if draw < 0.1:
            text, kind, live, alone = self._random.choice(_OTHERS)
            return Comer(text.format(self._number % 10), kind, None, live, alone)
        resident, red = new_id(), self._random.random() < 0.12
        text, kind = self._credential(resident, draw)
        if red and kind != "visitor":
            self._gate.learns(standing(resident, Colour.RED))
        owner = None if kind == "visitor" else resident
        alone = "recheck" if kind in ("card", "id_number") else None
        return Comer(text, kind, owner, "red" if red and owner else "allow", alone)

    def _credential(self, resident: str, draw: float) -> tuple[str, str]:
        if draw < 0.15:
            return self._gate.code(resident, lasts_s=3600), "code"
        if draw < 0.25:
            return f"V-{self._number:08d}", "visitor"
        if draw < 0.35:
            number = _id_number(self._number)
            self._gate.learns(lives(resident, id_number_hash=self._gate.hash_of("id_number", number)))
            return number, "id_number"
        card = f"K-{self._random.randrange(10**6):06d}{self._number:04d}"
        self._gate.learns(lives(resident, cards=[self._gate.hash_of("card", card)]))
        return card, "card"

    def _measured(self, one: Comer) -> Comer:
        draw = self._random.random
        one.direction = "out" if draw() < 0.3 else "in"
        one.focus = self._random.choice(FOCUS)
        if one.kind is None:
            return one
        if draw() < 0.35 or one.kind == "visitor":
            one.temperature = self._random.choice((36.1, 36.4, 36.8, 37.0, 37.3, 38.6))
            one.in_line = draw() < 0.3
        one.mask = self._random.choice((None, None, None, None, True, False))
        one.at_once = draw() < 0.15
        one.spoilt = "K%2D7110" if draw() < 0.05 and not one.at_once else None
        one.alone = _verdict(one, one.alone or one.verdict)
        one.verdict = _verdict(one, one.verdict)
        return one


def _verdict(one: Comer, own: str | None) -> str:
    """Return the verdict on a person by the credential's own one, and by what was measured."""
    if own == "deny" or (one.temperature or 0) > 37.35 or (own == "red" and one.direction == "out"):
        return "deny"
    return "recheck" if own in ("red", "recheck") or one.mask is False else "allow"


def _id_number(number: int) -> str:
    text = f"1201031991{3 + number % 7:02d}05{number % 1000:03d}"
    total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(text))
    return text + "10X98765432"[total % 11]


def stored(one: Comer, row: Any) -> str | None:
    """Return how a stored passage differs from the person who was scanned; None where it does not."""
    if row is None:
        return f"{one.text[:20]} is not stored"
    wanted: tuple[Any, ...] = (one.kind, one.direction, one.temperature, one.mask, one.verdict)
    stored_as: tuple[Any, ...] = (
        row.credential_kind.value,
        row.direction.value,
        row.temperature_c,
        row.mask,
        row.verdict.value,
    )
    if one.resident:
        wanted, stored_as = (*wanted, one.resident), (*stored_as, row.resident_id)
    return None if wanted == stored_as else f"{one.text[:20]}: {stored_as} instead of {wanted}"
