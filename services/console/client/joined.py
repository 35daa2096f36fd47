"""Lists that every service has for itself, asked of all of them at once and joined; a service that is away is named."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.console.client import audit, views
from services.console.client.apis import ApiAway, ApiRefused, Caller, Value
from services.console.domain.joining import Joined, Part, Position, Positions, join

SERVICES = ("registration", "checkpoint", "isolation", "supply", "notification")
WITHIN_S = 4.0  # a service that takes longer is listed as away


@dataclass(frozen=True)
class Readings:
    """A page of readings of all services, and the services that did not answer, whose readings are missing."""

    joined: Joined[audit.Reading]
    away: Sequence[str]


async def readings(
    api: Caller, wanted: dict[str, str], since: datetime | None, positions: Positions, limit: int
) -> Readings:
    """Return up to `limit` readings behind the positions. Raises `ApiRefused` where every service refuses."""
    span = {"until": positions.until.isoformat()} | ({"since": since.isoformat()} if since else {})

    async def ask(name: str) -> Part[audit.Reading]:
        position = positions.at(name)
        if position.cursor is None:
            return Part(Position(None), [], None)
        asked: dict[str, Value] = {"after": position.cursor, "limit": limit + position.skipped, **span, **wanted}
        page = await api.get_by(name, "/v1/readings", views.Page[audit.Reading], asked.items(), WITHIN_S)
        return Part(position, page.items, page.next)

    answers = await asyncio.gather(*map(ask, SERVICES), return_exceptions=True)
    parts: dict[str, Part[audit.Reading]] = {}
    away = []
    for name, answer in zip(SERVICES, answers, strict=True):
        if isinstance(answer, ApiAway):
            away.append(name)
        elif isinstance(answer, BaseException):
            raise answer
        else:
            parts[name] = answer
    joined = join(positions.until, parts, ((name, positions.at(name)) for name in away), limit)
    return Readings(joined, away)


async def verifications(api: Caller, links: int) -> dict[str, audit.Verification | None]:
    """Return for each service whether the newest links of its log verify; None where it does not answer."""

    async def ask(name: str) -> audit.Verification | None:
        try:
            return await api.get(name, "/v1/acts/verification", audit.Verification, WITHIN_S, links=links)
        except (ApiAway, ApiRefused):
            return None

    return dict(zip(SERVICES, await asyncio.gather(*map(ask, SERVICES)), strict=True))
