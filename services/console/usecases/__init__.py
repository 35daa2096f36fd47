"""The console's use cases: signing in and staying signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.console.client.apis import Apis
from services.console.client.kept import Areas
from services.console.client.provider import Provider
from services.console.showing.pages import Pages
from services.console.store import Store
from shared.store.deps import ServiceDeps
from shared.web.access import Access


@dataclass(frozen=True)
class Deps(ServiceDeps):
    """What the console works with. `now` is the machine's time: tokens and sessions go by it, also in a drill."""

    store: Store
    provider: Provider
    apis: Apis
    areas: Areas
    pages: Pages
    access: Access
    now: Callable[[], datetime]
    url: str
    gate_url: str
    is_secure: bool
    session_idle: timedelta
    session_life: timedelta
