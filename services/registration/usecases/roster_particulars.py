"""What a row of a roster states beside name, door and phone: papers, addresses, relation, keeper, consent (R1.3, R1.4).

A person without an ID number is known by a paper's number, else by name, birth date and household.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from services.registration.domain import persons
from services.registration.domain.particulars import (
    Address,
    AddressKind,
    Consent,
    Paper,
    PaperKind,
    check_consent,
    check_paper,
    relation_of,
)
from services.registration.domain.residents import Resident
from services.registration.rosters.rows import Row, RowReader
from services.registration.usecases import Deps, particulars
from services.registration.usecases.doors import if_any
from shared.base import normal_form
from shared.base.sealing import keyed_hash

PAPER_TERMS = {
    **{"身份证": PaperKind.RESIDENT_ID, "居民身份证": PaperKind.RESIDENT_ID, "护照": PaperKind.PASSPORT},
    **{"港澳居民来往内地通行证": PaperKind.HK_MACAU_PERMIT, "港澳通行证": PaperKind.HK_MACAU_PERMIT},
    **{"回乡证": PaperKind.HK_MACAU_PERMIT, "港澳居民居住证": PaperKind.HK_MACAU_PERMIT},
    **{"台湾居民来往大陆通行证": PaperKind.TAIWAN_PERMIT, "台胞证": PaperKind.TAIWAN_PERMIT},
    **{"台湾居民居住证": PaperKind.TAIWAN_PERMIT, "外国人永久居留身份证": PaperKind.FOREIGN_RESIDENT_CARD},
}
NO_PAPER = frozenset({"无", "无证件", "暂无", "出生医学证明", "none"})
_PAPERS = ("passport", "hk_macau_permit", "taiwan_permit")
_FURTHER = frozenset({"relation", "registered_address", "second_home", "keeper", "consent"})
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?( 00:00:00)?")
_ACCOUNT = re.compile(r"[\w.@:-]{1,64}")
_MOST_WORDS = 40


@dataclass(frozen=True)
class Identity:
    """By what a person of a row is known: an ID number or what stands for none, its keyed hash, and further papers."""

    number: str
    number_hash: str
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True)
class Stated:
    """What a row states of a file's particulars; None and nothing stand for what it does not state."""

    papers: tuple[Paper, ...] = ()
    addresses: tuple[Address, ...] = ()
    relation: str | None = None
    keeper: str | None = None
    consent: Consent | None = None


def read_identity(deps: Deps, row: Row, reader: RowReader, name: str, household_id: str) -> Identity | None:
    """Return by what the person of a row is known, None and a problem where the row states too little of it."""
    kind = reader.read("paper_kind", if_any(_paper_kind)) if "paper_kind" in row.cells else None
    papers = [reader.read(one, if_any(_paper(one))) for one in _PAPERS if one in row.cells]
    born = reader.read("birth_date", lambda text: check_birth(text, deps.today)) if "birth_date" in row.cells else None
    other = kind not in (None, PaperKind.RESIDENT_ID)
    if other and kind and "id_number" in row.cells:
        papers.append(reader.read("id_number", _paper(str(kind))))
    elif "id_number" in row.cells or not (born or other or any(papers)):
        number = reader.read("id_number", lambda text: persons.check_id_number(text, deps.today))
        if number is None or not reader.sound:
            return None
        return Identity(number, keyed_hash(deps.id_hash_key, "id_number", number), tuple(filter(None, papers)))
    if born is None and reader.sound:
        reader.refuse("birth_date", "is needed for a person without an ID number: fill it in")
    if born is None or not reader.sound:
        return None
    known = tuple(filter(None, papers))
    by = f"{known[0].kind}:{known[0].number}" if known else "\x1f".join((name, born.isoformat(), household_id))
    return Identity(persons.number_of_none(born), keyed_hash(deps.id_hash_key, "no_id_number", by), known)


