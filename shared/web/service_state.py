"""How a service is, over HTTP, for operators: its processes, lag, outbox and dead letters."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from pydantic import BaseModel

from shared.base.clock import Clock
from shared.bus.lag import Lags
from shared.bus.letter_book import LetterBook, LetterState
from shared.store.mongo import ASCENDING, Database
from shared.store.processes import ProcessReport, product_version, reports_in
from shared.store.unit_of_work import OUTBOX
from shared.web.http import api_router
from shared.web.operators import Operator


@dataclass(frozen=True)
class Operating:
    """What the state of a service is read from."""

    service: str
    database: Database
    lags: Lags
    checks: Callable[[], Awaitable[dict[str, bool]]]
    letters: LetterBook
    clock: Clock


class ProcessView(BaseModel):
    """A process as it reported itself. `missing` are checks of its readiness that fail."""

    process_id: str
    role: str
    version: str
    started_at: datetime
    seen_at: datetime
    is_silent: bool
    missing: list[str]


class LagView(BaseModel):
    """A partition that a consumer group reads; `handled` is null where the group has committed nothing."""

    group: str
    topic: str
    partition: int
    end: int
    handled: int | None
    waiting: int


class OutboxView(BaseModel):
    """Events that are stored and not published, by topic, and when the oldest of them was stored."""

    pending: int
    oldest_at: datetime | None
    topics: dict[str, int]


class LettersView(BaseModel):
    """Dead letters: how many wait for a decision, and how many were replayed without a known result.

    `read` tells whether the bus answered, `behind` how many of its records are not counted yet.
    """

    waiting: int
    replayed: int
    read: bool
    behind: int


class ServiceState(BaseModel):
    """How a service is. `ready`, `version` and `missing` are those of the process that answers.

    `lag` is null while the bus does not answer. `newest_event_at` is null before the first event.
    """

    service: str
    version: str
    ready: bool
    missing: list[str]
    processes: list[ProcessView]
    lag: list[LagView] | None
    outbox: OutboxView
    newest_event_at: datetime | None
    newest_event_age_s: float | None
    dead_letters: LettersView


async def _operating(request: Request) -> Operating:
    operating: Operating = request.app.state.operating
    return operating


router = api_router("operators")


@router.get("/service-state")
async def show_service_state(operating: Annotated[Operating, Depends(_operating)], _: Operator) -> ServiceState:
    """Show how this service is: its processes, the lag of its consumers by partition, its outbox, its dead letters."""
    reports, checks, lags, outbox, letters = await asyncio.gather(
        reports_in(operating.database),
        operating.checks(),
        operating.lags.now(),
        _outbox(operating.database),
        _letters(operating.letters),
    )
    missing = [name for name, holds in checks.items() if not holds]
    newest = max((one.newest_event_at for one in reports if one.newest_event_at), default=None)
    return ServiceState(
        service=operating.service,
        version=product_version(),
        ready=not missing,
        missing=missing,
        processes=[_process(one) for one in reports],
        lag=None if lags is None else [LagView(**one._asdict()) for one in lags],
        outbox=outbox,
        newest_event_at=newest,
        newest_event_age_s=max(0.0, (operating.clock.now() - newest).total_seconds()) if newest else None,
        dead_letters=letters,
    )


def _process(report: ProcessReport) -> ProcessView:
    return ProcessView(
        process_id=report.process_id,
        role=report.role,
        version=report.version,
        started_at=report.started_at,
        seen_at=report.seen_at,
        is_silent=report.is_silent,
        missing=list(report.missing),
    )


async def _outbox(database: Database) -> OutboxView:
    rows = await database[OUTBOX].find({"published_at": None}, {"topic": 1}).sort("_id", ASCENDING).to_list(None)
    topics: dict[str, int] = {}
    for row in rows:
        topics[row["topic"]] = topics.get(row["topic"], 0) + 1
    oldest = _made_at(rows[0]["_id"]) if rows else None
    return OutboxView(pending=len(rows), oldest_at=oldest, topics=topics)


def _made_at(row_id: str) -> datetime:
    """Return when a row was made: its id is a UUIDv7, which begins with the milliseconds."""
    return datetime.fromtimestamp((UUID(row_id).int >> 80) / 1000, UTC)


async def _letters(letters: LetterBook) -> LettersView:
    look = await letters.look()
    waiting, replayed = [await letters.count(state) for state in (LetterState.WAITING, LetterState.REPLAYED)]
    return LettersView(waiting=waiting, replayed=replayed, read=look.answered, behind=look.behind)
