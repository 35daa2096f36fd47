"""The processes of a service, as each reports of itself in the service's store: how many run, and which version."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from shared.base import metrics
from shared.base.clock import machine_time
from shared.base.ids import new_id
from shared.store.mongo import ASCENDING, DESCENDING, Database, Document, IndexModel
from shared.store.turns import take_turns

PROCESSES = "processes"
REPORT_EVERY_S = 10.0
# A process that has not reported for so long has ended or hangs.
SILENT_AFTER = timedelta(seconds=35)
KEPT_S = 600

INDEXES = {PROCESSES: [IndexModel([("seen_at", ASCENDING)], expireAfterSeconds=KEPT_S)]}


def product_version() -> str:
    """Return the version of Lastmetre that runs here; empty where it is not installed as a package."""
    try:
        return version("lastmetre")
    except PackageNotFoundError:
        return ""


@dataclass(frozen=True)
class ProcessReport:
    """What a process states of itself: `missing` names the checks of its readiness that fail.

    `newest_event_at` is the time of the newest event that it has handled since its start.
    """

    process_id: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    missing: tuple[str, ...]
    newest_event_at: datetime | None

    @property
    def is_silent(self) -> bool:
        """Whether it has not reported lately."""
        return machine_time() - self.seen_at > SILENT_AFTER


class Processes:
    """Stores the reports of this process, and reads those of all."""

    def __init__(self, database: Database, role: str, checks: Callable[[], Awaitable[dict[str, bool]]]) -> None:
        self._processes = database[PROCESSES]
        self._checks = checks
        self._role = role
        self._id = new_id()
        self._started_at = machine_time()

    async def report(self) -> None:
        """Store how this process is. Raises the driver's errors."""
        checks = await self._checks()
        newest = next(iter(metrics.NEWEST_EVENT.collect())).samples[0].value
        made = ProcessReport(
            process_id=self._id,
            role=self._role,
            version=product_version(),
            started_at=self._started_at,
            seen_at=machine_time(),
            missing=tuple(name for name, holds in checks.items() if not holds),
            newest_event_at=datetime.fromtimestamp(newest, UTC) if newest else None,
        )
        row = asdict(made) | {"missing": list(made.missing)}
        await self._processes.update_one({"_id": row.pop("process_id")}, {"$set": row}, upsert=True)

    async def report_always(self) -> None:
        """Report until cancelled; faults of the store are waited out."""
        await take_turns("the process report", self.report, partial(asyncio.sleep, REPORT_EVERY_S))


async def reports_in(database: Database) -> Sequence[ProcessReport]:
    """Return the reports of a service's processes of the last ten minutes, the newest first."""
    rows = await database[PROCESSES].find().sort("seen_at", DESCENDING).to_list(None)
    return [_read(row) for row in rows]


def _read(row: Document) -> ProcessReport:
    return ProcessReport(
        process_id=row["_id"],
        role=row["role"],
        version=row["version"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        missing=tuple(row["missing"]),
        newest_event_at=row["newest_event_at"],
    )
