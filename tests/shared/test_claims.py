"""Claims: one holder has a value at a time, whatever races, and after it the value is free again."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from shared.base.errors import Conflict
from shared.store.claims import CLAIMS, Claims
from shared.store.mongo import Database, PyMongoError, is_transient
from shared.store.unit_of_work import UnitOfWork, retry_conflicts
from tests.shared.conftest import Works

BED = "hall-1/bed-7"


class Beds:
    """A use case's view of claims: who lies in which bed is the state, and a bed has one patient at a time."""

    def __init__(self, works: Works) -> None:
        self.works = works
        self.state = works.database["state"]
        self.claims = Claims(works.database, "bed", self._lies_there)

    async def _lies_there(self, patient: str, bed: str, work: UnitOfWork) -> bool:
        return await self.state.find_one({"_id": patient, "bed": bed}, session=work.session) is not None

    async def give(self, patient: str, work: UnitOfWork) -> None:
        """Give the bed to the patient. Raises `Conflict` where another one lies in it."""
        if other := await self.state.find_one({"bed": BED}, session=work.session):
            raise Conflict("test.bed_taken", f"{other['_id']} lies there")
        await self.claims.take(BED, patient, work)
        await self.state.insert_one({"_id": patient, "bed": BED}, session=work.session)

    async def leave(self, patient: str, work: UnitOfWork) -> None:
        """Let the patient leave the bed."""
        await self.state.delete_one({"_id": patient}, session=work.session)
        await self.claims.release(BED, patient, work)

    @retry_conflicts
    async def admit(self, patient: str) -> None:
        """Give the bed in a unit of work of its own."""
        async with self.works.begin() as work:
            await self.give(patient, work)

    @retry_conflicts
    async def discharge(self, patient: str) -> None:
        """Let the patient leave in a unit of work of its own."""
        async with self.works.begin() as work:
            await self.leave(patient, work)

    async def claimed(self) -> dict[str, str]:
        """Return the holder of each claim."""
        return {row["_id"]: row["holder"] async for row in self.works.database[CLAIMS].find()}


@pytest_asyncio.fixture
async def beds(works: Works) -> Beds:
    """A hall with one bed."""
    await works.database.create_collection(CLAIMS)  # two transactions that make it would meet there, and late
    return Beds(works)


async def test_a_value_is_free_again_after_each_holder(beds: Beds) -> None:
    for patient in ("a", "b", "a", "c"):
        await beds.admit(patient)
        assert await beds.claimed() == {f"bed/{BED}": patient}
        with pytest.raises(Conflict, match=f"{patient} lies there"):
            await beds.admit("d")
        await beds.discharge(patient)
        assert await beds.claimed() == {}


async def test_of_those_who_claim_at_the_same_moment_one_has_the_value(beds: Beds) -> None:
    for turn in range(4):
        outcomes = await asyncio.gather(*(beds.admit(f"{turn}-{n}") for n in range(6)), return_exceptions=True)
        refused = [outcome for outcome in outcomes if outcome is not None]
        assert [type(outcome) for outcome in refused] == [Conflict] * 5
        ((_, holder),) = (await beds.claimed()).items()
        assert [row["_id"] async for row in beds.state.find()] == [holder]
        await beds.discharge(holder)


async def test_a_claim_that_is_taken_after_the_state_was_read_is_met(beds: Beds) -> None:
    async def read_before_and_claim_after() -> None:
        async with beds.works.begin() as work:
            assert await beds.state.find_one({"bed": BED}, session=work.session) is None
            await beds.admit("quick")
            await beds.claims.take(BED, "slow", work)

    with pytest.raises(PyMongoError) as met:
        await read_before_and_claim_after()
    assert is_transient(met.value)
    assert await beds.claimed() == {f"bed/{BED}": "quick"}


async def test_a_claim_is_never_taken_from_one_who_still_holds_the_value(beds: Beds) -> None:
    await beds.admit("a")
    outside: Any = type("NoTransaction", (), {"session": None})()
    with pytest.raises(PyMongoError) as met:
        await beds.claims.take(BED, "b", outside)
    assert is_transient(met.value)
    assert await beds.claimed() == {f"bed/{BED}": "a"}


async def test_of_two_transactions_that_both_claim_one_commits(beds: Beds) -> None:
    async def claim_beside() -> None:
        async with beds.works.begin() as work:
            await beds.give("second", work)

    async with beds.works.begin() as work:
        await beds.give("first", work)
        with pytest.raises(PyMongoError) as met:
            await claim_beside()
        assert is_transient(met.value)
    assert await beds.claimed() == {f"bed/{BED}": "first"}


async def test_a_server_that_answers_with_a_duplicate_key_is_understood_too(beds: Beds) -> None:
    outside: Any = type("NoTransaction", (), {"session": None})()
    rows = beds.works.database[CLAIMS]
    await rows.insert_one({"_id": f"bed/{BED}", "holder": "gone"})

    async def another_is_quicker(patient: str, bed: str, work: UnitOfWork) -> bool:
        await rows.update_one({"_id": f"bed/{BED}"}, {"$set": {"holder": "quick"}})
        return False

    with pytest.raises(PyMongoError) as met:
        await Claims(beds.works.database, "bed", another_is_quicker).take(BED, "slow", outside)
    assert is_transient(met.value)
    assert await beds.claimed() == {f"bed/{BED}": "quick"}


async def test_a_transaction_that_is_rolled_back_leaves_no_claim_and_keeps_what_it_released(beds: Beds) -> None:
    async def fail(after: Any) -> None:
        async with beds.works.begin() as work:
            await after("a", work)
            raise Conflict("test.refused", "no")

    with pytest.raises(Conflict, match="no"):
        await fail(beds.give)
    assert await beds.claimed() == {}
    await beds.admit("a")
    with pytest.raises(Conflict, match="no"):
        await fail(beds.leave)
    assert await beds.claimed() == {f"bed/{BED}": "a"}
    with pytest.raises(Conflict, match="a lies there"):
        await beds.admit("b")


async def test_a_holder_from_before_there_were_claims_is_respected_and_ends_as_any_other(beds: Beds) -> None:
    await beds.state.insert_one({"_id": "old", "bed": BED})
    with pytest.raises(Conflict, match="old lies there"):
        await beds.admit("new")
    await beds.discharge("old")
    await beds.admit("new")
    assert await beds.claimed() == {f"bed/{BED}": "new"}


async def test_a_claim_that_was_left_is_taken_over_by_one_alone(beds: Beds) -> None:
    await beds.admit("old")
    await beds.state.delete_one({"_id": "old"})  # by an earlier version, which knows no claims
    outcomes = await asyncio.gather(*(beds.admit(patient) for patient in "abcd"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [Conflict] * 3
    ((_, holder),) = (await beds.claimed()).items()
    assert [row["_id"] async for row in beds.state.find()] == [holder]


async def test_a_claim_is_released_by_its_holder_alone_and_kinds_never_meet(beds: Beds, database: Database) -> None:
    await beds.admit("a")
    async with beds.works.begin() as work:
        await beds.claims.release(BED, "b", work)
        await Claims(database, "chair", beds._lies_there).take(BED, "b", work)
    assert await beds.claimed() == {f"bed/{BED}": "a", f"chair/{BED}": "b"}
