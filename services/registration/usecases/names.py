"""Names of residents: stored sealed, searched by keyed hashes, and as a keeper at a gate sees them."""

from dataclasses import replace

from services.registration.domain import persons, pinyin
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.search_hashes import hash_of
from shared.base import normal_form
from shared.base.gate_names import GateName

NAME, ID_NUMBER = "resident.name", "resident.id_number"  # what each seal is for
PINYIN = "resident.pinyin"


def open_name(deps: Deps, resident: Resident) -> str:
    """Return the name of a resident in clear, `UNREADABLE` where it does not open."""
    return deps.sealer.show(resident.sealed.name, NAME, resident.resident_id)


def name_hashes(deps: Deps, name: str) -> tuple[str, ...]:
    """Return the keyed hashes of a name: of the beginnings of its characters, of each part of it, and of its pinyin."""
    parts = [name, *normal_form.name(name).split("·")[1:]]
    beginnings = dict.fromkeys(beginning for part in parts for beginning in normal_form.beginnings(part))
    by_pinyin = (hash_of(deps, PINYIN, key) for key in pinyin.keys(name))
    return (*(hash_of(deps, NAME, beginning) for beginning in beginnings), *by_pinyin)


def is_begun(name: str, q: str) -> bool:
    """Whether the name, or one of its further parts, begins with what is typed, in normal form."""
    parts = [name, *normal_form.name(name).split("·")[1:]]
    return any(normal_form.search_key(part).startswith(q) for part in parts)


def gate_name(deps: Deps, resident_id: str, name: str, id_number: str) -> str:
    """Return what a keeper at a gate sees of the resident, sealed: the masked name and the year of birth."""
    return deps.gate_names.seal(GateName(persons.mask_name(name), int(id_number[6:10])), resident_id)


def rename(deps: Deps, resident: Resident, name: str) -> Resident:
    """Return the file with another name, and what follows from it."""
    id_number = deps.sealer.open(resident.sealed.id_number, ID_NUMBER, resident.resident_id)
    sealed = replace(resident.sealed, name=deps.sealer.seal(name, NAME, resident.resident_id))
    gate_seal = gate_name(deps, resident.resident_id, name, id_number)
    return replace(resident, sealed=sealed, name_hashes=name_hashes(deps, name), gate_seal=gate_seal)
