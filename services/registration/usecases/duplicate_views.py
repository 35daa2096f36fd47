"""Two files side by side, in words, and which files of an area may be of a person who is about to be registered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.registration.domain.changes import OF_PARTICULARS, TITLES, Field, words_of
from services.registration.domain.duplicates import Described, Reason, sex_of
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps, contacts, particulars
from services.registration.usecases.describing import born, like
from services.registration.usecases.names import open_name
from services.registration.usecases.numbers import masked_number
from shared.base import id_numbers, normal_form
from shared.web.access import Principal

NUMBER = "id_number"
_SIDE_BY_SIDE = (Field.DOOR, Field.CATEGORIES, Field.KEEPER, Field.LEFT)


@dataclass(frozen=True)
class Side:
    """One thing that two files state."""

    field: str
    title: str
    first: str
    second: str

    @property
    def same(self) -> bool:
        """Whether both state the same."""
        return self.first == self.second


async def side_by_side(deps: Deps, files: Sequence[Resident]) -> list[Side]:
    """Return what two files state, one thing after the other, as a clerk reads it."""
    points = await deps.store.contacts.of_persons([one.resident_id for one in files])
    phones = [contacts.show_phone(deps, points.get(one.resident_id)) or "" for one in files]
    names = [open_name(deps, one) for one in files]
    numbers = [masked_number(deps, one) for one in files]
    rows = [(Field.NAME.value, TITLES[Field.NAME], names), (NUMBER, "身份证号 ID number", numbers)]
    rows.append((Field.PHONE.value, TITLES[Field.PHONE], phones))
    rows += [(one.value, TITLES[one], [words_of(one, getattr(file, one)) for file in files]) for one in _SIDE_BY_SIDE]
    for one in OF_PARTICULARS:
        texts = [words_of(one, particulars.part(deps, file, one)) for file in files]
        rows.append((one.value, TITLES[one], texts))
    return [Side(field, title, *texts) for field, title, texts in rows if len(texts) > 1]


async def candidates(
    deps: Deps, caller: Principal, described: Described
) -> list[tuple[Resident, int, tuple[Reason, ...]]]:
    """Return the files of the caller's area that may be of a person; of the others the caller learns nothing."""
    return [one for one in await like(deps, described) if caller.sees(one[0].area_path)]


def described_by(name: str, id_number: str, phone: str, birth_date: date | None) -> Described:
    """Return a person as a clerk states one, in normal form."""
    number = id_numbers.whole(normal_form.id_number(id_number)) if id_number else ""
    known = normal_form.phone(phone)
    return Described(normal_form.name(name), born(number) or birth_date, sex_of(number), number, phone=known)
