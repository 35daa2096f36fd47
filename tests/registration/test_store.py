"""Registration's lists and look-ups read by an index, also on the embedded store."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from services.registration.domain import appeals
from services.registration.domain.colours import Evidence, EvidenceKind
from services.registration.domain.imports import Import, Kind, RowProblem, State
from services.registration.domain.orders import State as OrderState
from services.registration.domain.vehicles import Owner
from services.registration.store import INDEXES, Store
from shared.events.registration import PlaceLevel
from shared.events.registration_exits import ExitState
from shared.events.registration_reports import ReportState
from shared.events.registration_returns import ReturnState
from shared.events.registration_welfare import WelfareKind
from shared.store.mongo import Database, ensure_indexes
from tests.support.plans import Reads
from tests.support.sealers import SEALER
from tests.support.service import AREA, MORNING

pytestmark = pytest.mark.store
WAITING = Import("i", Kind.RESIDENTS, None, 9, (), AREA, "liu", (), "c", MORNING)


def of_files(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of places, residents, contacts and colours for a caller who waits.

    The round through all contacts is none: the Python server has no index of ranges of ids.
    """
    return [
        store.places.at(AREA),
        store.places.page(within, None, "", "", 10),
        store.places.page(within, PlaceLevel.COMPOUND, "阳", f"{AREA}|p", 10),
        store.places.at_level(within, PlaceLevel.COMPOUND),
        store.residents.get("r"),
        store.residents.by_hash("h"),
        store.residents.by_hashes(["h", "i"], work),
        store.residents.page(within, "door", f"{AREA}|r", 10),
        store.residents.page(within, "-registered", '["r", "r", false]', 10),
        store.searched.named(within, ["hash"], "door", "", 10),
        store.searched.with_phone(within, ["hash"], "door", "", 10),
        store.searched.by_name(within, ["hash", "former"], f"{AREA}|r", 10, common=True),
        store.searched.having(within, "number_hashes", ["hash", "former"], f"{AREA}|r", 10),
        store.residents.doors_among([f"{AREA}/1/2/3", f"{AREA}/1/2-3"]),
        store.hashes_brought.state(),
        *(store.residents.changed(within, after, 10, MORNING) for after in ("", "-r", "0123/r")),
        store.residents.counts(within),
        store.contacts.get("p"),
        store.contacts.several(["p", "q"], work),
        store.standings.evidence("r", work),
        store.standings.get("r"),
        store.imports.get("i"),
        store.imports.report("i"),
        store.imports.page(within, "", 10),
        store.imports.page(within, "i", 10),
        store.imports.parts(WAITING, 4),
        store.imports.claimed("c"),
        store.residents.several(["r", "s"], work),
    ]


