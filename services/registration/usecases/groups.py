"""Leading groups: formed for a place, members seated from a day on, dissolved; who did it, when and why (R1.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.registration.domain import groups as rules
from services.registration.domain.groups import GroupStep, LeadingGroup, Seat
from services.registration.domain.staff import StaffMember, check_since
from services.registration.usecases import STAFF, Deps, staff
from shared.base.errors import Conflict, NotFound
from shared.base.impersonal import require_impersonal
from shared.events.registration_groups import GroupChanged, GroupDissolved, GroupFormed, GroupKind
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role

READERS = (*STAFF, Role.AUDITOR)


@dataclass(frozen=True)
class Formed:
    """A group as an office states it."""

    group_id: str
    area_path: str
    kind: GroupKind
    name: str
    seats: tuple[Seat, ...]


@retry_conflicts
async def form(deps: Deps, caller: Principal, stated: Formed, since: date, reason: str) -> LeadingGroup:
    """Form a group for a place; the same `group_id` again gives the same answer."""
    caller.require_area(stated.area_path, f"the place {stated.area_path}")
    require_impersonal(stated.name, "name")
    step = _step(deps, caller, since, reason)
    async with deps.unit_of_work() as work:
        if known := await deps.store.groups.get(stated.group_id, work):
            if (known.area_path, known.kind, known.name) != (stated.area_path, stated.kind, stated.name):
                raise Conflict("registration.group_taken", "That group_id stands for another group: make a new one")
            return known
        if await deps.store.places.at(stated.area_path, work) is None:
            text = f"There is no place {stated.area_path} in your area: define it first"
            raise NotFound("registration.no_such_place", text)
        group = LeadingGroup(stated.group_id, stated.area_path, stated.kind, stated.name, since)
        group = rules.seat(group, stated.seats, step)
        await deps.store.groups.put(group, work)
        work.emit(GroupFormed.of(group))
    return group


@retry_conflicts
async def seat(
    deps: Deps, caller: Principal, group_id: str, seats: Iterable[Seat], since: date, reason: str
) -> LeadingGroup:
    """State the members of a group from a day on; the earlier ones stay with their dates. Again, it changes nothing."""
    async with deps.unit_of_work() as work:
        group = await visible(deps, caller, group_id, work)
        changed = rules.seat(group, seats, _step(deps, caller, since, reason))
        if changed != group:
            await deps.store.groups.put(changed, work)
            work.emit(GroupChanged.of(changed))
    return changed


@retry_conflicts
async def dissolve(deps: Deps, caller: Principal, group_id: str, day: date, reason: str) -> LeadingGroup:
    """Dissolve a group from a day on; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        group = await visible(deps, caller, group_id, work)
        changed = rules.dissolve(group, _step(deps, caller, day, reason))
        if changed != group:
            await deps.store.groups.put(changed, work)
            work.emit(GroupDissolved.of(changed))
    return changed


async def visible(deps: Deps, caller: Principal, group_id: str, work: UnitOfWork | None = None) -> LeadingGroup:
    """Return a group to staff and auditors of its area. Raises `NotFound` for others."""
    group = await deps.store.groups.get(group_id, work)
    if group is None or not caller.may_see(group.area_path, READERS):
        raise NotFound("registration.no_such_group", "The group was not found in your area")
    return group


async def staff_of(deps: Deps, groups: Sequence[LeadingGroup]) -> dict[str, StaffMember]:
    """Return the entries of all members of the groups, by person."""
    return await staff.names(deps, [one.person_id for group in groups for one in group.members])


def _step(deps: Deps, caller: Principal, since: date, reason: str) -> GroupStep:
    check_since(since, deps.today)
    return GroupStep(caller.subject, deps.clock.now().replace(microsecond=0), since, reason)
