"""A trial's world leaves nothing behind, also where it does not come up."""

from pathlib import Path
from typing import Any

import pytest

from deploy.launcher.errors import ServerUnreachable
from tests.faults import world
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World
from tests.support.bus import NEEDS_APACHE


async def nothing(_: World, __: Outcome) -> None:
    """What a trial without a fault does."""


@pytest.mark.broker
@NEEDS_APACHE
async def test_a_world_that_does_not_come_up_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    were = []

    async def refused(*_: Any, **__: Any) -> None:
        were.extend((made.kafka.running, made.mongo.running))
        raise ServerUnreachable("no")

    monkeypatch.setattr(world, "create_missing", refused)
    made = World(Trial(0, "nothing", nothing, brokers=1), 1, tmp_path)
    with pytest.raises(ServerUnreachable):
        async with made:
            pytest.fail("it came up")
    assert were == [True, True]
    assert (made.kafka.running, made.mongo.running) == (False, False)
