"""The whole audit, in the order of its report."""

import asyncio
import importlib
from importlib.util import find_spec
from typing import Any

from deploy.audit.act_log import logs
from deploy.audit.books import Books, Finding
from deploy.audit.bus import Reader, consumed, dead, published
from deploy.audit.cases import cases
from deploy.audit.owners import causes, replicas, topics
from deploy.audit.people import goods, residents
from deploy.audit.scans import scans
from shared.bus.consumer import EventConsumer


def consumers_of(service: str) -> list[EventConsumer[Any]]:
    """Return the consumers of a service: those that its module `handlers` holds; none where it has no such module."""
    if find_spec(f"services.{service}.handlers") is None:
        return []
    handlers = importlib.import_module(f"services.{service}.handlers")
    return [value for value in vars(handlers).values() if isinstance(value, EventConsumer)]


async def everything(books: Books) -> list[Finding]:
    """Run every comparison that the running services allow."""
    readers = [Reader.of(consumer) for service in books.databases for consumer in consumers_of(service)]
    parts = [
        *([scans(books)] if books.has("checkpoint") else []),
        *([cases(books)] if books.has("isolation") else []),
        *([residents(books)] if books.has("registration") else []),
        *([goods(books)] if books.has("supply") else []),
        published(books),
        topics(books),
        replicas(books),
        causes(books),
        logs(books),
        consumed(books, readers),
    ]
    results = await asyncio.gather(*parts)
    return [*(finding for findings in results for finding in findings), await dead(books)]
