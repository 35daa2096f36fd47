"""A city that keeps its data: stopped, started again, and as it was.

The embedded bus is empty then and is filled again; Apache Kafka has kept everything, and no event is published again.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli.audit import run_audit
from tests.documents.integrators import run_page
from tests.journeys.chain import DOCTOR, KEEPER, POLICE, begin_chain
from tests.journeys.test_chain import disagreements
from tests.support import lastmetre
from tests.support.bus import UP_OPTIONS
from tests.support.upright import RunningLauncher, start_launcher

pytestmark = [pytest.mark.broker, pytest.mark.early]

# The number of messages of each template when the exit is refused, by recipient.
MESSAGES = {
    "resident": {"case_opened": 1, "standing_changed": 1, "delivery_planned": 1},
    KEEPER: {"case_opened_staff": 1, "delivery_planned_staff": 1, "case_breached_staff": 1},
    DOCTOR: {"case_opened_staff": 1, "case_breached_staff": 1},
    POLICE: {"case_breached_staff": 1},
}


class Home:
    """A city on one data directory, started as often as asked."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._runs: list[RunningLauncher] = []

    def up(self) -> RunningLauncher:
        """Start the city and return once it is ready."""
        data, clock = self._directory / "data", self._directory / "clock"
        options = ("--no-demo", "--data", str(data), "--clock", str(clock), *UP_OPTIONS)
        command = (sys.executable, "-m", lastmetre.__name__, "up", *options)
        self._runs.append(start_launcher(command, self._directory / f"up{len(self._runs)}.txt", data))
        self._runs[-1].wait_for("Ready", 90)
        return self._runs[-1]

    def end(self) -> None:
        """Kill what a failed test left."""
        for run in self._runs:
            if run.process.poll() is None:
                run.process.kill()
                run.process.wait()


@pytest.fixture
def kept(tmp_path: Path, home: Path) -> Iterator[Home]:
    """A city that keeps its data between runs."""
    town = Home(tmp_path)
    yield town
    town.end()


async def test_after_a_restart_red_stays_red_no_message_is_sent_twice_and_the_page_for_integrators_is_true(
    kept: Home, tmp_path: Path
) -> None:
    first = kept.up()
    chain = await begin_chain(first.city)
    await chain.declare()
    await chain.isolated()
    await chain.exit_is("deny", "isolated_no_exit")
    await chain.breached()
    await chain.notified(MESSAGES)
    stock = await chain.stock()
    assert first.end() == 0

    second = kept.up()
    chain.city = second.city
    await chain.exit_is("deny", "isolated_no_exit")
    assert disagreements(await run_audit(second.city, (), 60)) == []
    await chain.notified(MESSAGES)
    assert await chain.stock() == stock
    assert len((await chain.case())["breaches"]) == 1

    printed = run_page(second.city, tmp_path / "data", tmp_path)  # a new city would take as long as this test
    for answered in ('"rejected":0', "LM1:", '"durable":true', "query.whithin", "/linshi/c01/p01 春华1号院"):
        assert answered in printed, printed
    assert re.search(r"^\S+ \S+ (allow|deny|recheck) gate-", printed, re.MULTILINE), printed
    assert "signed by checkpoint: " in printed
    assert "not to be believed" not in printed
    assert second.end() == 0
