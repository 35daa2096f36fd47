"""Employers and their staff in the store: what is personal is sealed. None is ever removed."""

from collections.abc import Collection, Iterable, Sequence

from services.registration.domain.employees import Employee
from services.registration.domain.employers import Employer
from shared.base.sealing import Sealer
from shared.events.registration_employers import EmployerKind, EmployerState
from shared.store.claims import Claims
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, Document, IndexModel
from shared.store.queries import page, stages
from shared.store.unit_of_work import UnitOfWork

MOST_OF_A_CLERK = 20
INDEXES = {
    "employers": [
        IndexModel([("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("code", ASCENDING)]),
        IndexModel([("clerk_ids", ASCENDING)]),
    ],
    "employees": [
        IndexModel([("employer_id", ASCENDING), ("ended", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("resident_id", ASCENDING)]),
        IndexModel([("import_id", ASCENDING)]),
    ],
}


class Employers:
    """The named queries over employers."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._employers = Documents(database["employers"], Mapper(Employer, key="employer_id"), sealer=sealer)
        self._codes = Claims(database, "employer_code", self._has_code)

    async def get(self, employer_id: str, work: UnitOfWork | None = None) -> Employer | None:
        """Return an employer."""
        return await self._employers.get(employer_id, work)

    async def each(self, employer_ids: Iterable[str], work: UnitOfWork | None = None) -> list[Employer]:
        """Return those of the employers that exist."""
        return await self._employers.each(employer_ids, work)

    async def with_code(self, code: str, work: UnitOfWork) -> Employer | None:
        """Return the employer with that credit code."""
        return await self._employers.first({"code": code}, work)

    async def of_clerk(self, person_id: str) -> list[Employer]:
        """Return the employers for which a person acts, by their ids."""
        rows = self._employers.collection.find({"clerk_ids": person_id}).sort("_id", ASCENDING)
        return self._employers.mapper.read_each(await rows.limit(MOST_OF_A_CLERK).to_list(MOST_OF_A_CLERK))

    async def page(
        self, path: str, kind: EmployerKind | None, state: EmployerState | None, after: str, limit: int
    ) -> tuple[list[Employer], str | None]:
        """Return up to `limit` employers within the path, in the order of their places, and what names the last."""
        also: Document = {"kind": kind.value} if kind else {}
        also |= {"state": state.value} if state else {}
        rows, following = await page(self._employers.collection, path, after, limit, also=also)
        return self._employers.mapper.read_each(rows), following

    async def put(self, employer: Employer, work: UnitOfWork) -> None:
        """Store an employer, new or changed."""
        await self._employers.put(employer, work)

    async def claim_code(self, employer: Employer, work: UnitOfWork) -> None:
        """Let it be the one employer with its code. Raises what `Claims.take` does."""
        await self._codes.take(employer.code, employer.employer_id, work)

    async def free_code(self, employer: Employer, work: UnitOfWork) -> None:
        """Let another employer have the code that this one had."""
        await self._codes.release(employer.code, employer.employer_id, work)

    async def _has_code(self, employer_id: str, code: str, work: UnitOfWork) -> bool:
        one = await self.get(employer_id, work)
        return one is not None and one.code == code


class Employees:
    """The named queries over the staff of employers."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        mapper = Mapper(Employee, "employee_id", _derived)
        self._employees = Documents(database["employees"], mapper, sealer=sealer)

    async def get(self, employee_id: str, work: UnitOfWork | None = None) -> Employee | None:
        """Return an entry."""
        return await self._employees.get(employee_id, work)

    async def each(self, employee_ids: Collection[str], work: UnitOfWork | None = None) -> dict[str, Employee]:
        """Return those of the entries that exist, by their ids."""
        return {one.employee_id: one for one in await self._employees.each(employee_ids, work)}

    async def of_resident(self, resident_id: str, work: UnitOfWork | None = None) -> list[Employee]:
        """Return the entries of a resident at all employers, the oldest first."""
        stored = await self._employees.find({"resident_id": resident_id}, work)
        return sorted(stored, key=lambda one: (one.since, one.employee_id))

    async def of_import(self, import_id: str, limit: int, work: UnitOfWork) -> list[Employee]:
        """Return up to `limit` of the entries that an import changed last."""
        rows = self._employees.collection.find({"import_id": import_id}, session=work.session).limit(limit)
        return self._employees.mapper.read_each(await rows.to_list(limit))

    async def page(self, employer_id: str, ended: bool, after: str, limit: int) -> tuple[list[Employee], str | None]:
        """Return up to `limit` of an employer's staff, or of those who have left, and what names the last."""
        condition: Document = {"employer_id": employer_id, "ended": ended, "_id": {"$gt": after}}
        rows = await self._employees.collection.find(condition).sort("_id", ASCENDING).limit(limit).to_list(limit)
        return self._employees.mapper.read_each(rows), rows[-1]["_id"] if len(rows) == limit else None

    async def counts(self, employer_ids: Sequence[str]) -> dict[str, int]:
        """Return how many people work for each of these employers, those who have left not among them."""
        steps = stages([{"employer_id": {"$in": list(employer_ids)}}, {"ended": False}])
        steps += [{"$group": {"_id": "$employer_id", "people": {"$sum": 1}}}]
        rows = await self._employees.collection.aggregate(steps).to_list(len(employer_ids) or 1)
        return {row["_id"]: row["people"] for row in rows}

    async def put(self, employee: Employee, work: UnitOfWork) -> None:
        """Store an entry, new or changed."""
        await self._employees.put(employee, work)

    async def put_each(self, employees: Sequence[Employee], new: Iterable[str], work: UnitOfWork) -> None:
        """Store entries in one call; those whose ids are in `new` are known not to be there."""
        await self._employees.put_each(employees, new, work)


def _derived(employee: Employee) -> Document:
    return {"ended": employee.until is not None}
