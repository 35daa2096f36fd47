"""Rows that an official may not carry out alone wait for the office of the person whom they are about.

The official who sent a row does not learn for which reason it waits, nor for which office, nor what was decided.
"""

from collections.abc import Sequence

from services.registration.domain import examinations
from services.registration.domain.examinations import Examination, Notice
from services.registration.domain.residents import Resident
from services.registration.usecases import Deps
from services.registration.usecases.imports import ENTRY, Entry
from shared.base.ids import derived_id
from shared.base.normal_form import word
from shared.events.registration_acts import RowsToExamine
from shared.store.unit_of_work import UnitOfWork
from shared.web.access import Principal

ROW = "examination.row"  # what the seal of a row is for


async def ask(
    deps: Deps, caller: Principal, import_id: str, rows: Sequence[tuple[Entry, Resident]], work: UnitOfWork
) -> None:
    """Let rows wait for the offices of the residents beside them; the same row of one day waits once."""
    if not rows:
        return
    asked = [_examination(deps, caller, import_id, entry, about) for entry, about in rows]
    await _tell_offices(deps, await deps.store.examinations.ask(asked, work), work)


def _examination(deps: Deps, caller: Principal, import_id: str, entry: Entry, about: Resident) -> Examination:
    stated = (about.resident_id, entry.id_number_hash, entry.household_id, entry.card_hash or "")
    day = deps.today.isoformat()
    examination_id = derived_id("examination", word(caller.subject), *stated, day)
    return Examination(
        examination_id=examination_id,
        resident_id=about.resident_id,
        home_path=about.area_path,
        area_path=caller.area,
        asked_by=caller.subject,
        asked_at=deps.clock.now(),
        import_id=import_id,
        row=entry.row,
        sealed=deps.sealer.seal(ENTRY.dump_json(entry).decode(), ROW, examination_id),
    )


async def _tell_offices(deps: Deps, asked: Sequence[Examination], work: UnitOfWork) -> None:
    """Publish, once a day for each official and office, that rows wait."""
    offices = {}
    for one in asked:
        office = examinations.office_of(one.home_path, one.area_path)
        day = one.asked_at.astimezone(deps.zone).date()
        notice_id = derived_id("examination.notice", word(one.asked_by), office, day.isoformat())
        offices[notice_id] = RowsToExamine(subject_id=notice_id, area_path=office, asked_by=one.asked_by, day=day)
    new = await deps.store.examinations.note([Notice(notice_id) for notice_id in offices], work)
    work.emit(*(offices[one.notice_id] for one in new))


def open_row(deps: Deps, asked: Examination) -> Entry:
    """Return the row that waits."""
    return ENTRY.validate_json(deps.sealer.open(asked.sealed, ROW, asked.examination_id))
