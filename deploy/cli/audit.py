"""`lastmetre audit`: compare receipts, stores, bus and outboxes; exit code 1 has one meaning: they do not agree."""

import asyncio
import glob
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from deploy.audit.books import LISTED_DIFFERENCES, Books, Finding
from deploy.cli.chosen import as_json, as_row, choice, chosen, print_json
from deploy.cli.summaries import summaries
from deploy.launcher import probe
from deploy.launcher.errors import BadOption, ServerUnreachable, explain_bus_errors
from deploy.launcher.state import RunningCity
from shared.base.commands import Command, Given, argument, option
from shared.base.terminal import DONE, NEGATIVE, UNDECIDED, text
from shared.store.mongo import PyMongoError, connect

ATTEMPTS = 3
_POLL_S = 0.3
# A relay publishes and a consumer reads within this time, so a shorter silence proves nothing.
_QUIET_S = 1.5


def command() -> Command:
    """Describe the command."""
    return Command(
        "audit",
        run,
        [
            option(
                "--receipts",
                multiple=True,
                metavar="FILE",
                help=text("设备的回执文件, 可用通配符", "receipts of devices; patterns are expanded"),
            ),
            option(
                "--settle",
                type=click.FloatRange(min=0),
                default=60.0,
                metavar="S",
                help=text("先等各服务处理完毕的秒数", "seconds to wait for quiet services first"),
            ),
            as_json(),
            *choice(),
            argument("more", nargs=-1, metavar="[FILE]...", help=text("更多回执文件", "more files of receipts")),
        ],
        summary=summaries()["audit"],
        examples=(
            ("lastmetre audit", text("运行中的城市", "the running city")),
            (
                "lastmetre audit --receipts 'city/demo/receipts-*.ndjson'",
                text("也与设备的回执核对", "with the receipts of devices too"),
            ),
        ),
        exits={
            DONE: text("全部一致", "everything agrees"),
            NEGATIVE: text("有不一致之处, 逐条列出", "something does not agree; each difference is listed"),
            UNDECIDED: text(
                "有服务未在 --settle 的时间内处理完毕或不应答, 差异可能是暂时的: 请再次运行",
                "services did not answer or become quiet within --settle, so differences may pass: run it again",
            ),
        },
    )


def run(args: Given) -> int:
    """Print the comparisons and return the exit code. Raises `BadOption`, `ServerUnreachable`."""
    city = chosen(args)
    findings = asyncio.run(run_audit(city, _files([*args.receipts, *args.more]), args.settle))
    if args.json:
        print_json([as_row(finding) for finding in findings])
    else:
        show(findings)
    return code_of(findings)


def code_of(findings: Sequence[Finding]) -> int:
    """Return the exit code: 1 where something does not agree, 5 where services were not quiet, so that it may pass."""
    quiet, *compared = findings
    if not quiet.agrees:
        return UNDECIDED
    return DONE if all(finding.agrees for finding in compared) else NEGATIVE


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