def read_stated(deps: Deps, row: Row, reader: RowReader, identity: Identity, by: str) -> Stated | None:
    """Return what else a row states, None where that is nothing; `by` is the witness of a consent without one."""
    if not identity.papers and _FURTHER.isdisjoint(row.cells):
        return None
    relation = reader.read("relation", if_any(lambda text: relation_of(_short(text))))
    addresses = [
        Address(kind.value, normal_form.fold(text))
        for column, kind in (("registered_address", AddressKind.REGISTERED), ("second_home", AddressKind.SECOND_HOME))
        if (text := reader.read(column, str.strip))
    ]
    keeper = reader.read("keeper", if_any(_account))
    consent = _consent(deps, reader, by) if "consent" in row.cells else None
    return Stated(identity.papers, tuple(addresses), relation, keeper, consent)


def with_stated(deps: Deps, resident: Resident, stated: Stated | None) -> Resident:
    """Return the file with what a row states; what it does not state stays."""
    if stated is None:
        return resident
    if stated.keeper is not None:
        resident = replace(resident, keeper_id=stated.keeper)
    before = particulars.open_particulars(deps, resident)
    after = replace(
        before,
        papers=_with(before.papers, stated.papers),
        addresses=_with(before.addresses, stated.addresses),
        relation=before.relation if stated.relation is None else stated.relation,
        consent=before.consent if stated.consent is None else stated.consent,
    )
    return resident if after == before else particulars.with_particulars(deps, resident, after)


P = TypeVar("P", bound=Paper | Address)


def _with(before: tuple[P, ...], stated: tuple[P, ...]) -> tuple[P, ...]:
    """Return papers or addresses with those of a row: one of the same kind is replaced."""
    kinds = {one.kind for one in stated}
    if all(one in before for one in stated):
        return before
    return (*(one for one in before if one.kind not in kinds), *stated)


def check_birth(text: str, today: date) -> date:
    """Return a birth date. Raises `ValueError` with a sentence."""
    born = check_day(text)
    if not persons.EARLIEST_BIRTH <= born <= today:
        raise ValueError(f"lies in the future or before {persons.EARLIEST_BIRTH.year}: compare it with the document")
    return born


def check_day(text: str) -> date:
    """Return a day as people and spreadsheets write it. Raises `ValueError` with a sentence."""
    match = _DAY.fullmatch(normal_form.fold(text))
    try:
        if match is None:
            raise ValueError
        return date(*map(int, match.groups()[:3]))
    except ValueError:
        raise ValueError("is no day: write it as 2026-01-31") from None


def _consent(deps: Deps, reader: RowReader, by: str) -> Consent | None:
    version = reader.read("consent", if_any(_short))
    day = reader.read("consent_date", if_any(check_day))
    witness = reader.read("consent_witness", if_any(_account)) or by
    if version is None or not reader.sound:
        return None
    if day is None:
        reader.refuse("consent_date", "is needed beside the version of the consent: fill it in")
        return None
    consent = Consent(version, day, witness)
    try:
        check_consent(consent, deps.today)
    except ValueError:
        reader.refuse("consent_date", "the consent is given in the future: correct the day")
    return consent


def _paper_kind(text: str) -> str:
    plain = normal_form.fold(text)
    if plain.lower() in NO_PAPER:
        return ""
    try:
        return PAPER_TERMS.get(plain) or PaperKind(plain.lower())
    except ValueError:
        known = "、".join(PAPER_TERMS)
        raise ValueError(f"an unknown kind of paper: use {known}, or 无 for none") from None


def _paper(kind: str) -> Callable[[str], Paper]:
    def check(text: str) -> Paper:
        return check_paper(kind, text)

    return check


def _account(text: str) -> str:
    if not _ACCOUNT.fullmatch(text.strip()):
        raise ValueError("is no account: enter the one with which the person signs in")
    return text.strip()


def _short(text: str) -> str:
    plain = normal_form.fold(text)
    if len(plain) > _MOST_WORDS:
        raise ValueError(f"has more than {_MOST_WORDS} characters: shorten it")
    return plain
