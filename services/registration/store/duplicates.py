"""Pairs of files that may be of one person, and the keyed hashes by which files are compared, in the store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from services.registration.domain.duplicate_pairs import Pair, State
from shared.base.sealing import Sealer
from shared.store.act_log import Act, digest
from shared.store.documents import Documents, Mapper
from shared.store.mongo import ASCENDING, Database, DuplicateKeyError, IndexModel, UpdateOne, write_conflict
from shared.store.queries import known_ids, page
from shared.store.unit_of_work import UnitOfWork

PAIRS, KEYS, PASS = "duplicate_pairs", "duplicate_keys", "duplicate_pass"
INDEXES = {
    PAIRS: [
        IndexModel([("state", ASCENDING), ("area_path", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("state", ASCENDING), ("later_until", ASCENDING)]),
    ],
    KEYS: [IndexModel([("keys", ASCENDING)])],
}
_STATE = "pass"


class Passed(NamedTuple):
    """The file up to which the present round has come, and when the last round was whole."""

    after: str = ""
    whole_at: datetime | None = None


class Duplicates:
    """The named queries over pairs, keys and the rounds through all files."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._pairs = Documents(database[PAIRS], Mapper(Pair, key="pair_id"), sealer=sealer)
        self._keys, self._pass = database[KEYS], database[PASS]

    async def get(self, pair_id: str, work: UnitOfWork | None = None) -> Pair | None:
        """Return a pair."""
        return await self._pairs.get(pair_id, work)

    async def proposed(self, pair_ids: Collection[str]) -> set[str]:
        """Return which of the pairs were proposed before, whatever became of them."""
        return set(await known_ids(self._pairs.collection, pair_ids))

    async def propose(self, pairs: Sequence[Pair], work: UnitOfWork) -> None:
        """Store new pairs; another unit of work that proposes one of them at the same moment is retried."""
        known = await known_ids(self._pairs.collection, [one.pair_id for one in pairs], work.session)
        try:
            await self._pairs.insert([one for one in pairs if one.pair_id not in known], work)
        except DuplicateKeyError:
            raise write_conflict("another process proposes the same pair") from None

    async def put(self, pair: Pair, work: UnitOfWork) -> None:
        """Store what was decided on a pair, with an entry of the log of acts."""
        await self._pairs.put(pair, work)
        facts = {**self._pairs.mapper.document(pair), "reason": ""}  # sealed anew at each writing
        work.log(Act(f"registration.DuplicatePair.{pair.state.value}", pair.pair_id, digest(facts)))

    async def page(self, path: str, state: State, after: str, limit: int) -> tuple[list[Pair], str | None]:
        """Return up to `limit` pairs in a state whose both doors are within the path, and what names the last."""
        rows, following = await page(self._pairs.collection, path, after, limit, {"state": state.value})
        return self._pairs.mapper.read_each(rows), following

    async def put_off_until(self, now: datetime, limit: int, work: UnitOfWork) -> list[Pair]:
        """Return up to `limit` pairs that were put off until a time that has come."""
        due = {"state": State.LATER.value, "later_until": {"$lte": now}}
        rows = self._pairs.collection.find(due, session=work.session).limit(limit)
        return self._pairs.mapper.read_each(await rows.to_list(limit))

    async def reopen(self, pair: Pair, work: UnitOfWork) -> None:
        """Store a pair that is on the worklist again: the time has come, and no person has decided."""
        await self._pairs.put(pair, work)

    async def keep_keys(self, keys: Mapping[str, Sequence[str]], gone: Collection[str]) -> None:
        """Store the keyed hashes of files, by their ids, and forget those of the files that are gone."""
        changes = [UpdateOne({"_id": one}, {"$set": {"keys": list(keys[one])}}, upsert=True) for one in keys]
        if changes:
            await self._keys.bulk_write(changes, ordered=False)
        if gone:
            await self._keys.delete_many({"_id": {"$in": list(gone)}})

    async def sharing(self, keys: Sequence[str], most: int) -> set[str]:
        """Return the files that share one of the keys; a key of more than `most` files tells nothing of a person."""
        sharing: set[str] = set()
        for key in keys:
            rows = await self._keys.find({"keys": key}, {"_id": 1}).limit(most + 1).to_list(None)
            if len(rows) <= most:
                sharing.update(row["_id"] for row in rows)
        return sharing

    async def passed(self) -> Passed:
        """Return how far the present round has come."""
        row = await self._pass.find_one({"_id": _STATE}) or {}
        return Passed(row.get("after", ""), row.get("whole_at"))

    async def keep_passed(self, passed: Passed) -> None:
        """Store how far the present round has come."""
        await self._pass.update_one({"_id": _STATE}, {"$set": passed._asdict()}, upsert=True)
