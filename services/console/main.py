"""The console: the web interface for staff, a client of the services' public APIs with each user's own token."""

from datetime import UTC, datetime

from fastapi import FastAPI

from services.console.client.apis import Apis
from services.console.client.kept import Areas
from services.console.client.provider import Provider
from services.console.routes import ROUTERS
from services.console.routes.answers import add_answers
from services.console.routes.callers import by_cookie
from services.console.routes.files import addresses
from services.console.routes.headers import add_headers
from services.console.settings import Settings
from services.console.showing.pages import Pages
from services.console.store import INDEXES, Store
from services.console.usecases import Deps
from shared.base.clock import Clock
from shared.base.sealing import Sealer, seal_keys_from
from shared.parts import Parts
from shared.process import Plumbing, serve

ROSTER_BYTES = 21 << 20


def build(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Compose the service."""
    plumbing = Plumbing(settings, clock)
    sealer = Sealer(seal_keys_from(settings.session_seal_key), settings.seal_form)
    deps = Deps(
        store=Store(plumbing.database, sealer),
        provider=Provider(settings),
        apis=Apis({**settings.services, settings.service: settings.own_address}),
        areas=Areas(),
        pages=Pages(settings.city_zone, addresses()),
        access=plumbing.access,
        now=lambda: datetime.now(UTC),
        unit_of_work=plumbing.unit_of_work,
        clock=plumbing.clock,
        deadlines=plumbing.deadlines,
        zone=settings.city_zone,
        url=settings.url,
        gate_url=settings.scanner_url,
        is_secure=settings.is_secure,
        session_idle=settings.session_idle,
        session_life=settings.session_life,
    )
    app = plumbing.app(
        Parts(
            deps,
            routers=ROUTERS,
            indexes=INDEXES,
            body_limits={"/imports": ROSTER_BYTES},
            long_work=["POST /imports"],
            by_cookie=by_cookie(deps),
        )
    )
    add_answers(app)
    add_headers(app, settings)
    return app


def main() -> None:
    """Serve the console."""
    settings = Settings()
    serve(settings, build(settings))


if __name__ == "__main__":
    main()
