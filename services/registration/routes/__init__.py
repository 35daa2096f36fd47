"""Registration over HTTP, by what the routes are about."""

from services.registration.routes import (
    access,
    appeals,
    break_glass,
    changes,
    codes,
    contacts,
    examinations,
    exports,
    imports,
    journeys,
    orders,
    places,
    residents,
    standings,
    undoing,
    zones,
)

routers = (
    places.router,
    imports.router,
    residents.router,
    changes.router,
    undoing.router,
    examinations.router,
    contacts.router,
    journeys.router,
    standings.router,
    codes.router,
    orders.router,
    appeals.router,
    access.router,
    break_glass.router,
    exports.router,
    zones.router,
)
