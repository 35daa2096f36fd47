"""Households and resident files (一人一档): what is public of a resident, and what is sealed (R1.3, R1.4)."""

from dataclasses import dataclass, field
from datetime import datetime

from shared.base.private import PRIVATE

PART_DEPTH = 3  # city, district, sub-district


@dataclass(frozen=True)
class Household:
    """A household: its id is derived from the area path of its door."""

    household_id: str
    area_path: str


@dataclass(frozen=True)
class Sealed:
    """The personal data of a resident file, each field sealed by itself; `particulars` may be empty."""

    name: str
    id_number: str
    particulars: str = ""


@dataclass(frozen=True)
class Named:
    """A resident as staff know them: the name and the phone in clear, and the door in words."""

    resident_id: str
    area_path: str
    name: str
    door: str
    phone: str | None


@dataclass(frozen=True)
class Resident:
    """A resident file. `categories` are codes of `Care`, or of a later version's; hashes are keyed.

    `left`: the resident no longer lives here. `name_hashes` are of beginnings of the name, `phone_hashes` of the phone
    and of its last four digits, `number_hashes` of papers' numbers and their ends: a resident is found by them, and
    none is read. `gate_seal` is what a keeper at a gate sees, sealed; None in files of an earlier version. `staff_id`
    is the subject, in normal form, of a resident who is a member of staff. `import_id` is the import that opened it.
    A file with `merged_into` is an alias of that file, which names its aliases in `absorbed`.
    `erased_at`: the person's data was erased then, and nothing but the id and the community is left.
    """

    resident_id: str
    household_id: str
    area_path: str
    id_number_hash: str
    sealed: Sealed = field(metadata=PRIVATE)
    card_hashes: tuple[str, ...] = ()
    name_hashes: tuple[str, ...] = field(default=(), metadata=PRIVATE)
    phone_hashes: tuple[str, ...] = field(default=(), metadata=PRIVATE)
    number_hashes: tuple[str, ...] = field(default=(), metadata=PRIVATE)
    categories: tuple[str, ...] = ()
    keeper_id: str | None = None
    left: bool = False
    gate_seal: str | None = None
    staff_id: str | None = None
    import_id: str | None = field(default=None, metadata=PRIVATE)
    merged_into: str | None = None
    absorbed: tuple[str, ...] = field(default=(), metadata=PRIVATE)
    erased_at: datetime | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids under which the person is known: the file's own and those of its aliases."""
        return (self.resident_id, *self.absorbed)


def part_of(area_path: str) -> str:
    """Return the part of the city, its first three places, by which the names of an area path are looked up."""
    return "/".join(area_path.split("/")[: PART_DEPTH + 1])
