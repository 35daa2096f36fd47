"""The numbers of residents' papers: stored sealed, searched by keyed hashes of their last four digits."""

from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.names import ID_NUMBER
from services.registration.usecases.search_hashes import hash_of
from shared.base.sealing import UNREADABLE

END, END_DIGITS = "resident.number_end", 4
_KEPT = 4


def number_hashes(deps: Deps, id_number: str) -> tuple[str, ...]:
    """Return the keyed hashes of a number by which the resident is found: of its last four digits."""
    return (hash_of(deps, END, id_number[-END_DIGITS:]),)


def masked_number(deps: Deps, resident: Resident) -> str:
    """Return the ID number as a list shows it: its last four digits, and a star for each other one."""
    number = deps.sealer.show(resident.sealed.id_number, ID_NUMBER, resident.resident_id)
    return number if number == UNREADABLE else "*" * (len(number) - _KEPT) + number[-_KEPT:]
