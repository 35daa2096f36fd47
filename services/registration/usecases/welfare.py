"""Welfare of staff: terms proposed and approved, persons insured, pledges signed, goods received (R1.13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.registration.domain import welfare as rules
from services.registration.domain.staff import StaffMember
from services.registration.domain.welfare import Record, Terms
from services.registration.usecases import Deps, staff
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.impersonal import require_impersonal
from shared.base.persons import same_person
from shared.events.registration_welfare import WelfareKind, WelfareRecorded
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal


@dataclass(frozen=True)
class Given:
    """What one call of an office records for several persons; the client's `request_id` makes a repeat harmless."""

    request_id: str
    kind: WelfareKind
    person_ids: Sequence[str]
    day: date
    terms_id: str | None = None
    witness_id: str | None = None
    item: str | None = None
    quantity: int | None = None
    signature: str = ""


@retry_conflicts
async def propose(deps: Deps, terms: Terms) -> Terms:
    """Propose terms; the same `terms_id` again gives the same answer."""
    rules.check_terms(terms)
    require_impersonal(terms.text, "text")
    async with deps.unit_of_work() as work:
        if known := await deps.store.welfare.get_terms(terms.terms_id, work):
            if not known.same(terms):
                raise Conflict(
                    "registration.welfare_terms_taken", "That terms_id stands for other terms: make a new one"
                )
            return known
        await deps.store.welfare.put_terms(terms, "proposed", work)
    return terms


@retry_conflicts
async def approve(deps: Deps, caller: Principal, terms_id: str) -> Terms:
    """Approve terms as the second person; again, it gives the same answer."""
    async with deps.unit_of_work() as work:
        terms = await deps.store.welfare.get_terms(terms_id, work)
        if terms is None:
            raise NotFound("registration.no_such_welfare_terms", "These terms were not found: refresh the list")
        approved = rules.approve(terms, caller.subject, _now(deps))
        if approved != terms:
            await deps.store.welfare.put_terms(approved, "approved", work)
    return approved


@retry_conflicts
async def record(deps: Deps, caller: Principal, given: Given) -> list[Record]:
    """Record for each person, all of them or none; the same `request_id` again gives the same answer."""
    terms = await _terms(deps, given)
    ids = {one: derived_id("welfare", given.request_id, one) for one in dict.fromkeys(given.person_ids)}
    async with deps.unit_of_work() as work:
        known = await deps.store.welfare.each(list(ids.values()), work)
        if len(known) == len(ids):
            return sorted(known, key=lambda one: one.record_id)
        if known:
            text = "That request_id stands for other persons: make a new one"
            raise Conflict("registration.welfare_taken", text)
        _check(deps, caller, given)
        records = [await _of_person(deps, caller, given, terms, one, ids[one], work) for one in ids]
        await deps.store.welfare.insert(records, work)
        work.emit(*map(WelfareRecorded.of, records))
    return sorted(records, key=lambda one: one.record_id)


def _check(deps: Deps, caller: Principal, given: Given) -> None:
    if given.kind is not WelfareKind.INSURANCE:
        rules.check_day(given.day, deps.today)
    for one in given.person_ids:
        if same_person(one, caller.subject):
            raise Conflict("registration.own_welfare", "A colleague records what you sign or receive yourself")
        if same_person(one, given.witness_id):
            raise Conflict("registration.welfare_witness", "The person who signs is not the own witness: name another")


async def _of_person(
    deps: Deps, caller: Principal, given: Given, terms: Terms | None, person_id: str, record_id: str, work: UnitOfWork
) -> Record:
    member = await staff.visible(deps, caller, person_id, work)
    _require_working(member, given.day)
    begins, ends, renews = given.day, None, None
    if terms and given.kind is WelfareKind.INSURANCE:
        await deps.store.staff.meet(member, work)  # two enrolments of a person at one moment meet
        earlier = await deps.store.welfare.of_person(person_id, work)
        begins, ends, renews = rules.insured_from(given.day, terms.days, earlier)
    return Record(
        record_id=record_id,
        kind=given.kind,
        person_id=member.person_id,
        unit=member.unit,
        area_path=member.area_path,
        starts_on=begins,
        recorded_by=caller.subject,
        recorded_at=_now(deps),
        ends_on=ends,
        terms_id=terms.terms_id if terms else None,
        renews=renews,
        witness_id=given.witness_id,
        item=given.item,
        quantity=given.quantity,
        signature=given.signature,
    )


def _require_working(member: StaffMember, day: date) -> None:
    if member.active_until is not None and day >= member.active_until:
        raise Conflict("registration.welfare_left", "A person has left the staff by that day: take the person out")


async def _terms(deps: Deps, given: Given) -> Terms | None:
    """Return the terms that were named. Raises `Invalid` unless they are the ones in force on that day."""
    if given.kind not in rules.OF_TERMS:
        return None
    valid = rules.in_force(await deps.store.welfare.terms(), given.kind, given.day)
    if valid is None or valid.terms_id != given.terms_id:
        text = "These terms are not in force on that day, or newer ones are: choose those in force"
        raise Invalid("registration.welfare_terms_old", text)
    return valid


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)
