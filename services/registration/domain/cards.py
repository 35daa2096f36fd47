"""Cards of residents: a card belongs to one person, and passing it on is an act of its own (R1.9)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple


class Passing(NamedTuple):
    """That a card went from one resident to another: who decided it, when, and why."""

    from_id: str
    to_id: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Card:
    """A card by its keyed hash, the resident who holds it, and how it was passed on, the latest last."""

    card_hash: str
    resident_id: str
    passings: tuple[Passing, ...] = ()


def pass_on(card: Card, to_id: str, by: str, at: datetime, reason: str) -> Card:
    """Return the card in the hands of another resident."""
    passing = Passing(card.resident_id, to_id, by, at, reason)
    return replace(card, resident_id=to_id, passings=(*card.passings, passing))
