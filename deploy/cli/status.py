"""`lastmetre status`: the state of the cities on this machine."""

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import httpx
from rich.console import Console

from deploy.cli.chosen import as_json, choice, chosen, print_json
from deploy.cli.summaries import summaries
from deploy.launcher import probe
from deploy.launcher.errors import NotRunning
from deploy.launcher.state import RunningCity, running
from deploy.launcher.table import Row, as_lines, rendered
from shared.base.clock import SystemClock
from shared.base.commands import Command, Given
from shared.base.terminal import DONE, NEGATIVE, text

ASKED_AGAIN, PAUSE_S = 2, (0.5, 1.0)


def command() -> Command:
    """Describe the command."""
    return Command(
        "status",
        run,
        [as_json(), *choice()],
        summary=summaries()["status"],
        examples=(
            ("lastmetre status", text("本机上每座城市", "every city on this machine")),
            ("lastmetre status --data ~/city", text("其中一座", "one of them")),
            ("lastmetre status --json", text("供脚本读取", "for a script")),
        ),
        exits={
            DONE: text("所有服务就绪", "all services are ready"),
            NEGATIVE: text("并非所有服务就绪", "not all services are ready"),
        },
    )


def run(args: Given) -> int:
    """Print one table for the chosen city, or for each. Raises `NotRunning`."""
    cities = [chosen(args)] if args.data or args.pid else running()
    if not cities:
        raise NotRunning("No city runs on this machine: start one with 'lastmetre up'")
    looked = [(city, asyncio.run(_look(city))) for city in cities]
    if args.json:
        print_json([_as_row(city, name, reading) for city, readings in looked for name, reading in readings.items()])
    else:
        for city, readings in looked:
            _show(city, readings)
    ready = all(reading is not None and reading.ready for _, readings in looked for reading in readings.values())
    return DONE if ready else NEGATIVE


async def _look(city: RunningCity) -> dict[str, probe.Reading | None]:
    async with probe.client() as client:
        return await _readings(client, city)


def _as_row(city: RunningCity, service: str, reading: probe.Reading | None) -> dict[str, Any]:
    about = {"pid": city.pid, "data": city.data, "service": service, "url": city.services[service]}
    state = {"state": _state(reading)} | ({"missing": list(reading.missing)} if reading is not None else {})
    return about | state


def _show(city: RunningCity, readings: Mapping[str, probe.Reading | None]) -> None:
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


async def _readings(client: httpx.AsyncClient, city: RunningCity) -> dict[str, probe.Reading | None]:
    """Return the state of each service; one that does not answer is asked again, it may be busy or about to start."""
    readings = await probe.look_at_all(client, city.services, city.metrics)
    for _ in range(ASKED_AGAIN):
        silent = {name: city.services[name] for name, reading in readings.items() if reading is None}
        if not silent:
            break
        await asyncio.sleep(random.uniform(*PAUSE_S))
        readings |= await probe.look_at_all(client, silent, city.metrics)
    return readings


def _state(reading: probe.Reading | None) -> str:
    if reading is None:
        return "not answering"
    return "ready" if reading.ready else "not ready"
