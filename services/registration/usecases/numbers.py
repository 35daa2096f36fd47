"""The numbers of residents' papers: stored sealed, searched by keyed hashes of their last four digits."""

from collections.abc import Sequence

from services.registration.domain import persons
from services.registration.domain.particulars import Paper
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.names import ID_NUMBER
from services.registration.usecases.search_hashes import hash_of
from shared.base.sealing import UNREADABLE

END, PAPER, END_DIGITS = "resident.number_end", "resident.paper", 4
_KEPT = 4


def number_hashes(deps: Deps, id_number: str, papers: Sequence[Paper] = ()) -> tuple[str, ...]:
    """Return the keyed hashes by which the resident is found: of papers' numbers, and of the last four digits."""
    numbers = (*((id_number,) if persons.is_number(id_number) else ()), *(one.number for one in papers))
    ends = dict.fromkeys(number[-END_DIGITS:] for number in numbers)
    wholes = dict.fromkeys(one.number for one in papers)
    return (*(hash_of(deps, END, end) for end in ends), *(hash_of(deps, PAPER, number) for number in wholes))


def masked_number(deps: Deps, resident: Resident) -> str:
    """Return the ID number as a list shows it: its last four digits, and a star for each other one; empty without."""
    number = deps.sealer.show(resident.sealed.id_number, ID_NUMBER, resident.resident_id)
    if not persons.is_number(number):
        return ""
    return number if number == UNREADABLE else "*" * (len(number) - _KEPT) + number[-_KEPT:]
