"""Files that may be of one person, over HTTP: the worklist, both files side by side, and what officers decide."""

from collections.abc import Sequence

from services.registration.domain import duplicates as rules
from services.registration.domain.duplicate_pairs import Pair, State
from services.registration.domain.residents import Resident
from services.registration.routes.callers import Office, Staff, Uses, listed_area
from services.registration.schemas.duplicates import (
    Candidate,
    CandidatesView,
    CheckBody,
    DuplicateRulesView,
    LaterBody,
    MergeBody,
    PairBody,
    PairItem,
    PairReasonBody,
    PairView,
    WeightView,
)
from services.registration.usecases import Deps, duplicate_views, duplicates, names
from shared.web.access import Principal
from shared.web.break_glass import reads
from shared.web.disclosures import Disclosing, Disclosures, Purpose, Read, Reading
from shared.web.http import api_router
from shared.web.ids import Id, MaybePath
from shared.web.pages import Listed, Page

PAIR, PURPOSE = "duplicate_pair", "duplicates of resident files"

router = api_router("duplicates", about="Resident files that may be of one person: proposals, merge, un-merge (R1.12).")


@router.get("/duplicates")
async def list_duplicates(
    deps: Uses,
    caller: Office,
    listing: Listed,
    disclosures: Disclosing,
    purpose: Reading,
    state: State = State.OPEN,
    within: MaybePath = "",
) -> Page[PairItem]:
    """List pairs of files that may be of one person, both in the area, a page at a time; without names."""
    path = listed_area(caller, within)
    stored, following = await deps.store.duplicates.page(path, state, listing.after, listing.limit)
    await disclosures.record_list(caller, PAIR, path, purpose.usual(PURPOSE))
    return listing.page([PairItem.of(one, **_words(one.reasons)) for one in stored], following)


@router.get("/duplicates/rules")
async def show_duplicate_rules(deps: Uses, caller: Staff) -> DuplicateRulesView:
    """Show what each reason weighs today, and from how many points on a pair is proposed."""
    table = rules.rules_on(deps.today)
    weights = [
        WeightView(reason=one, title=" ".join(rules.IN_WORDS[one]), weight=weight)
        for one, weight in table.weights.items()
    ]
    return DuplicateRulesView.of(table, weights=weights)


@router.post("/duplicates/check")
@reads
async def check_duplicates(
    body: CheckBody, deps: Uses, caller: Staff, disclosures: Disclosing, purpose: Reading
) -> CandidatesView:
    """Return the files of the area that may be of a person who is about to be registered; the reading is recorded."""
    described = duplicate_views.described_by(body.name, body.id_number, body.phone, body.birth_date)
    likely = await duplicate_views.candidates(deps, caller, described)
    read = [Read(resident.resident_id, resident.area_path) for resident, _, _ in likely]
    await disclosures.record_all(caller, PAIR, read, purpose.usual(PURPOSE))
    return CandidatesView(
        items=[
            Candidate.of(resident, name=names.open_name(deps, resident), score=score, reasons=list(why), **_words(why))
            for resident, score, why in likely
        ]
    )


@router.post("/duplicates")
async def propose_duplicate(
    body: PairBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Put two files of the area on the worklist by hand; a pair that is known is answered as it stands."""
    pair = await duplicates.propose(deps, caller, body.first_id, body.second_id)
    return await _disclosed(deps, pair.pair_id, caller, disclosures, purpose)


@router.get("/duplicates/{pair_id}")
async def show_duplicate(
    pair_id: Id, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Show both files side by side, and why they may be of one person."""
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


@router.post("/duplicates/{pair_id}/merge")
async def merge_files(
    pair_id: Id, body: MergeBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Merge two files: one stays, the other becomes an alias of it.

    Where one of them has an open case or a red code, the merge waits for a second person.
    """
    await duplicates.merge(deps, caller, pair_id, body.survivor_id, body.reason)
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


@router.post("/duplicates/{pair_id}/approve")
async def approve_merge(pair_id: Id, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading) -> PairView:
    """Approve a merge as the second person."""
    await duplicates.approve(deps, caller, pair_id)
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


@router.post("/duplicates/{pair_id}/different")
async def tell_files_apart(
    pair_id: Id, body: PairReasonBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Decide that two files are of different people; they are never proposed again."""
    await duplicates.tell_apart(deps, caller, pair_id, body.reason)
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


@router.post("/duplicates/{pair_id}/later")
async def put_off_duplicate(
    pair_id: Id, body: LaterBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Take a pair off the worklist until a time."""
    await duplicates.put_off(deps, caller, pair_id, body.until, body.reason)
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


@router.post("/duplicates/{pair_id}/unmerge")
async def unmerge_files(
    pair_id: Id, body: PairReasonBody, deps: Uses, caller: Office, disclosures: Disclosing, purpose: Reading
) -> PairView:
    """Restore both files of a merged pair; what has happened since stays with the one that was the survivor."""
    await duplicates.separate(deps, caller, pair_id, body.reason)
    return await _disclosed(deps, pair_id, caller, disclosures, purpose)


async def _disclosed(
    deps: Deps, pair_id: str, caller: Principal, disclosures: Disclosures, purpose: Purpose
) -> PairView:
    pair, files = await duplicates.visible(deps, caller, pair_id)
    read = [Read(one.resident_id, one.area_path) for one in files]
    await disclosures.record_all(caller, PAIR, read, purpose.usual(PURPOSE))
    return await _view(deps, pair, files)


async def _view(deps: Deps, pair: Pair, files: Sequence[Resident]) -> PairView:
    sides = await duplicate_views.side_by_side(deps, files)
    return PairView.of(pair, differences=sides, **_words(pair.reasons))


def _words(reasons: Sequence[str]) -> dict[str, str]:
    return {"explanation": rules.in_words(reasons, "en"), "explanation_zh": rules.in_words(reasons, "zh")}
