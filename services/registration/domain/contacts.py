"""How a person is reached (R5.1), and who decides about a member of staff whom no area has, or another one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.base.area import within
from shared.base.errors import Conflict, NotFound
from shared.base.persons import same_person

CLAIM_COUNTS_FOR = timedelta(days=7)


@dataclass(frozen=True)
class ContactPoints:
    """How a person is reached, in clear; `urls` are Apprise addresses by channel."""

    phone: str | None = None
    language: str = "zh"
    urls: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contact:
    """How a person is reached, as it is stored and published: phone and addresses are `sealed`."""

    person_id: str
    area_path: str
    sealed: str
    language: str = "zh"


@dataclass(frozen=True)
class FormerContact:
    """How a person was reached until an official changed it, sealed."""

    change_id: str
    person_id: str
    area_path: str
    sealed: str
    replaced_by: str
    at: datetime
    language: str = "zh"


@dataclass(frozen=True)
class ContactClaim:
    """An office's statement about a member of staff whom no area has, or another one; it waits for an office above."""

    claim_id: str
    person_id: str
    area_path: str
    sealed: str
    asked_by: str
    at: datetime
    language: str = "zh"
    confirmed_by: str | None = None


def decides_alone(area: str, homes: Iterable[str]) -> bool:
    """Whether an office decides about a member of staff: one that has a home of the person in its area, or the city."""
    return area == "/" or any(within(home, area) for home in homes)


def confirm(claim: ContactClaim, by: str, area: str, homes: Iterable[str], now: datetime) -> ContactClaim:
    """Let a claim count. Raises `NotFound` to an office that is not above the claiming office and every home.

    Raises `Conflict` to the person who claims, and where the claim is over.
    """
    if area == claim.area_path or not all(within(path, area) for path in (claim.area_path, *homes)):
        text = "The claim was not found below you: the district above both offices, or the city, confirms it"
        raise NotFound("registration.no_such_claim", text)
    if same_person(by, claim.asked_by):
        raise Conflict("registration.own_statement", "Who claims a colleague does not confirm it: ask another officer")
    if now - claim.at >= CLAIM_COUNTS_FOR:
        raise Conflict("registration.claim_over", "The claim was not confirmed in time: state the contact again")
    return replace(claim, confirmed_by=by)