def of_travel(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of journeys, returns and lists of risk regions."""
    return [
        store.journeys.get("j"),
        store.journeys.page(within, "", 10, "waiting", date(2026, 2, 10), 1),
        store.journeys.risk_list(date(2026, 2, 10)),
        store.journeys.list_of(date(2026, 2, 10), work),
        store.journeys.risk_lists(10),
        store.journeys.arriving(date(2026, 2, 10), "", 10, work),
        store.journeys.next_arrival(date(2026, 2, 10), work),
        store.triages.desk("d"),
        store.welfare.get_terms("t"),
        store.welfare.terms(),
        store.welfare.of_person("p"),
        store.welfare.page(within, None, "", 10),
        store.welfare.page(within, WelfareKind.PLEDGE, "", 10),
        store.welfare.within(within),
        store.triages.desks(within, "", 10),
        store.triages.get("t"),
        store.triages.of_day("d", date(2026, 2, 10), "", 10),
        store.returns.get("r"),
        store.returnee_reports.get("r"),
        store.returnee_reports.count_since("h", MORNING, work),
        store.returnee_reports.page(within, ReportState.OPEN, False, None, 10),
        store.returns.of_journey("j", work),
        store.returns.page(within, "", 10, ReturnState.OPEN),
        store.returns.page(within, "", 10, None),
        store.exits.get("e"),
        store.exits.approved_of("r", work),
        store.exits.page(within, "", 10, ExitState.REQUESTED),
        store.exits.page(within, "", 10, None),
    ]


def of_employers(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of employers, their staff, venues and vehicles."""
    return [
        store.employers.get("e"),
        store.employers.each(["e"]),
        store.employers.with_code("c", work),
        store.employers.of_clerk("p"),
        store.employers.page(within, None, None, "", 10),
        store.employees.each(["a"], work),
        store.employees.of_resident("r"),
        store.employees.of_import("i", 10, work),
        store.employees.page("e", False, "", 10),
        store.employees.counts(["e"]),
        store.venues.page(within, None, True, False, "", 10),
        store.vehicles.of_owner(Owner(resident_id="r")),
        store.vehicles.of_owner(Owner(employer_id="e"), True),
        store.vehicles.page(within, False, "", 10),
        store.returns.of_employer("e", "", 10),
        store.standings.each(["r"]),
    ]


def of_codes(store: Store, within: str, work: Any) -> list[Awaitable[Any]]:
    """Every reading of codes, orders by hand and appeals."""
    return [
        store.codes.get("c"),
        store.codes.newest("r"),
        store.codes.valid_of("r", MORNING),
        store.orders.get("o"),
        store.orders.page(within, None, "", 10),
        store.orders.page(within, OrderState.PROPOSED, f"{AREA}|o", 10),
        store.orders.parts("o"),
        store.orders.part("o", 0, work),
        store.appeals.get("a"),
        store.appeals.of_resident("r"),
        store.appeals.page(within, appeals.State.OPEN, False, None, 10),
        store.appeals.page(within, appeals.State.OPEN, True, (MORNING, "a"), 10),
    ]


@pytest.mark.parametrize(
    ("readings", "commands"), [(of_files, 36), (of_travel, 32), (of_codes, 12), (of_employers, 16)]
)
@pytest.mark.parametrize("within", [AREA, "/"])
async def test_every_list_is_read_by_an_index(
    database: Database,
    mongo_url: str,
    within: str,
    readings: Callable[[Store, str, Any], list[Awaitable[Any]]],
    commands: int,
) -> None:
    await ensure_indexes(database, INDEXES)
    async with Reads(mongo_url, database.name) as reads:
        work: Any = type("NoTransaction", (), {"session": None})()
        for reading in readings(Store(reads.database, SEALER), within, work):
            await reading
        plans = await reads.plans()
    assert len(plans) == commands
    for command, stages in plans:
        assert "COLLSCAN" not in stages, command


async def test_a_report_from_before_imports_were_carried_out_in_steps_is_read(database: Database) -> None:
    counts = {"rows": 3, "added": 1, "changed": 0, "unchanged": 1, "rejected": 1}
    problem = {"row": 4, "column": "姓名", "problem": "is missing"}
    report = {"_id": "i", "import_id": "i", **counts, "problems": [problem], "unknown_columns": ["备注"]}
    await database["imports"].insert_one(report | {"area_path": AREA, "by": "office-liu", "at": MORNING})
    stored = await Store(database, SEALER).imports.report("i")
    assert stored is not None
    assert (stored[0].state, stored[0].handled, stored[0].added, stored[0].finished_at) == (State.DONE, 3, 1, MORNING)
    assert stored[1] == [RowProblem(**problem)]
    assert (await Store(database, SEALER).imports.page(AREA, "", 10))[0] == [stored[0]]


def test_rows_of_an_import_that_is_never_finished_are_removed_within_days() -> None:
    for name in ("import_parts", "import_claims"):
        (seconds,) = [s for index in INDEXES[name] if (s := index.document.get("expireAfterSeconds"))]
        assert seconds <= 7 * 86_400


async def test_evidence_that_the_version_before_wrote_is_read(database: Database) -> None:
    row = {"resident_id": "r", "since": MORNING, "until": None}
    by_hand = {"kind": "manual", "order_id": "o", "colour": "yellow", "officer": "liu"}
    await database["evidence"].insert_many([row | {"_id": "case", "kind": "isolation"}, row | {"_id": "o/r"} | by_hand])
    work: Any = type("NoTransaction", (), {"session": None})()
    case, order = sorted(await Store(database, SEALER).standings.evidence("r", work), key=lambda one: one.source_id)
    assert case == Evidence("case", "r", EvidenceKind.ISOLATION, MORNING)
    assert (order.source_id, order.colour, order.officer) == ("o", "yellow", "liu")
