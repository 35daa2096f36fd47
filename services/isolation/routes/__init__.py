"""Isolation over HTTP, by what the routes are about."""

from services.isolation.routes import cases, measurements, to_do

routers = (cases.router, measurements.router, to_do.router)
