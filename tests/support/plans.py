"""Records the queries of a store, with the stages of their plans."""

from typing import Any, Self

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandListener

from shared.store.mongo import Database

_PARTS = ("find", "filter", "sort", "limit", "aggregate", "pipeline", "cursor")


class Reads(CommandListener):
    """Records the commands of its own client; `plans` returns their plans."""

    def __init__(self, url: str, name: str) -> None:
        self._client: Any = AsyncIOMotorClient(url, tz_aware=True, event_listeners=[self])
        self.database: Database = self._client[name]
        self._asked: list[dict[str, Any]] = []

    def started(self, event: Any) -> None:
        """Record a reading command."""
        if event.command_name in ("find", "aggregate"):
            self._asked.append({name: event.command[name] for name in event.command if name in _PARTS})

    def succeeded(self, event: Any) -> None:
        """Not looked at."""

    def failed(self, event: Any) -> None:
        """Not looked at."""

    async def plans(self) -> list[tuple[dict[str, Any], set[str]]]:
        """Return each command with the stages of its plan."""
        asked, self._asked = self._asked, []
        explained = [{"explain": command, "verbosity": "queryPlanner"} for command in asked]
        return [(command["explain"], _stages(await self.database.command(command))) for command in explained]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.close()


def _stages(plan: Any) -> set[str]:
    if isinstance(plan, list):
        return {name for one in plan for name in _stages(one)}
    if not isinstance(plan, dict):
        return set()
    stages = {name for value in plan.values() for name in _stages(value)}
    return stages | ({plan["stage"]} if isinstance(plan.get("stage"), str) else set())
