"""What tests begin with: the first test of a worker prepares it in its store, later tests copy the documents."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from tests.support import stores
from tests.support.service import ServiceUnderTest

R = TypeVar("R")


class _First(NamedTuple, Generic[R]):
    """The store of the first test, where its time and its bus stood, and what the preparation returned."""

    documents: stores.Copied
    at: datetime
    offset: int
    result: R


class Prepared(Generic[R]):
    """Preparations by requests and events, which take longer than to write the documents that come of them.

    What a preparation changes in the memory of a service, as its replicas, is not prepared: each test does it.
    """

    def __init__(self, prepare: Callable[[ServiceUnderTest], Awaitable[R]]) -> None:
        self._prepare = prepare
        self._first: _First[R] | None = None

    async def on(self, service: ServiceUnderTest) -> R:
        """Prepare a service that has just started; return what the preparation returned, which has to be plain data."""
        if not service.is_new:  # another service has the same store
            return await self._prepare(service)
        name, url = service.database.name, service.settings.mongo_url
        if self._first is None:
            result = await self._prepare(service)
            self._first = _First(stores.Copied(name, url), service.clock.at, service.offset, result)
        else:
            self._first.documents.write(name, url)
            service.clock.at, service.offset = self._first.at, self._first.offset
        return deepcopy(self._first.result)
