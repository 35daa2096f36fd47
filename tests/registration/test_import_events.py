"""How far an import is comes as server-sent events, goes on after a break, and ends with the import (R1.12)."""

import json
from typing import Any

import httpx
import pytest

from services.registration.usecases import following_imports
from shared.base.errors import Unauthenticated
from shared.web.access import Principal, Role
from tests.conftest import MakeService
from tests.registration.office import office, person, text
from tests.registration.test_import_work import accepted, people, small_steps, step
from tests.support.service import AREA

__all__ = ["small_steps"]
CLERK = Principal("office-liu", frozenset({Role.COMMUNITY}), AREA, None)


async def speaks() -> Principal:
    return CLERK


def read_events(answer: httpx.Response) -> list[dict[str, str]]:
    blocks = [block for block in answer.text.split("\n\n") if "event:" in block]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following_imports, "LOOKS_EACH_S", 0.0)


@pytest.mark.usefixtures("small_steps")
async def test_each_step_is_one_event_and_the_last_one_ends_the_stream(service: MakeService) -> None:
    here = await office(service)
    import_id = (await accepted(here, people(1, 10)))["import_id"]
    deps = here.service.deps
    first = await following_imports.visible(deps, CLERK, import_id)
    seen: list[Any] = []
    async for one in following_imports.follow(deps, speaks, first, ""):
        seen.append(one)
        if one is not None and not one.finished:
            await step(here)
    assert [one.handled for one in seen] == sorted({one.handled for one in seen})
    assert (seen[0].handled, seen[-1].handled, seen[-1].state) == (0, 10, "done")


async def test_a_stream_goes_on_behind_the_last_event_and_is_unbuffered(service: MakeService) -> None:
    here = await office(service)
    report = (await here.send(text([person(1), person(2, id_number="1")]))).json()
    path = f"/v1/imports/{report['import_id']}/events"
    answer = await here.clerk.get(path)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["x-accel-buffering"], "no-store" in answer.headers["cache-control"]) == ("no", True)
    (end,) = read_events(answer)
    assert (end["event"], json.loads(end["data"])["rejected"]) == ("end", 1)
    assert "王伟" not in answer.text
    again = await here.clerk.get(path, headers={"Last-Event-ID": end["id"]})
    assert (again.status_code, again.content) == (httpx.codes.NO_CONTENT, b"")
    assert len(read_events(await here.clerk.get(path, headers={"Last-Event-ID": "running-1-0"}))) == 1
    assert (await here.elsewhere.get(path)).status_code == httpx.codes.NOT_FOUND


async def test_a_stream_ends_when_the_token_counts_no_longer(service: MakeService) -> None:
    here = await office(service)
    answer = await here.post(text([person(1)]))
    deps = here.service.deps
    first = await following_imports.visible(deps, CLERK, answer.json()["import_id"])

    async def revoked() -> Principal:
        raise Unauthenticated("access.revoked", "Sign in again")

    assert [one.handled async for one in following_imports.follow(deps, revoked, first, "") if one] == [0]
