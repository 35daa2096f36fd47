"""A city of processes with a console and the demo's provider, for journeys in a browser."""

from collections.abc import Sequence
from pathlib import Path

from deploy.launcher.processes.child import HOST, free_port
from deploy.launcher.service import COMMANDS, State, Surroundings
from tests.support.bus import new_bus
from tests.support.city import READY_S, CityUnderTest
from tests.support.waiting import eventually

SERVICES = ("registration", "isolation", "checkpoint", "console")


class ConsoleCity(CityUnderTest):
    """Registration, isolation, checkpoint, the console, or other services, and the provider beside them."""

    def __init__(self, mongo_url: str, directory: Path, names: Sequence[str] = SERVICES) -> None:
        self._provider_port = free_port()
        super().__init__({name: COMMANDS[name] for name in names}, new_bus(directory / "bus"), mongo_url, directory)

    def surroundings(self) -> Surroundings:
        """Return what every process is configured with, the provider's address among it."""
        return super().surroundings()._replace(sign_in=f"http://{HOST}:{self._provider_port}")

    async def start(self, *names: str) -> None:
        """Start the provider first, then the services."""
        if not names:
            provider = self._city.processes[0]
            provider.start()

            async def ready() -> bool:
                await self._city.look()
                assert provider.state is State.READY, provider.last_words()
                return True

            await eventually(ready, READY_S, 0.2)
        await super().start(*names)
