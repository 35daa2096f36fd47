"""Health codes (健康码): issued to phones and on cards, listed while they are valid, revoked one by one (R1.9)."""

from datetime import datetime, timedelta

from services.registration.domain import codes, persons
from services.registration.domain.codes import IssuedCode
from services.registration.domain.residents import Resident
from services.registration.usecases import STAFF, Deps
from services.registration.usecases.names import NAME
from services.registration.usecases.residents import visible
from services.registration.usecases.standings import current, standing
from shared.base.errors import Conflict, Forbidden, NotFound
from shared.base.ids import derived_id
from shared.events.registration import CodeRevoked, Colour, Revocation
from shared.events.registration_acts import CodeDrawn
from shared.health_code import HealthCode, new_code_id
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal, Role
from shared.web.break_glass import require_own_area

PRINTERS = frozenset({Role.CITY, Role.COMMUNITY})  # who has the duty to print codes for others


def require_here(resident: Resident) -> None:
    """Raise `Conflict` for a resident who departed or died."""
    if resident.left:
        text = "The resident departed or died: state the return at the file before a code is issued"
        raise Conflict("registration.resident_left", text)


async def issue(deps: Deps, caller: Principal, resident_id: str) -> tuple[str, IssuedCode]:
    """Return the resident's health code and its text; within a minute it is the same again.

    Raises `Forbidden` to staff without the duty to print; the resident gets a message of a code that an office draws.
    """
    require_own_area(caller)
    colour, now = (await standing(deps, caller, resident_id)).colour, deps.clock.now()
    resident = await visible(deps, caller, resident_id)
    require_here(resident)
    is_own = not {resident_id, *resident.ids}.isdisjoint((caller.subject, caller.resident_id))
    resident_id = resident.resident_id
    if not is_own and caller.roles.isdisjoint(PRINTERS):
        raise Forbidden("registration.code_of_another", "The resident draws the own code; the office prints a card")
    code = await deps.store.codes.newest(resident_id)
    if code is None or not codes.reusable(code, colour, now):
        code = _new(new_code_id(), resident_id, colour, now, deps.code_lifetime)
        await deps.store.codes.put(code)
    if not is_own:
        await _tell_drawn(deps, caller, code)
    return text(deps, code), code


@retry_conflicts
async def _tell_drawn(deps: Deps, caller: Principal, code: IssuedCode) -> None:
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, code.resident_id, work)
        _drawn(deps, caller, resident, code, work)


def _drawn(deps: Deps, caller: Principal, resident: Resident, code: IssuedCode, work: UnitOfWork) -> None:
    about = {"subject_id": code.resident_id, "drawn_by": caller.subject, "at": deps.clock.now()}
    work.emit(CodeDrawn.of(code, area_path=resident.area_path, **about))


@retry_conflicts
async def print_card(deps: Deps, caller: Principal, resident_id: str, card_id: str) -> IssuedCode:
    """Issue a code on paper, once for a `card_id`; an older card of the resident counts no longer."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        resident = await visible(deps, caller, resident_id, work)
        require_here(resident)
        resident_id = resident.resident_id
        of_earlier_version = derived_id("card", resident_id, card_id).replace("-", "")
        stored = await deps.store.codes.asked_for(resident_id, card_id, work) or of_earlier_version
        if known := await deps.store.codes.get(stored, work):
            return known
        code_id = new_code_id()  # random: the number of a card must not follow from what others know
        await deps.store.codes.keep_request(resident_id, card_id, code_id, work)
        await deps.store.residents.put(resident, work)  # of two cards at the same moment, one is tried again
        for older in await deps.store.codes.valid_of(resident.ids, now, work):
            if older.printed:
                await _revoke(deps, resident, codes.revoke(older, caller.subject, Revocation.REPLACED, "", now), work)
        colour = (await current(deps, resident_id, work)).colour
        code = _new(code_id, resident_id, colour, now, deps.printed_code_lifetime, printed=True)
        await deps.store.codes.put(code, work)
        _drawn(deps, caller, resident, code, work)
    return code


async def card(deps: Deps, caller: Principal, resident_id: str, code_id: str) -> tuple[IssuedCode, str, str]:
    """Return a card's code, its text and the masked name to print. Raises `Conflict` when it counts no longer."""
    require_own_area(caller)
    resident = await visible(deps, caller, resident_id)
    code = await deps.store.codes.get(code_id)
    if code is None or code.resident_id not in resident.ids or not code.printed:
        raise NotFound("registration.no_such_code", "No printed code of this resident has that id")
    if not code.valid(deps.clock.now()):
        raise Conflict("registration.card_over", "The card is revoked or has expired: issue a new one")
    name = deps.sealer.open(resident.sealed.name, NAME, resident.resident_id)  # no card is printed without it
    return code, text(deps, code), persons.mask_name(name)


async def valid(deps: Deps, caller: Principal, resident_id: str) -> list[IssuedCode]:
    """Return the codes of a resident that a gate would accept now, the newest first."""
    resident = await visible(deps, caller, resident_id)
    return await deps.store.codes.valid_of(resident.ids, deps.clock.now())


@retry_conflicts
async def revoke(deps: Deps, caller: Principal, code_id: str, reason: Revocation, note: str) -> IssuedCode:
    """Revoke one code, by staff of the area or by the resident whose it is; again, it gives the same answer."""
    now = deps.clock.now()
    async with deps.unit_of_work() as work:
        code, resident = await _visible(deps, caller, code_id, work)
        if code.revoked_at is None:
            code = codes.revoke(code, caller.subject, reason, note, now)
            await _revoke(deps, resident, code, work)
    return code


async def revoke_all(deps: Deps, by: str, resident: Resident, work: UnitOfWork) -> None:
    """Revoke the codes, on phones and on paper, of a resident who departed or died."""
    now = deps.clock.now()
    for code in await deps.store.codes.valid_of(resident.ids, now, work):
        await _revoke(deps, resident, codes.revoke(code, by, Revocation.LEFT, "", now), work)


def text(deps: Deps, code: IssuedCode) -> str:
    """Return the code as it goes into a QR code, signed and sealed with the keys of today."""
    facts = (code.resident_id, code.colour, code.issued_at, code.expires_at, code.code_id, code.printed)
    return deps.signer.sign(HealthCode(*facts))


def _new(
    code_id: str, resident_id: str, colour: Colour, now: datetime, life: timedelta, printed: bool = False
) -> IssuedCode:
    issued_at = now.replace(microsecond=0)  # a code carries whole seconds
    return IssuedCode(code_id, resident_id, colour, issued_at, issued_at + life, printed)


async def _visible(deps: Deps, caller: Principal, code_id: str, work: UnitOfWork) -> tuple[IssuedCode, Resident]:
    code = await deps.store.codes.get(code_id, work)
    resident = await deps.store.residents.get(code.resident_id, work) if code else None
    # Whose code it is must not be in the answer.
    if code is None or resident is None or not caller.may_see(resident.area_path, STAFF, resident.ids):
        raise NotFound("registration.no_such_code", "The code was not found in your area, or expired some time ago")
    return code, resident


async def _revoke(deps: Deps, resident: Resident, revoked: IssuedCode, work: UnitOfWork) -> None:
    await deps.store.codes.put(revoked, work)
    work.emit(CodeRevoked.of(revoked, area_path=resident.area_path))
