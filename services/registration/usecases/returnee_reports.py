"""Reports of returnees: made by any resident, verified by a declaration or unfounded, by the community (R1.5)."""

from datetime import datetime, time

from services.registration.domain import report_policies
from services.registration.domain import returnee_reports as rules
from services.registration.domain.returnee_reports import ReturneeReport
from services.registration.usecases import STAFF, Deps
from services.registration.usecases.journeys import visible_journey
from services.registration.usecases.residents import visible
from shared.base.area import within
from shared.base.errors import Conflict, Invalid, NotFound
from shared.base.ids import derived_id
from shared.base.impersonal import require_impersonal
from shared.base.normal_form import word
from shared.base.sealing import keyed_hash
from shared.events.registration_reports import ReportState, ReturneeReportDecided, ReturneeReported
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from shared.web.access import Principal
from shared.web.own import own_of


@retry_conflicts
async def report(
    deps: Deps, caller: Principal, report_id: str, area_path: str, door: str, about: str, origin_region: str
) -> ReturneeReport:
    """Report a returnee at a place of the city; the same `report_id` again gives the same answer.

    Raises `NotFound` for an unknown place, `Conflict` beyond the reports of a day.
    """
    now, policy = _now(deps), report_policies.policy_at(deps.today)
    stated = (report_id, area_path, door, about, origin_region, _reporter(deps, caller))
    made = ReturneeReport(*stated, reported_at=now, due_at=policy.due_at(now))
    async with deps.unit_of_work() as work:
        if known := await deps.store.returnee_reports.get(report_id, work):
            if not known.same(made):
                raise Conflict("registration.report_taken", "That report_id stands for another one: make a new one")
            return known
        if await deps.store.places.at(area_path, work) is None:
            raise NotFound("registration.no_such_place", f"There is no place {area_path}")
        midnight = datetime.combine(deps.today, time.min, deps.zone)
        if await deps.store.returnee_reports.count_since(made.reporter, midnight, work) >= policy.reports_a_day:
            text = f"A person makes at most {policy.reports_a_day} reports a day: call the community for more"
            raise Conflict("registration.too_many_reports", text, most=policy.reports_a_day)
        await deps.store.returnee_reports.put(made, work)
        work.emit(ReturneeReported.of(made))
    return made


@retry_conflicts
async def verify(deps: Deps, caller: Principal, report_id: str, journey_id: str) -> ReturneeReport:
    """Let a report be verified by the declaration that was made; again, it changes nothing."""
    async with deps.unit_of_work() as work:
        known = await _to_decide(deps, caller, report_id, work)
        if (known.state, known.journey_id) == (ReportState.VERIFIED, journey_id):
            return known
        journey = await visible_journey(deps, caller, journey_id, work)
        resident = await visible(deps, caller, journey.resident_id, work)
        if journey.cancelled or not within(resident.area_path, known.area_path):
            text = "That declaration is taken back, or of a person who lives elsewhere: choose that of the returnee"
            raise Invalid("registration.report_journey", text)
        own = await own_of(deps.store.residents, caller)
        own.require_stranger(resident.resident_id, resident.household_id)
        return await _keep(deps, rules.verify(known, journey, caller.subject, _now(deps)), work)


@retry_conflicts
async def dismiss(deps: Deps, caller: Principal, report_id: str, reason: str) -> ReturneeReport:
    """Let a report be unfounded, with the reason; again, it changes nothing."""
    require_impersonal(reason, "reason")
    async with deps.unit_of_work() as work:
        known = await _to_decide(deps, caller, report_id, work)
        if (known.state, known.decided_by) == (ReportState.UNFOUNDED, caller.subject):
            return known
        own = await own_of(deps.store.residents, caller)
        own.require_stranger(None, derived_id("household", known.area_path))
        return await _keep(deps, rules.dismiss(known, reason, caller.subject, _now(deps)), work)


async def find(deps: Deps, caller: Principal, report_id: str, work: UnitOfWork | None = None) -> ReturneeReport:
    """Return a report to staff of its area and to the reporter. Raises `NotFound` for others."""
    known = await deps.store.returnee_reports.get(report_id, work)
    if known is None or not (caller.may_see(known.area_path, STAFF) or is_reporter(deps, caller, known)):
        raise NotFound("registration.no_such_report", "The report was not found in your area")
    return known


def is_reporter(deps: Deps, caller: Principal, known: ReturneeReport) -> bool:
    """Whether the caller made the report."""
    return known.reporter == _reporter(deps, caller)


async def _to_decide(deps: Deps, caller: Principal, report_id: str, work: UnitOfWork) -> ReturneeReport:
    known = await find(deps, caller, report_id, work)
    if is_reporter(deps, caller, known):
        raise Conflict("registration.own_report", "A person does not decide the own report: ask a colleague")
    return known


async def _keep(deps: Deps, decided: ReturneeReport, work: UnitOfWork) -> ReturneeReport:
    await deps.store.returnee_reports.put(decided, work)
    work.emit(ReturneeReportDecided.of(decided))
    return decided


def _now(deps: Deps) -> datetime:
    return deps.clock.now().replace(microsecond=0)


def _reporter(deps: Deps, caller: Principal) -> str:
    return keyed_hash(deps.id_hash_key, "reporter", word(caller.subject))
