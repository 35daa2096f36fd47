"""Files as they are compared: what of a person is opened, the keyed hashes of it, and which files share one."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.registration.domain import duplicates
from services.registration.domain.contacts import Contact
from services.registration.domain.duplicates import Described, Reason
from services.registration.domain.particulars import AddressKind
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.contacts import open_contact
from services.registration.usecases.names import ID_NUMBER, NAME
from services.registration.usecases.particulars import open_particulars
from services.registration.usecases.search_hashes import hash_of
from shared.base import normal_form
from shared.base.errors import Unreadable
from shared.base.ids import derived_id

KIND = "resident.duplicate"
MOST_OF_A_KEY = 50  # files that share a key: a dormitory's phone, a common name


def describe(deps: Deps, resident: Resident, contact: Contact | None) -> Described | None:
    """Return a file as it is compared; None where it cannot be read."""
    key = resident.resident_id
    try:
        number = deps.sealer.open(resident.sealed.id_number, ID_NUMBER, key)
        known = open_particulars(deps, resident)
        registered = [one.text for one in known.addresses if one.kind == AddressKind.REGISTERED]
        return Described(
            name=deps.sealer.open(resident.sealed.name, NAME, key),
            born=born(number),
            sex=duplicates.sex_of(number),
            number=number,
            papers=frozenset(one.number for one in known.papers),
            phone=normal_form.phone(open_contact(deps, contact).phone or ""),
            door=resident.area_path,
            address=registered[0] if registered else "",
        )
    except Unreadable:  # logged and counted where it was opened
        return None


def pair_id_of(a: str, b: str) -> str:
    """Return the id of the pair of these two files, whichever comes first."""
    return derived_id("duplicate", *sorted((a, b)))


def born(number: str) -> date | None:
    """Return the birth date that an ID number of 18 digits states, or None."""
    try:
        return date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}")
    except ValueError:
        return None


def hashes_of(deps: Deps, described: Described) -> list[str]:
    """Return the keyed hashes of which two files of one person share one."""
    return [hash_of(deps, KIND, key) for key in duplicates.keys(described)]


async def describe_each(deps: Deps, residents: Sequence[Resident]) -> Mapping[str, Described]:
    """Return by id those of the files that are here and can be read, as they are compared."""
    contacts = await deps.store.contacts.of_persons([one.resident_id for one in residents])
    here = [one for one in residents if not one.left]
    described = ((one.resident_id, describe(deps, one, contacts.get(one.resident_id))) for one in here)
    return {key: one for key, one in described if one is not None}


async def like(deps: Deps, described: Described) -> list[tuple[Resident, int, tuple[Reason, ...]]]:
    """Return the files that may be of the same person, with their points and why, the heaviest first."""
    rules = duplicates.rules_on(deps.today)
    ids = await deps.store.duplicates.sharing(hashes_of(deps, described), MOST_OF_A_KEY)
    stored = {one.resident_id: one for one in await deps.store.residents.as_stored(ids)}
    others = await describe_each(deps, list(stored.values()))
    compared = [(stored[key], duplicates.compare(described, one)) for key, one in others.items()]
    weighed = [(resident, rules.weigh(reasons), reasons) for resident, reasons in compared]
    return sorted((one for one in weighed if one[1] >= rules.propose_from), key=lambda one: -one[1])
