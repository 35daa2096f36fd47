"""Phones of residents: stored sealed with the contact, and searched by keyed hashes in the resident's file."""

from dataclasses import replace

from services.registration.domain import persons
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.search_hashes import hash_of, hashes_of
from shared.base.errors import Invalid
from shared.base.normal_form import phone as normal_form

WHOLE, END = "resident.phone", "resident.phone_end"  # what each hash is of
END_DIGITS = 4


def phone_hashes(deps: Deps, phone: str | None) -> tuple[str, ...]:
    """Return the keyed hashes of a phone and of its last four digits, by which the resident is found."""
    number = normal_form(phone or "")
    if len(number) <= END_DIGITS:
        return ()
    return hash_of(deps, WHOLE, number), hash_of(deps, END, number[-END_DIGITS:])


def with_phone(deps: Deps, resident: Resident, phone: str | None) -> Resident:
    """Return the file with the hashes of a phone."""
    return replace(resident, phone_hashes=phone_hashes(deps, phone))


def wanted_number(text: str) -> str:
    """Return what a search by phone is for: a whole number, or four last digits. Raises `Invalid` for anything else."""
    number = normal_form(text)
    if len(number) == END_DIGITS and number.isascii() and number.isdigit():
        return number
    try:
        return persons.check_phone(number)
    except ValueError:
        advice = f"A search by phone takes the whole number or its last {END_DIGITS} digits: correct it"
        raise Invalid("registration.search_phone", advice, digits=END_DIGITS) from None


def hashes_of_wanted(deps: Deps, number: str) -> list[str]:
    """Return the hashes of which a file has one whose phone is the number, or ends in it where it has four digits."""
    return hashes_of(deps, END if len(number) == END_DIGITS else WHOLE, number)


def is_wanted(phone: str | None, number: str) -> bool:
    """Whether a phone is the number, or ends in it where the number has four digits."""
    known = normal_form(phone or "")
    return known == number or (len(number) == END_DIGITS and known.endswith(number))
