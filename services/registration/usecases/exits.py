"""Exit permissions: asked for by the person or for them, decided by another official, shown as a pass (R1.8)."""

from collections.abc import Iterable, Sequence

from services.registration.domain import exit_policies, exits, persons
from services.registration.domain.exits import Asked, ExitPermission, Health, Unmet
from services.registration.domain.residents import Resident
from services.registration.usecases import STAFF, Deps
from services.registration.usecases.codes import require_here
from services.registration.usecases.exit_keeping import keep
from services.registration.usecases.names import NAME
from services.registration.usecases.residents import visible
from services.registration.usecases.standings import current
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.impersonal import require_impersonal
from shared.base.persons import same_person
from shared.base.sealing import keyed_hash
from shared.events.registration import Colour
from shared.events.registration_exits import ExitState
from shared.health_code import HealthCode
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.break_glass import require_own_area
from shared.web.own import own_of


@retry_conflicts
async def ask(deps: Deps, caller: Principal, asked: Asked) -> ExitPermission:
    """Ask for a permission to leave; the same `exit_id` again gives the same answer.

    Where the policy takes one person, an official of the area who is no part of the household permits it at once.
    """
    now = deps.clock.now().replace(microsecond=0)
    async with deps.unit_of_work() as work:
        resident = await _asked_for(deps, caller, asked.travellers[0].resident_id, work)
        if known := await deps.store.exits.get(asked.exit_id, work):
            if known.asked != asked:
                raise Conflict("registration.exit_taken", "That exit_id stands for another one: make a new one")
            return known
        policy = exit_policies.policy_at(asked.reach, asked.since.astimezone(deps.zone).date())
        exits.check(asked, policy, now)
        people = await _travellers(deps, resident, asked, work)
        own = await own_of(deps.store.residents, caller)
        requested = ExitPermission(
            **vars(asked),
            resident_id=resident.resident_id,
            people=tuple(people),
            household_id=resident.household_id,
            area_path=resident.area_path,
            plate_hash=keyed_hash(deps.id_hash_key, "plate", asked.plate) if asked.plate else None,
            asked_by=caller.subject,
            asked_at=now,
            policy_since=policy.since.isoformat(),
            policy_source=policy.source,
        )
        is_official = caller.may_see(resident.area_path, STAFF)
        if policy.two_people or not is_official:
            return await keep(deps, None, requested, work)
        own.require_stranger(resident.resident_id, resident.household_id, resident.keeper_id)
        lacking = await _lacking(deps, requested, work)
        return await keep(deps, None, exits.grant(requested, caller.subject, lacking, now), work)


@retry_conflicts
async def approve(deps: Deps, caller: Principal, exit_id: str) -> ExitPermission:
    """Approve a request, by an official who is neither the person, of the household, nor who asked; again, nothing."""
    async with deps.unit_of_work() as work:
        one = await _of_others(deps, caller, exit_id, work)
        if one.state is ExitState.APPROVED and same_person(one.decided_by, caller.subject):
            return one
        lacking = await _lacking(deps, one, work)
        now = deps.clock.now().replace(microsecond=0)
        return await keep(deps, one, exits.approve(one, caller.subject, lacking, now), work)


@retry_conflicts
async def refuse(deps: Deps, caller: Principal, exit_id: str, reason: str) -> ExitPermission:
    """Refuse a request with a reason in words; again, it changes nothing."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        one = await _of_others(deps, caller, exit_id, work)
        if one.state is ExitState.REFUSED and same_person(one.decided_by, caller.subject):
            return one
        return await keep(deps, one, exits.refuse(one, caller.subject, reason, deps.clock.now()), work)


@retry_conflicts
async def revoke(deps: Deps, caller: Principal, exit_id: str, reason: str) -> ExitPermission:
    """Revoke an approved permission: the gates learn of it at once; again, it changes nothing."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        one = await _of_others(deps, caller, exit_id, work)
        if one.state is ExitState.REVOKED:
            return one
        return await keep(deps, one, exits.revoke(one, caller.subject, reason, deps.clock.now()), work)


