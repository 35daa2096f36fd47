"""What waits of an import is its own: whatever was killed before, and whichever version has handled some of it."""

from typing import Any

import pytest

from services.registration.domain.imports import Kind
from services.registration.usecases import accepting
from shared.base.ids import new_id
from shared.events.registration import ResidentRegistered
from shared.web.access import Principal, Role
from tests.conftest import MakeService
from tests.registration.office import counts, office
from tests.registration.test_import_work import accepted, left, people, read_import, registered, small_steps, step
from tests.shared.crashes import Crash
from tests.support.service import AREA

__all__ = ["small_steps"]
CLERK = Principal("office-liu", frozenset({Role.COMMUNITY}), AREA, None)


@pytest.mark.usefixtures("small_steps")
async def test_an_import_goes_on_where_the_version_before_has_handled_some_parts(service: MakeService) -> None:
    here = await office(service)
    import_id = (await accepted(here, people(1, 10)))["import_id"]
    await step(here)
    await step(here)
    await here.service.database["imports"].update_one({"_id": import_id}, {"$set": {"parts_done": 0}})
    while (await read_import(here, import_id))["state"] != "done":
        await step(here)
    done = await read_import(here, import_id)
    assert (counts(done), await registered(here), await left(here)) == ((10, 0, 0, 0), 10, [0, 0])
    assert len(await here.service.emitted(ResidentRegistered)) == 10


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("is_chosen", [False, True])
async def test_rows_of_an_acceptance_that_was_killed_are_none_of_the_next_ones(
    service: MakeService, is_chosen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, chosen = await office(service), new_id() if is_chosen else ""
    fields = {"import_id": chosen} if is_chosen else {}

    async def killed(*_: Any) -> Any:
        raise Crash

    async def not_dropped(_: str) -> None:
        """Leave what a process that is gone cannot remove."""

    with monkeypatch.context() as dying:
        dying.setattr(accepting, "_keep", killed)
        dying.setattr(here.service.deps.store.imports, "drop_rows", not_dropped)
        with pytest.raises(Crash):
            await accepting.accept(here.service.deps, CLERK, Kind.RESIDENTS, people(1, 4), None, chosen)
    assert (await left(here), await registered(here)) == ([2, 0], 0)
    import_id = (await accepted(here, people(1, 4), **fields))["import_id"]
    while (await read_import(here, import_id))["state"] != "done":
        await step(here)
    assert (counts(await read_import(here, import_id)), await registered(here)) == ((4, 0, 0, 0), 4)
