"""Checkpoint over HTTP, by what the routes are about."""

from services.checkpoint.routes import checkpoints, devices, gates, permits, reading, scans, visitors
from services.checkpoint.routes.scans import ScanRoutes

__all__ = ["ScanRoutes", "routers"]

routers = (
    scans.router,
    checkpoints.router,
    gates.router,
    devices.router,
    permits.router,
    reading.router,
    visitors.router,
)
