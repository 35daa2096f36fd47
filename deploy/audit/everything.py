"""The whole audit, in the order of its report."""

import asyncio

from deploy.audit.books import Books, Finding
from deploy.audit.bus import Reader, consumed, dead, published
from deploy.audit.cases import cases
from deploy.audit.people import goods, residents
from deploy.audit.scans import scans
from services.checkpoint import handlers as checkpoint
from services.isolation import handlers as isolation
from services.notification import handlers as notification
from services.registration import handlers as registration
from services.supply import handlers as supply

CONSUMERS = {
    "registration": (registration.consumer,),
    "checkpoint": (checkpoint.recorder,),
    "isolation": (isolation.consumer,),
    "supply": (supply.consumer,),
    "notification": (notification.consumer,),
}


async def everything(books: Books) -> list[Finding]:
    """Run every comparison that the running services allow."""
    readers = [Reader.of(consumer) for service in books.databases for consumer in CONSUMERS[service]]
    parts = [
        *([scans(books)] if books.has("checkpoint") else []),
        *([cases(books)] if books.has("isolation") else []),
        *([residents(books)] if books.has("registration") else []),
        *([goods(books)] if books.has("supply") else []),
        published(books),
        consumed(books, readers),
    ]
    results = await asyncio.gather(*parts)
    return [*(finding for findings in results for finding in findings), await dead(books)]
