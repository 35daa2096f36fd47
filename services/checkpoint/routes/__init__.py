"""Checkpoint over HTTP, by what the routes are about."""

from services.checkpoint.routes import (
    checkpoints,
    contacts,
    devices,
    flow,
    gates,
    lists,
    page,
    permits,
    policies,
    reading,
    reviews,
    scans,
    to_do,
    visitors,
)
from services.checkpoint.routes.scans import ScanRoutes

__all__ = ["ScanRoutes", "routers"]

routers = (
    scans.router,
    checkpoints.router,
    policies.router,
    gates.router,
    lists.router,
    page.router,
    devices.router,
    permits.router,
    reading.router,
    flow.router,
    contacts.router,
    reviews.router,
    visitors.router,
    to_do.router,
)
