"""`lastmetre audit`: compare receipts, stores, bus and outboxes; any difference makes the exit code 1."""

import argparse
import asyncio
import glob
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.audit.books import LISTED_DIFFERENCES, Books, Finding
from deploy.cli.chosen import add_choice, chosen
from deploy.launcher import probe
from deploy.launcher.errors import BadOption, ServerUnreachable, explain_bus_errors
from deploy.launcher.state import RunningCity
from shared.store.mongo import PyMongoError, connect

DIFFERS = 1
ATTEMPTS = 3
_POLL_S = 0.3
# A relay publishes and a consumer reads within this time, so a shorter silence proves nothing.
_QUIET_S = 1.5


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "audit", help="compare receipts, stores, bus and outboxes", epilog="Exit code: 0 no difference, 1 differences."
    )
    parser.add_argument(
        "--receipts",
        action="extend",
        nargs="+",
        default=[],
        metavar="FILE",
        help="receipts of devices; patterns are expanded",
    )
    parser.add_argument(
        "--settle", type=float, default=60.0, metavar="S", help="seconds to wait for quiet services first (60)"
    )
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the comparisons and return 1 on any difference. Raises `BadOption`, `ServerUnreachable`."""
    city = chosen(args)
    findings = asyncio.run(run_audit(city, _files(args.receipts), args.settle))
    show(findings)
    return 0 if all(finding.agrees for finding in findings) else DIFFERS


def _files(patterns: Sequence[str]) -> tuple[Path, ...]:
    paths = []
    for pattern in patterns:
        matches = sorted(glob.glob(pattern))
        if not matches:
            raise BadOption(f"There are no receipts {pattern}")
        paths += matches
    return tuple(map(Path, paths))


async def run_audit(city: RunningCity, receipts: tuple[Path, ...], settle_s: float) -> list[Finding]:
    """Wait until the city is quiet, then compare everything."""
    from deploy.audit.everything import everything  # it knows every service, and other commands need not load them

    settled = await _wait_for_quiet(city, settle_s)
    client = connect(city.mongo)
    try:
        databases = {service: city.database_name(service) for service in city.services}
        books = Books(client, databases, city.kafka, receipts)
        return [settled, *await ask_again(lambda: everything(books), city.kafka)]
    except PyMongoError as error:
        raise ServerUnreachable(f"The store at {city.mongo} failed ({type(error).__name__}): try again") from None
    finally:
        client.close()


async def ask_again(compare: Callable[[], Awaitable[list[Finding]]], bootstrap: str) -> list[Finding]:
    """Return the comparisons; a busy bus that did not take a connection in time is asked again.

    Raises `ServerUnreachable`.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(ServerUnreachable), explain_bus_errors(bootstrap):
            return await compare()
    with explain_bus_errors(bootstrap):
        return await compare()


async def _wait_for_quiet(city: RunningCity, within_s: float) -> Finding:
    """Wait until every service answers, has handled all its events and has published its outbox."""
    deadline = time.monotonic() + within_s
    quiet_since: float | None = None
    async with probe.client() as client:
        while True:
            readings = await probe.look_at_all(client, city.services, city.metrics)
            busy = [name for name, reading in readings.items() if reading is None or not reading.quiet]
            now = time.monotonic()
            quiet_since = None if busy else quiet_since or now
            if (quiet_since and now - quiet_since >= _QUIET_S) or now > deadline:
                differences = [f"{name} {readings[name] or 'does not answer'}" for name in busy]
                return Finding.of("services quiet", len(readings), len(readings) - len(busy), differences)
            await asyncio.sleep(_POLL_S)


def show(findings: Sequence[Finding]) -> None:
    """Print the comparisons, and the differences."""
    table = Table("comparison", "expected", "actual", "differences")
    for column in table.columns[1:]:
        column.justify = "right"
    for finding in findings:
        numbers = [f"{n:,}" for n in (finding.expected, finding.actual, len(finding.differences))]
        table.add_row(finding.what, *numbers, style="" if finding.agrees else "red")
    console = Console(highlight=False)
    console.print(table)
    for finding in (finding for finding in findings if not finding.agrees):
        print(f"{finding.what}:")
        print("\n".join(f"  {one}" for one in finding.differences[:LISTED_DIFFERENCES]))
        if len(finding.differences) > LISTED_DIFFERENCES:
            print(f"  and {len(finding.differences) - LISTED_DIFFERENCES} more")
    wrong = sum(len(finding.differences) for finding in findings)
    print(f"{len(findings)} comparisons, {wrong} differences")
