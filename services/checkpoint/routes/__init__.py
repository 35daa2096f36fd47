"""Checkpoint over HTTP, by what the routes are about."""

from services.checkpoint.routes import gates, reading, scans

routers = (scans.router, gates.router, reading.router)