@retry_conflicts
async def withdraw(deps: Deps, caller: Principal, exit_id: str) -> ExitPermission:
    """Take a request or a permission back, by a traveller or by who asked for it; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        one = await find(deps, caller, exit_id, work)
        if not any(same_person(caller.subject, who) for who in (one.asked_by, *one.people)):
            text = "Only who asked for it or travels by it takes it back: an official refuses or revokes it"
            raise Conflict("registration.exit_of_another", text)
        if one.state is ExitState.WITHDRAWN:
            return one
        return await keep(deps, one, exits.withdraw(one, caller.subject, deps.clock.now()), work)


async def find(deps: Deps, caller: Principal, exit_id: str, work: UnitOfWork | None = None) -> ExitPermission:
    """Return one to staff of its area, to the travellers and to who asked for it. Raises `NotFound` for others."""
    one = await deps.store.exits.get(exit_id, work)
    resident = await deps.store.residents.get(one.resident_id, work) if one else None
    concerned = (*one.people, one.asked_by) if one else ()
    if one is None or resident is None or not caller.may_see(resident.area_path, STAFF, concerned):
        raise NotFound("registration.no_such_exit", "The permission to leave was not found in your area")
    return one


async def lacking(deps: Deps, one: ExitPermission) -> Sequence[Unmet]:
    """Return what a request lacks now by its policy; nothing once it was decided."""
    return await _lacking(deps, one, None) if one.state is ExitState.REQUESTED else ()


async def pass_of(deps: Deps, caller: Principal, exit_id: str, traveller: str) -> tuple[ExitPermission, str, str]:
    """Return a permission, a traveller's pass as signed text, and the masked name to print.

    Raises `Conflict` unless it is approved and not over.
    """
    require_own_area(caller)
    one = await find(deps, caller, exit_id)
    who = traveller or one.resident_id
    resident = await deps.store.residents.get(who) if who in one.people else None
    if resident is None:
        raise NotFound("registration.no_such_traveller", "That person does not travel by this permission")
    if one.state is not ExitState.APPROVED or deps.clock.now() >= one.until:
        raise Conflict("registration.exit_no_pass", f"The permission is {one.state}: there is no pass to show")
    issued = (one.decided_at or one.asked_at).replace(microsecond=0)
    code_id, pass_id = one.exit_id.replace("-", ""), one.exit_id
    # The pass proves who and which permission; the colour is what the gates know.
    signed = deps.signer.sign(HealthCode(who, Colour.GREEN, issued, one.until, code_id, True, pass_id))
    return one, signed, persons.mask_name(deps.sealer.open(resident.sealed.name, NAME, who))


async def _lacking(deps: Deps, one: ExitPermission, work: UnitOfWork | None) -> list[Unmet]:
    policy = exit_policies.policy_at(one.reach, one.since.astimezone(deps.zone).date())
    standings = [await current(deps, who, work) for who in one.people]
    health = {known.resident_id: Health(known.colour, known.isolated) for known in standings}
    return exits.unmet(one, policy, health, deps.clock.now())


async def _asked_for(deps: Deps, caller: Principal, resident_id: str, work: UnitOfWork) -> Resident:
    """Return the resident for whom the caller may ask: the own person, the own household, a person of the area."""
    resident = await deps.store.residents.get(resident_id, work)
    if resident and Role.RESIDENT in caller.roles:
        own = await own_of(deps.store.residents, caller)
        if resident.household_id in own.households:
            return resident
    return await visible(deps, caller, resident_id, work)


async def _travellers(deps: Deps, resident: Resident, asked: Asked, work: UnitOfWork) -> Iterable[str]:
    """Return the ids of those who travel. Raises `Invalid` for one of another household, or one named twice."""
    ids = [one.resident_id for one in asked.travellers]
    stored = {who: await deps.store.residents.get(who, work) for who in ids}
    others = [one for one in stored.values() if one is None or one.household_id != resident.household_id]
    if others or len(stored) < len(ids):
        text = "Travellers are the person and others of the same household, each once: ask for others by themselves"
        raise Invalid("registration.exit_travellers", text)
    for one in stored.values():
        if one is not None:
            require_here(one)
    return ids


async def _of_others(deps: Deps, caller: Principal, exit_id: str, work: UnitOfWork) -> ExitPermission:
    """Return one on which the caller may decide: none of the own person, household or of a person kept."""
    one = await find(deps, caller, exit_id, work)
    resident = await visible(deps, caller, one.resident_id, work)
    own = await own_of(deps.store.residents, caller)
    for who in one.people:
        own.require_stranger(who, resident.household_id, resident.keeper_id)
    return one
