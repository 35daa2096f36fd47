"""A server of this machine that is restarted whenever it dies."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from deploy.launcher.city import Say
from deploy.launcher.errors import LauncherError
from deploy.launcher.processes.backoff import Backoff
from deploy.launcher.servers.embedded import LocalServer
from deploy.launcher.service import how_it_ended

PATIENCE_S = 1.0
_POLL_S = 0.02


class KeptServer:
    """One server; `made_whole` is awaited whenever it accepts connections, before it counts as started.

    `broken` returns whether a running server needs a restart.
    """

    def __init__(
        self,
        server: LocalServer,
        made_whole: Callable[[], Awaitable[object]] | None = None,
        broken: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.server = server
        self._made_whole = made_whole
        self._broken = broken
        self._backoff = Backoff()
        self._given_up_at: float | None = None  # during a restart

    @property
    def state(self) -> str:
        """Its state, in the table's words."""
        if self._backoff.waiting:
            return f"restarting in {self._backoff.remaining(time.monotonic()):.0f} s"
        if self._given_up_at is not None:
            return "starting"
        return "ready" if self.server.running else "stopped"

    async def accepting(self) -> None:
        """Return once it accepts connections. Raises `ServerUnreachable`."""
        deadline = time.monotonic() + self.server.start_s
        while not self.server.accepting():
            if time.monotonic() > deadline:
                raise self.server.failure()
            await asyncio.sleep(_POLL_S)

    async def keep(self, say: Say) -> None:
        """Restart it after its back-off if it died; a restart that takes longer continues in the next call."""
        now = time.monotonic()
        try:
            if self._backoff.waiting and self._backoff.remaining(now) == 0:
                self.server.spawn()
                self._backoff.started()
                self._given_up_at = now + self.server.start_s
            if self._given_up_at is not None:
                await self._await_restart(self._given_up_at, say)
            elif self.server.running and self._broken is not None and await self._broken():
                self.server.kill()
                say(f"{self.server.name} runs and serves nothing: restarting in {self._backoff.died(now):.0f} s")
            elif self.server.running:
                self._backoff.well(now)
            elif not self._backoff.waiting:
                how = how_it_ended(self.server.child) if self.server.child else "did not start"
                say(f"{self.server.name} {how}: restarting in {self._backoff.died(now):.0f} s")
        except LauncherError as error:
            self.server.kill()
            self._given_up_at = None
            say(f"{error}; next attempt in {self._backoff.died(time.monotonic()):.0f} s")

    async def _await_restart(self, given_up_at: float, say: Say) -> None:
        patient_until = time.monotonic() + PATIENCE_S  # not longer: of several brokers, none starts alone
        while not self.server.accepting():
            if time.monotonic() > given_up_at:
                raise self.server.failure()
            if time.monotonic() > patient_until:
                return
            await asyncio.sleep(_POLL_S)
        if self._made_whole is not None:
            await self._made_whole()
        self._given_up_at = None
        say(f"{self.server.name} is started again")
