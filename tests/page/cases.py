"""Credentials at a gate, and how the verdict of the page's own code compares with a device's."""

from typing import Any

from services.checkpoint.client.copy import Copy
from services.checkpoint.domain.decision import Measured
from shared.base.ids import new_id
from shared.events.checkpoint import Direction
from shared.events.registration import Colour
from tests.checkpoint.gate import Gate
from tests.scanner.test_offline import judged, recognised_once

Case = tuple[str, Measured]
NOTHING_SEEN = Measured(Direction.IN, None, None)


def cases_of(texts: dict[str, str]) -> list[Case]:
    """Return each text with everything that a gate may measure of the person who shows it."""
    return [
        (text, Measured(direction, temperature, mask))
        for text in texts.values()
        for direction in Direction
        for temperature in (None, 36.5, 37.1, 37.3, 36.6 + 0.7, 37.4)
        for mask in (None, True, False)
    ]


def for_page(cases: list[Case]) -> list[Any]:
    """Return the cases as the page's code takes them."""
    return [
        [text, {"direction": seen.direction.value, "temperature": seen.temperature_c, "mask": seen.mask}]
        for text, seen in cases
    ]


def differences(gate: Gate, copy: Copy, cases: list[Case], answers: list[Any]) -> list[Any]:
    """Return each case in which the page's kind, verdict, reasons or mode are not the device's, with both."""
    different = []
    for (text, seen), answer in zip(cases, answers, strict=True):
        own = judged(gate, copy, text, seen)
        wanted = [recognised_once(text).kind, own.decision.verdict, list(own.decision.reasons), own.mode]
        if answer != wanted:
            different.append((text, seen, answer, wanted))
    return different


def changed_codes(gate: Gate, at: int) -> list[str]:
    """Return a good code, and six that are that one changed at a place or at an end."""
    good = gate.code(new_id(), Colour.GREEN)
    changed = list(good)
    changed[at] = "A" if changed[at] != "A" else "Q"
    return [good, "".join(changed), good + "A", good[:-1], good + ".AAAA", good.replace("LM1:", "LM1: "), good + "="]
