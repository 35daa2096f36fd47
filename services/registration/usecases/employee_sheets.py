"""The staff of an employer as a sheet: in the form in which it is imported, with who may come in today (R1.10)."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from services.registration.domain.employees import Employee, FamilyMember
from services.registration.domain.employers import Employer
from services.registration.usecases import Deps
from services.registration.usecases.employees import who_may_work
from shared.base.sheet_streams import Form, sheet_stream

ROWS_A_PAGE = 500
HEADING = (
    *("姓名", "身份证号", "联系电话", "统一社会信用代码", "岗位", "车间", "班组", "班次"),
    *("现住址", "同住家属", "入职日期", "今日可到岗"),
)


async def write(deps: Deps, employer: Employer, form: Form) -> AsyncIterator[bytes]:
    """Yield the sheet of those who work for an employer in pieces."""
    sheet = sheet_stream(form, "员工", HEADING)
    after: str | None = ""
    while after is not None:
        page, after = await deps.store.employees.page(employer.employer_id, False, after, ROWS_A_PAGE)
        rows = list(_rows(employer, page, await who_may_work(deps, page)))
        if piece := await asyncio.to_thread(sheet.write, rows):
            yield piece
    yield await asyncio.to_thread(sheet.end)


def _rows(employer: Employer, page: Sequence[Employee], able: frozenset[str]) -> Iterator[Sequence[str]]:
    for one in page:
        person = (one.name, one.id_number, one.phone, employer.code, one.post, one.workshop, one.team, one.shift)
        yield *person, one.home, _family(one.family), str(one.since), "是" if one.employee_id in able else "否"


def _family(family: Sequence[FamilyMember]) -> str:
    return "、".join(f"{one.name}（{one.relation}）" if one.relation else one.name for one in family)
