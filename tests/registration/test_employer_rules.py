"""Credit codes, plates, and the rules of employers, their staff and venues, as pure rules (R1.10)."""

from datetime import date, timedelta

import pytest

from services.registration.domain import employees, employers, venues
from services.registration.domain.credit_codes import check_credit_code, check_sign
from services.registration.domain.employees import Employee, EmployeeAct, EmployeeStep
from services.registration.domain.employers import Employer, EmployerAct, EmployerFacts, EmployerStep
from services.registration.domain.plates import check_plate, is_new_energy
from services.registration.domain.venues import DeskStated, Venue, VenueStep
from shared.base.errors import Conflict
from shared.events.registration_employers import EmployerKind, EmployerState, VenueKind
from tests.registration.office import AREA, TODAY
from tests.support.service import MORNING

FIRST = date(2026, 1, 5)
CODE = "91350100M000100Y43"  # the example of GB 32100-2015


def test_a_credit_code_is_known_by_its_check_character_however_it_is_typed() -> None:
    assert check_credit_code(CODE) == CODE
    assert check_credit_code(" ９1350100-m000100y43 ") == CODE
    for wrong in ("91350100M000100Y44", "91350100M000100Y4", "91350100I000100Y43", "9.13501E+17", ""):
        with pytest.raises(ValueError, match=r"."):
            check_credit_code(wrong)
    assert check_sign(CODE[:-1]) == CODE[-1]


def test_plates_are_ordinary_or_of_new_energy_and_nothing_else() -> None:
    assert check_plate("津a·12345") == "津A12345"
    assert check_plate("粤B 1234港") == "粤B1234港"
    for plate in ("津AD12345", "津AF12345", "津A12345D"):
        assert is_new_energy(check_plate(plate))
    assert not is_new_energy("津A12345")
    for wrong in ("A12345", "津A1234", "津A12I45", "津A123456", "津O", "津AL12345"):
        with pytest.raises(ValueError, match="plate"):
            check_plate(wrong)


def test_an_employer_closes_resumes_and_keeps_what_it_was() -> None:
    def step(act: EmployerAct, day: date) -> EmployerStep:
        return EmployerStep(act, "office-liu", MORNING, day, "疫情防控需要")

    facts = EmployerFacts("津河电子", CODE, EmployerKind.FACTORY, AREA, ("clerk-a",))
    made = employers.register("e1", facts, step(EmployerAct.REGISTERED, FIRST))
    assert employers.turn(made, EmployerState.RESUMED, step(EmployerAct.RESUMED, TODAY)) is made
    closed = employers.turn(made, EmployerState.CLOSED, step(EmployerAct.CLOSED, TODAY))
    assert not closed.is_at_work
    with pytest.raises(Conflict):
        employers.turn(closed, EmployerState.RESUMED, step(EmployerAct.RESUMED, FIRST))
    resumed = employers.turn(closed, EmployerState.RESUMED, step(EmployerAct.RESUMED, TODAY))
    assert resumed.is_at_work
    renamed = employers.restate(
        resumed, EmployerFacts("新名", CODE, EmployerKind.FACTORY, AREA), step(EmployerAct.CHANGED, TODAY)
    )
    assert (renamed.name, renamed.steps[-1].before) == ("新名", facts)
    assert isinstance(renamed, Employer)


def test_a_person_who_left_or_is_undone_works_on_no_day_after() -> None:
    step = EmployeeStep(EmployeeAct.IMPORTED, "clerk-a", MORNING, import_id="i1")
    entry = Employee("p1", "e1", AREA, "王伟", FIRST, import_id="i1", steps=(step,))
    assert employees.may_work(entry, TODAY, False, None)
    assert not employees.may_work(entry, TODAY, True, None)
    left = employees.leave(entry, TODAY, EmployeeStep(EmployeeAct.LEFT, "clerk-a", MORNING))
    assert (left.works_on(TODAY), left.works_on(TODAY - timedelta(days=1))) == (False, True)
    assert employees.undo(left, "i1", step) is None
    undone = employees.undo(entry, "i1", EmployeeStep(EmployeeAct.UNDONE, "clerk-a", MORNING))
    assert undone is not None
    assert not undone.works_on(FIRST)


def test_a_desk_with_fewer_than_two_keepers_is_a_gap() -> None:
    step = VenueStep("office-liu", MORNING, FIRST, "登记场所")
    venue = Venue("v1", AREA, VenueKind.PHARMACY, "春华药店", steps=(step,))
    assert venue.has_gap
    both = venues.staff_desks(venue, [DeskStated("收银台", "一楼", ("a", "b"))], step)
    assert not both.has_gap
    later = VenueStep("office-liu", MORNING, TODAY, "人员调整")
    fewer = venues.staff_desks(both, [DeskStated("收银台", "一楼", ("b",))], later)
    assert fewer.has_gap
    assert [one.person_id for one in venues.keepers_on(fewer.desks[0], TODAY - timedelta(days=1))] == ["a", "b"]
    with pytest.raises(Conflict):
        venues.staff_desks(fewer, [DeskStated("收银台", "一楼", ("a", "b"))], step)
    closed = venues.close(fewer, later)
    assert not closed.has_gap
    with pytest.raises(Conflict):
        venues.staff_desks(closed, [DeskStated("服务台", "", ("a",))], later)
