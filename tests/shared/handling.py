"""What a handler does, for tests of what happens when it is cut short: change state, and say something."""

from shared.envelope.event import Meta
from shared.events.isolation import CaseOpened
from shared.store.unit_of_work import AlreadyHandled, retry_conflicts
from tests.shared.conftest import Works
from tests.shared.samples import NOON, case_opened, standing

COLLECTIONS = ("state", "inbox", "outbox", "latest")


def cause_of(number: int) -> CaseOpened:
    """Return a message that is the same in every process."""
    return case_opened(f"case-{number}").stamped(Meta(f"cause-{number}", NOON, "test", f"correlation-{number}"))


@retry_conflicts
async def answer(works: Works, cause: CaseOpened) -> None:
    """Change state, and say something in answer to the cause."""
    async with works.begin(cause) as work:
        await works.database["state"].insert_one({"_id": cause.case_id}, session=work.session)
        work.emit(standing(cause.case_id))


async def answer_again(works: Works, cause: CaseOpened) -> None:
    """Answer to a message that is delivered once more."""
    try:
        await answer(works, cause)
    except AlreadyHandled:
        return


async def counts(works: Works) -> set[int]:
    """Return how many documents the collections hold: one number where they agree."""
    return {await works.count(name) for name in COLLECTIONS}


async def forget_all(works: Works) -> None:
    """Empty the collections."""
    for name in COLLECTIONS:
        await works.database[name].delete_many({})
