"""A device's copy of the service's list of exceptions: kept new, compared, fetched whole (R2.4)."""

from datetime import timedelta
from typing import Any

import pytest

from services.checkpoint.client.copy import ListDiffers
from services.checkpoint.usecases import whole_list
from shared.base.ids import new_id
from shared.events.checkpoint import Verdict
from shared.events.registration import Colour
from tests.checkpoint.gate import standing
from tests.scanner.post import Post
from tests.scanner.turns import OUT, fetches, learns_of, scans


async def test_the_list_is_kept_new_by_changes(post: Post) -> None:
    device = post.device()
    (first, *_) = await learns_of(post.gate, 20)
    assert await fetches(device) > 30
    post.gate.service.clock.advance(timedelta(minutes=1))
    post.gate.learns(standing(first, Colour.GREEN), standing(second := new_id(), Colour.YELLOW))
    answers: list[dict[str, Any]] = []
    take = device.copy.take
    device.copy.take = lambda answer: (answers.append(answer), take(answer))[1]  # type: ignore[method-assign,func-returns-value]
    await fetches(device)
    assert not answers[0]["full"]
    assert device.copy.standing(first) is None
    known = device.copy.standing(second)
    assert known is not None
    assert known.colour is Colour.YELLOW


async def test_a_copy_that_differs_is_fetched_whole(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_list, "KEPT_S", -1.0)
    device = post.device()
    residents = await learns_of(post.gate, 20)
    await fetches(device)
    device.copy._writer.execute("DELETE FROM exceptions WHERE resident IN (SELECT resident FROM exceptions LIMIT 3)")
    changed = (await post.gate.device.get("/v1/lists", params={"version": device.copy.lists.version})).json()  # type: ignore[union-attr]
    with pytest.raises(ListDiffers):
        device.copy.take(changed)
    await fetches(device)
    assert all(device.copy.standing(resident) for resident in residents)


async def test_while_the_service_reads_its_own_lists_the_device_keeps_what_it_has(post: Post) -> None:
    device = post.device()
    (red,) = await learns_of(post.gate, 1)
    await fetches(device)
    post.gate.service.deps.known.exceptions.replica.expect({0, 1})
    assert 2 <= await fetches(device) < 20
    await post.pull()
    assert (await scans(device, post.gate.code(red), OUT)).verdict is Verdict.DENY


@pytest.mark.parametrize("answer", [{}, {"full": True}, [], {"version": 1}])
async def test_an_answer_that_is_no_list_changes_nothing(post: Post, answer: Any) -> None:
    device = post.device()
    (red,) = await learns_of(post.gate, 1)
    await fetches(device)
    with pytest.raises((ValueError, LookupError, TypeError)):
        device.copy.take(answer)
    assert device.copy.standing(red)
