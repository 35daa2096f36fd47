"""`lastmetre status`: the state of the cities on this machine."""

import argparse
import asyncio
from typing import Any

from rich.console import Console

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher import probe
from deploy.launcher.errors import NotRunning
from deploy.launcher.state import RunningCity, running
from deploy.launcher.table import Row, as_lines, rendered
from shared.base.clock import SystemClock

NOT_ALL_READY = 1


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "status",
        help="show the state of every service",
        epilog="Exit code: 0 all services are ready, 1 not all, 3 no city runs.",
    )
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one table for the chosen city, or for each. Raises `NotRunning`."""
    cities = [chosen(args)] if args.data or args.pid else running()
    if not cities:
        raise NotRunning("No city runs on this machine: start one with 'lastmetre up'")
    well = [asyncio.run(_show(city)) for city in cities]
    return 0 if all(well) else NOT_ALL_READY


async def _show(city: RunningCity) -> bool:
    async with probe.client() as client:
        readings = await probe.look_at_all(client, city.services, city.metrics)
    now = SystemClock(city.clock_path).now().timestamp()
    rows = [Row.of(name, _state(reading), reading, now) for name, reading in readings.items()]
    store = f" ({city.store})" if city.store else ""
    print(f"pid {city.pid}  kafka {city.kafka}  mongo {city.mongo}{store}  data {city.data}")
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(rendered(rows))
    else:
        print("\n".join(as_lines(rows)))
    for name, reading in readings.items():
        if reading is not None and reading.missing:
            print(f"  {name} lacks {', '.join(reading.missing)}; its log is {city.logs / f'{name}.log'}")
    return all(reading is not None and reading.ready for reading in readings.values())


def _state(reading: probe.Reading | None) -> str:
    if reading is None:
        return "not answering"
    return "ready" if reading.ready else "not ready"
