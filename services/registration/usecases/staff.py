"""The staff directory: registered, changed, ended, listed, and the names behind the ids of officials (R1.2).

An entry gives no right: rights are those of a token. The phone is a contact, by the rules of `contacts.py`: an
office that does not decide about a person alone claims the phone, and what another office has stated is not read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from pydantic import TypeAdapter

from services.registration.domain import persons
from services.registration.domain import staff as rules
from services.registration.domain.staff import StaffAct, StaffChange, StaffFacts, StaffMember, StaffState
from services.registration.store.staff import Wanted
from services.registration.usecases import STAFF, Deps, contacts
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.ids import derived_id, new_id
from shared.base.impersonal import require_impersonal
from shared.base.logs import correlation_id
from shared.base.normal_form import LONGEST_BEGINNING, beginnings, search_key
from shared.base.sealing import keyed_hash
from shared.events.registration_staff import StaffChanged, StaffEnded, StaffRegistered
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.sights import Sight, may_see

NAME, MADE = "staff.name", "staff"
READERS = (*STAFF, Role.AUDITOR)
_STATE: TypeAdapter[StaffState | None] = TypeAdapter(StaffState | None)


class StaffEntry(NamedTuple):
    """An entry, and the phone as far as the caller may see it."""

    member: StaffMember
    phone: str | None


@dataclass(frozen=True)
class Statement:
    """What an office states of a member of staff: the facts from a day on, the phone, and why."""

    facts: StaffFacts
    since: date
    phone: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Why:
    """By which act an entry changes, and from when on; of an import, which one."""

    act: StaffAct
    since: date
    reason: str = ""
    import_id: str | None = None


def made_id(deps: Deps, phone: str) -> str:
    """Return the id of a person without an account: of one phone it is always the same.

    The provider of sign-in gives it as the subject once the person has an account.
    """
    return derived_id(MADE, keyed_hash(deps.id_hash_key, MADE, phone))


@retry_conflicts
async def register(deps: Deps, caller: Principal, person_id: str | None, stated: Statement) -> StaffEntry:
    """Put a person into the directory; the same again gives the same answer, and who had left comes back.

    Without a `person_id` the directory makes one of the phone. Raises `Conflict` for a person whom it has otherwise.
    """
    stated = check(deps, caller, stated)
    if person_id is None and stated.phone is None:
        text = "Without an account the phone tells one person from another: state the account or the phone"
        raise Invalid("registration.staff_unknown", text)
    async with deps.unit_of_work() as work:
        chosen = person_id or made_id(deps, stated.phone or "")
        old = await deps.store.staff.get(chosen, work)
        if old:
            _require_own(caller, old)
        if old and old.active_until is None and rules.restate(old, stated.facts, stated.since) != old:
            raise Conflict("registration.staff_known", "The person is in the directory already: change that entry")
        why = Why(StaffAct.REGISTERED, stated.since, stated.reason)
        member = await put(deps, caller, chosen, old, stated, why, work)
    return await entry_for(deps, caller, member)


@retry_conflicts
async def change(deps: Deps, caller: Principal, person_id: str, stated: Statement) -> StaffEntry:
    """Change an entry from a day on, and keep what was before; the same again changes nothing."""
    stated = check(deps, caller, stated)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, person_id, work)
        why = Why(StaffAct.CHANGED, stated.since, stated.reason)
        member = await put(deps, caller, person_id, old, stated, why, work)
    return await entry_for(deps, caller, member)


@retry_conflicts
async def end(deps: Deps, caller: Principal, person_id: str, day: date, reason: str) -> StaffEntry:
    """End an entry: from that day on the person is staff no longer. Again, it changes nothing."""
    rules.check_since(day, deps.today)
    async with deps.unit_of_work() as work:
        old = await visible(deps, caller, person_id, work)
        ended = rules.end(old, day)
        if ended != old:
            await _keep(deps, caller, old, ended, Why(StaffAct.ENDED, day, reason), work)
            work.emit(StaffEnded.of(ended))
    return await entry_for(deps, caller, ended)


def check(deps: Deps, caller: Principal, stated: Statement) -> Statement:
    """Return what is stated in normal form. Raises a `DomainError` for what cannot be, `NotFound` outside the area."""
    caller.require_area(stated.facts.area_path, f"the place {stated.facts.area_path}")
    rules.check_since(stated.since, deps.today)
    require_impersonal(stated.facts.unit, "unit")
    try:
        name = persons.check_name(stated.facts.name)
    except ValueError as error:
        raise Invalid("registration.staff_name", f"name: {error}", problem=str(error)) from None
    try:
        phone = persons.check_phone(stated.phone) if stated.phone else None
    except ValueError as error:
        raise Invalid("registration.bad_phone", f"{error}: correct it") from None
    return replace(stated, facts=replace(stated.facts, name=name), phone=phone)


async def put(
    deps: Deps,
    caller: Principal,
    person_id: str,
    old: StaffMember | None,
    stated: Statement,
    why: Why,
    work: UnitOfWork,
) -> StaffMember:
    """Store what is stated of a member of staff where it differs, with the phone. Raises a `DomainError`."""
    if old is None:
        await _require_free(deps, caller, person_id, work)
        member = rules.register(person_id, stated.facts, stated.since)
    else:
        _require_own(caller, old)  # of an import too
        member = rules.restate(old, stated.facts, stated.since)
    member = replace(member, name_hashes=_name_hashes(deps, member.name))
    if member != old:
        await _keep(deps, caller, old, member, why, work)
        came = old is None or old.active_until is not None
        work.emit((StaffRegistered if came else StaffChanged).of(member))
    is_made = stated.phone is not None and person_id == made_id(deps, stated.phone)
    if stated.phone or (old and old.area_path != member.area_path):
        await contacts.state_phone(deps, caller, person_id, member.area_path, stated.phone, is_made, work)
    return member


async def _require_free(deps: Deps, caller: Principal, person_id: str, work: UnitOfWork) -> None:
    """Raise `Conflict` for the id of a resident, or of a person whom only another office decides about."""
    if await deps.store.residents.get(person_id, work):
        text = "This is the id of a resident's file: state the account with which the person signs in at work"
        raise Conflict("registration.staff_resident", text)
    if not await contacts.may_register(deps, caller, person_id, work):
        raise _elsewhere()


def _require_own(caller: Principal, old: StaffMember) -> None:
    if not caller.sees(old.area_path):
        raise _elsewhere()


def _elsewhere() -> Conflict:
    text = "The person is staff of another office: the office above both, or the city, changes the area"
    return Conflict("registration.staff_elsewhere", text)


async def _keep(
    deps: Deps, caller: Principal, old: StaffMember | None, new: StaffMember, why: Why, work: UnitOfWork
) -> None:
    before, after = rules.state_of(old), rules.state_of(new)
    change = StaffChange(
        change_id=new_id(),
        person_id=new.person_id,
        area_before=old.area_path if old else new.area_path,
        area_path=new.area_path,
        act=why.act,
        by=caller.subject,
        at=deps.clock.now(),
        since=why.since,
        reason=why.reason,
        before=_STATE.dump_json(before).decode(),
        after=_STATE.dump_json(after).decode(),
        request=correlation_id.get(),
        import_id=why.import_id,
    )
    await deps.store.staff.put(new, change, work)


def _name_hashes(deps: Deps, name: str) -> tuple[str, ...]:
    return tuple(keyed_hash(deps.id_hash_key, NAME, beginning) for beginning in beginnings(name))


async def visible(deps: Deps, caller: Principal, person_id: str, work: UnitOfWork | None = None) -> StaffMember:
    """Return an entry to staff and auditors of its area, and to the person. Raises `NotFound` for others."""
    member = await deps.store.staff.get(person_id, work)
    if member is None or not caller.may_see(member.area_path, READERS, (person_id,)):
        raise NotFound("registration.no_such_staff", "The person was not found in the directory of your area")
    return member


async def entry_for(deps: Deps, caller: Principal, member: StaffMember) -> StaffEntry:
    """Return an entry with the phone as the caller may see it."""
    (one,) = await with_phones(deps, caller, [member])
    return one


async def with_phones(deps: Deps, caller: Principal, members: Sequence[StaffMember]) -> list[StaffEntry]:
    """Return entries with their phones: none to an auditor, and none that another office has stated."""
    reached = await deps.store.contacts.of_persons([one.person_id for one in members])
    sees = may_see(caller, Sight.PHONES_BESIDE_NAMES)

    def phone_of(person_id: str) -> str | None:
        contact = reached.get(person_id)
        own = person_id == caller.subject
        readable = contact is not None and (own or (sees and caller.sees(contact.area_path)))
        return contacts.show_phone(deps, contact) if readable else None

    return [StaffEntry(one, phone_of(one.person_id)) for one in members]


async def page(
    deps: Deps, caller: Principal, path: str, wanted: Wanted, q: str, after: str, limit: int
) -> tuple[list[StaffEntry], str | None]:
    """Return a page of the directory within a path: those whose names begin with `q`, which is in normal form."""
    if q:
        wanted = wanted._replace(name_hash=keyed_hash(deps.id_hash_key, NAME, q[:LONGEST_BEGINNING]))
    members, following = await deps.store.staff.page(path, wanted, after, limit)
    if len(q) > LONGEST_BEGINNING:
        members = [one for one in members if search_key(one.name).startswith(q)]
    return await with_phones(deps, caller, members), following


async def names(deps: Deps, person_ids: Iterable[str]) -> dict[str, StaffMember]:
    """Return the entries of these persons, by person, also of those who have left: their acts stay."""
    return {one.person_id: one for one in await deps.store.staff.each(list(dict.fromkeys(person_ids)))}


async def changes_of(
    deps: Deps, caller: Principal, person_id: str, after: str, limit: int
) -> tuple[StaffMember, Sequence[StaffChange], str | None]:
    """Return an entry and a page of its changes, the newest first. Raises `NotFound` outside the area."""
    member = await visible(deps, caller, person_id)
    return member, *await deps.store.staff.changes(person_id, after, limit)


def open_states(made: StaffChange) -> tuple[StaffState | None, StaffState | None]:
    """Return what a change shows: before and after it."""
    return _STATE.validate_json(made.before), _STATE.validate_json(made.after)
