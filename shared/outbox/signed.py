"""Whole state signed once: compacted topics hold records of an earlier version, or under a key that is to be removed.

Whenever another key signs than before, and when the first one does, every compacted topic is published again from the
store; and once more a while later, for what other processes have written without it until then.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.base.clock import machine_time
from shared.envelope.macs import Macs
from shared.store.latest import FIRST, LATEST
from shared.store.mongo import Database
from shared.store.unit_of_work import OUTBOX

SIGNED = "signed"
LATER = timedelta(minutes=15)
_MACS = "macs"

logger = logging.getLogger(__name__)


class SignedOnce:
    """Requests the publishing, for the holder of the relay's lease; `request` has the topics published as a whole."""

    def __init__(self, database: Database, macs: Macs, request: Callable[[], Awaitable[None]]) -> None:
        self._signed = database[SIGNED]
        self._stored = [database[name] for name in (OUTBOX, FIRST, LATEST)]
        self._macs = macs
        self._request = request
        self._whole = ""  # the name of the key under which all is published for good

    async def _has_published(self) -> bool:
        return any([await one.find_one({}, {"_id": 1}) for one in self._stored])

    async def request(self) -> None:
        """Have the topics published again where that has to be."""
        key = self._macs.signing_key
        if key is None or key == self._whole:
            return
        row, now = await self._signed.find_one({"_id": _MACS}) or {}, machine_time()
        if not row and not await self._has_published():
            row = {"key": key, "at": now, "whole": True}  # a fresh city
            await self._signed.update_one({"_id": _MACS}, {"$set": row}, upsert=True)
        begun = row.get("key") == key
        if begun and row["whole"]:
            self._whole = key
        elif not begun or now - row["at"] >= LATER:
            await self._request()
            state = {"key": key, "at": now, "whole": begun}
            await self._signed.update_one({"_id": _MACS}, {"$set": state}, upsert=True)
            logger.info("compacted topics are published again under event key %s", key)
