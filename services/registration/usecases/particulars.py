"""What a file holds beside name and number, sealed as one text, and searched by keyed hashes of its papers' numbers."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from pydantic import TypeAdapter

from services.registration.domain.changes import Field, FieldChange
from services.registration.domain.particulars import PARTS, Particulars, Presence, State
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.names import ID_NUMBER
from services.registration.usecases.numbers import number_hashes

PARTICULARS = "resident.particulars"
_PARTICULARS = TypeAdapter(Particulars)


def open_particulars(deps: Deps, resident: Resident) -> Particulars:
    """Return the particulars of a file in clear. Raises `Unreadable`."""
    sealed = resident.sealed.particulars
    if not sealed:
        return Particulars()
    return _PARTICULARS.validate_json(deps.sealer.open(sealed, PARTICULARS, resident.resident_id))


def with_particulars(deps: Deps, resident: Resident, particulars: Particulars) -> Resident:
    """Return the file with these particulars, and what follows from them: the hashes, and whether the person left."""
    text = _PARTICULARS.dump_json(particulars).decode()
    sealed = replace(resident.sealed, particulars=deps.sealer.seal(text, PARTICULARS, resident.resident_id))
    id_number = deps.sealer.open(resident.sealed.id_number, ID_NUMBER, resident.resident_id)
    hashes = number_hashes(deps, id_number, particulars.papers)
    return replace(resident, sealed=sealed, number_hashes=hashes)


def is_dead(deps: Deps, resident: Resident | None) -> bool:
    """Whether the file states a death."""
    return bool(resident and resident.left and open_particulars(deps, resident).state.presence == Presence.DEAD)


def back_here(deps: Deps, resident: Resident, today: date) -> Resident:
    """Return the file of a person who is here again, by a roster, as the statement of a return has it."""
    particulars = open_particulars(deps, resident)
    if particulars.state.presence == Presence.HERE:
        return resident
    return with_particulars(deps, resident, replace(particulars, state=State(since=today)))


def differences(deps: Deps, before: Resident, after: Resident) -> list[FieldChange]:
    """Return the particulars that differ, each as JSON."""
    if before.sealed.particulars == after.sealed.particulars:
        return []
    was, now = _parts(open_particulars(deps, before)), _parts(open_particulars(deps, after))
    return [FieldChange(Field(name), was[name], now[name]) for name in PARTS if was[name] != now[name]]


def part(deps: Deps, resident: Resident, name: Field) -> str:
    """Return a part of the particulars as JSON."""
    return _parts(open_particulars(deps, resident))[name.value]


def with_parts(deps: Deps, resident: Resident, parts: Mapping[str, str]) -> Resident:
    """Return the file with parts that are given as JSON."""
    if not parts:
        return resident
    facts = _PARTICULARS.dump_python(open_particulars(deps, resident), mode="json")
    facts |= {name: json.loads(text) for name, text in parts.items()}
    return with_particulars(deps, resident, _PARTICULARS.validate_python(facts))


def _parts(particulars: Particulars) -> dict[str, str]:
    facts = _PARTICULARS.dump_python(particulars, mode="json")
    return {name: json.dumps(facts[name], ensure_ascii=False) for name in PARTS}
