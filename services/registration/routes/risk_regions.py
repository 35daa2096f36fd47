"""Dated lists of risk regions over HTTP: stated at once or by a file, listed, read (R1.6)."""

from collections.abc import Iterable

from fastapi import UploadFile

from services.registration.domain.risk_lists import ListedRegion, RiskList, more_severe
from services.registration.rosters.row_texts import chinese_of_row
from services.registration.routes.callers import AnyCaller, City, Language, Uses
from services.registration.schemas.imports import RowProblemItem
from services.registration.schemas.journeys import ListedRegionItem, RegionFileView, RiskListBody, RiskListView
from services.registration.usecases import risk_lists
from services.registration.usecases.risk_lists import RegionFile
from shared.base.errors import NotFound
from shared.events.registration import Risk
from shared.web.http import api_router
from shared.web.language import ZH
from shared.web.pages import Listed, Page
from shared.web.times import Day

router = api_router("risk regions", about="The dated lists of risk regions, by sub-district and hour.")


@router.put("/risk-regions/{day}", status_code=204)
async def put_risk_regions(day: Day, body: RiskListBody, deps: Uses, caller: City) -> None:
    """State the risk regions in force from a day on; declared journeys follow within minutes (R1.6)."""
    await risk_lists.state(deps, caller, day, (ListedRegion(name, risk) for name, risk in body.regions.items()))


@router.post("/risk-region-files/{day}")
async def import_risk_regions(
    day: Day, file: UploadFile, deps: Uses, caller: City, language: Language
) -> RegionFileView:
    """State the risk regions in force from a day on by a file: 省, 市, 区县, 街道, 风险等级, 起, 止 (R1.6).

    With one bad row nothing is stored; the same file again changes nothing.
    """
    read = await risk_lists.read_file(deps, await file.read())
    if read.problems:
        return _file(day, read, language, stored=False, changed=False)
    changed = await risk_lists.state(deps, caller, day, read.regions)
    return _file(day, read, language, stored=True, changed=changed)


@router.post("/risk-region-files/{day}/preview")
async def preview_risk_regions(
    day: Day, file: UploadFile, deps: Uses, caller: City, language: Language
) -> RegionFileView:
    """Show what a file of risk regions states, and every bad row; nothing is stored (R1.6)."""
    read = await risk_lists.read_file(deps, await file.read())
    before = await deps.store.journeys.risk_list(day)
    changed = not RiskList(day, read.regions).same(before)
    return _file(day, read, language, stored=False, changed=changed)


@router.get("/risk-regions")
async def list_risk_regions(deps: Uses, caller: AnyCaller, listing: Listed) -> Page[RiskListView]:
    """List the lists of risk regions, the newest day first, a page at a time."""
    stored = await deps.store.journeys.risk_lists(listing.limit)
    return listing.page(map(_list, stored), None)


@router.get("/risk-regions/{day}")
async def show_risk_regions(day: Day, deps: Uses, caller: AnyCaller) -> RiskListView:
    """Show the risk regions in force on a day (R1.6)."""
    listed = await deps.store.journeys.risk_list(day)
    if listed is None:
        text = f"No list of risk regions was in force on {day}"
        raise NotFound("registration.no_risk_list", text, day=day.isoformat())
    return _list(listed)


def _list(listed: RiskList) -> RiskListView:
    regions: dict[str, Risk] = {}
    for one in listed.regions:
        regions[one.region] = more_severe(one.risk, regions.get(one.region, Risk.LOW))
    return RiskListView.of(listed, in_force_since=listed.day, regions=regions, entries=_entries(listed.regions))


def _entries(regions: Iterable[ListedRegion]) -> list[ListedRegionItem]:
    return [ListedRegionItem.of(one) for one in regions]


def _file(day: Day, read: RegionFile, language: str, *, stored: bool, changed: bool) -> RegionFileView:
    problems = [
        RowProblemItem.of(one._replace(problem=chinese_of_row(one.problem) if language == ZH else one.problem))
        for one in read.problems
    ]
    about = {"day": day, "problems": problems, "entries": _entries(read.regions)}
    return RegionFileView.of(read, stored=stored, changed=changed, **about)
