"""Cases of isolation over HTTP."""

from operator import attrgetter
from typing import Annotated

from fastapi import Depends

from services.isolation import schemas
from services.isolation.routes.callers import (
    CARE,
    CASE,
    OVERVIEW,
    Above,
    AnyCaller,
    Doctor,
    Officer,
    Staff,
    Uses,
    answer_case,
    read_case,
    read_of,
    view_of,
)
from services.isolation.store import DOOR
from services.isolation.usecases import STAFF, cases, extensions, handovers, orders, second_person
from shared.base.area import within as inside
from shared.base.errors import NotFound
from shared.events.isolation import CaseState
from shared.web.disclosures import Disclosing, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybeId, MaybePath
from shared.web.pages import Changes, Listed, Listing, Page, listed

router = api_router(
    "isolation",
    about="Isolation at home (居家隔离) and at sites (集中隔离): orders, temperatures, hand-over, release.",
)


@router.post("/cases", status_code=201)
async def order_isolation(
    body: schemas.OrderBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Order isolation at home (居家隔离) or at a site (集中隔离), R3.1."""
    return await answer_case(deps, await orders.order(deps, caller, **body.model_dump()), caller, disclosures, purpose)


@router.get("/cases")
async def list_cases(
    deps: Uses,
    caller: AnyCaller,
    listing: Annotated[Listing, listed(DOOR, "starts_on", "-starts_on", "ends_on", "-ends_on")],
    asked: Annotated[schemas.CaseQuery, Depends()],
    disclosures: Disclosing,
    purpose: Reading,
    resident_id: MaybeId = "",
    within: MaybePath = "",
) -> Page[schemas.CaseView]:
    """List cases of the caller's area, a page at a time; to others than staff, the own and those they keep.

    `within` is a place of the area. `mine`: the caller is keeper or doctor. `second`: they wait for a second person,
    whom the caller may be; such a page may be short although more follow.
    """
    wanted = asked.filter_for(caller.subject)
    if caller.roles.intersection(STAFF) and not resident_id:
        path = within or caller.area
        caller.require_area(path, f"the place {path}")
        page, following = await deps.store.cases_page(path, wanted, listing.sort, listing.after, listing.limit)
        await disclosures.record_list(caller, CASE, path, purpose.usual(OVERVIEW))
        return listing.page((view_of(deps, one) for one in page), following)
    matching = [one for one in await cases.of_persons(deps, caller, resident_id) if wanted.takes(one)]
    matching = [one for one in matching if inside(one.area_path, within or "/")]
    if listing.sort != DOOR:
        matching.sort(key=attrgetter(listing.sort.removeprefix("-")), reverse=listing.descends)
    own, following = listing.part(matching, attrgetter("case_id"))
    await disclosures.record_all(caller, CASE, [read_of(case) for case in own], purpose.usual(CARE))
    return listing.page((view_of(deps, one) for one in own), following)


@router.get("/cases/counts")
async def count_cases(deps: Uses, caller: Staff) -> schemas.CaseCountsView:
    """How many cases of the caller's area have not ended, by state, and how many of them concern the caller."""
    return schemas.CaseCountsView.model_validate(await deps.store.case_counts(caller.area, caller.subject))


@router.get("/cases/changes")
async def list_changed_cases(
    deps: Uses, caller: Staff, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Changes[schemas.CaseView]:
    """List the cases of the caller's area that have changed since the cursor `after`, ended ones too."""
    now = deps.clock.now()
    page, changed = await deps.store.changed_cases(caller.area, listing.after, listing.limit, now)
    await disclosures.record_list(caller, CASE, caller.area, purpose.usual(OVERVIEW))
    return listing.changes((view_of(deps, one) for one in page), changed.following, changed.more)


@router.get("/cases/{case_id}")
async def show_case(
    case_id: Id, deps: Uses, caller: AnyCaller, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Show a case."""
    return view_of(deps, await read_case(deps, caller, case_id, CASE, disclosures, purpose))


@router.get("/cases/{case_id}/log")
async def list_case_log(
    case_id: Id, deps: Uses, caller: AnyCaller, listing: Listed, disclosures: Disclosing, purpose: Reading
) -> Page[schemas.LogLineView]:
    """List what happened to a case, by whom and why, a page at a time."""
    await read_case(deps, caller, case_id, CASE, disclosures, purpose)
    lines = await deps.store.log_page(case_id, listing.after, listing.limit)
    following = lines[-1].line_id if len(lines) == listing.limit else None
    return listing.page(map(schemas.LogLineView.model_validate, lines), following)


@router.post("/cases/{case_id}/confirmation")
async def confirm_case(
    case_id: Id, deps: Uses, caller: Officer, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Confirm, as the second person, a case, its extension or its referral; else it falls back within hours (R3.1)."""
    return await answer_case(deps, await second_person.confirm(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/extension")
async def extend_case(
    case_id: Id, body: schemas.ExtensionBody, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Ask that a case lasts longer: it does once a second person confirms that within hours."""
    case = await extensions.extend(deps, caller, case_id, body.extension_id, body.days, body.reason)
    return await answer_case(deps, case, caller, disclosures, purpose)


@router.post("/cases/{case_id}/return")
async def return_case(
    case_id: Id, deps: Uses, caller: Doctor, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Take the person back from the fever clinic to observation (R3.5)."""
    return await answer_case(deps, await cases.come_back(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/cancellation")
async def cancel_case(
    case_id: Id, body: schemas.CancellationBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Withdraw an order that was a mistake."""
    return await answer_case(deps, await cases.cancel(deps, caller, case_id, body.reason), caller, disclosures, purpose)


@router.post("/cases/{case_id}/release")
async def release_case(
    case_id: Id, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Approve the release; by the level above, not by the person who ordered the case (R3.6)."""
    return await answer_case(deps, await cases.release(deps, caller, case_id), caller, disclosures, purpose)


@router.post("/cases/{case_id}/handover")
async def write_handover_note(
    case_id: Id, body: schemas.HandoverNoteBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Tell the new community what it must know of a person who moves; after a refusal, ask it again."""
    return await answer_case(
        deps, await handovers.write_note(deps, caller, case_id, body.note), caller, disclosures, purpose
    )


@router.post("/cases/{case_id}/handover/acceptance")
async def accept_handover(
    case_id: Id, body: schemas.AcceptanceBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Accept the case of a person who has moved here."""
    return await answer_case(
        deps, await handovers.accept(deps, caller, case_id, body.keeper_id), caller, disclosures, purpose
    )


@router.post("/cases/{case_id}/handover/refusal")
async def refuse_handover(
    case_id: Id, body: schemas.RefusalBody, deps: Uses, caller: Above, disclosures: Disclosing, purpose: Reading
) -> schemas.CaseView:
    """Refuse the case of a person who is stated to have moved here, with the reason."""
    return await answer_case(
        deps, await handovers.refuse(deps, caller, case_id, body.reason), caller, disclosures, purpose
    )


@router.get("/notices/{notice_id}")
async def verify_notice(notice_id: Id, deps: Uses) -> schemas.NoticeView:
    """Verify a release notice (解除居家医学观察告知书), without a token; the answer names no person (R3.6)."""
    case = await deps.store.case_of_notice(notice_id)
    if case is None or case.state is not CaseState.RELEASED or case.released_on is None:
        raise NotFound("isolation.no_such_notice", "There is no such release notice: the paper is not genuine")
    day = case.released_on.isoformat()
    return schemas.NoticeView(
        notice_id=notice_id,
        genuine=True,
        kind=case.kind,
        released_on=case.released_on,
        text_zh=f"经查,编号{notice_id}的解除医学观察告知书真实有效,解除日期{day}。",
        text_en=f"Release notice {notice_id} is genuine; released on {day}.",
    )
