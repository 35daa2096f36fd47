"""Registration over HTTP, by what the routes are about."""

from services.registration.routes import access, appeals, codes, imports, journeys, orders, places, residents, standings

routers = (
    places.router,
    imports.router,
    residents.router,
    journeys.router,
    standings.router,
    codes.router,
    orders.router,
    appeals.router,
    access.router,
)
