"""`lastmetre verify-log`: verify the chained log of acts of each service; any fault makes the exit code 1."""

import asyncio
from typing import Any

import click

from deploy.audit.act_log import each_log
from deploy.audit.books import Books, Finding
from deploy.cli.chosen import as_json, as_row, choice, chosen, print_json
from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption, ServerUnreachable, explain_bus_errors
from deploy.services import SERVICES
from shared import events  # noqa: F401  # all contracts are known
from shared.base.commands import Command, Given, argument, option
from shared.base.terminal import DONE, NEGATIVE, text
from shared.store.mongo import PyMongoError, connect


def command() -> Command:
    """Describe the command."""
    return Command(
        "verify-log",
        run,
        _params(),
        summary=summaries()["verify-log"],
        examples=(
            ("lastmetre verify-log", text("所有服务", "all services")),
            ("lastmetre verify-log registration isolation", text("其中两个", "two of them")),
            (
                "lastmetre verify-log --mongo mongodb://store:27017 --bootstrap kafka:9092",
                text("不在本机的城市", "a city on other servers"),
            ),
        ),
        exits={
            DONE: text("没有问题", "no fault"),
            NEGATIVE: text("有问题, 逐条列出", "faults, each named by its entry"),
        },
    )


def _params() -> list[click.Parameter]:
    return [
        argument(
            "services",
            nargs=-1,
            metavar="[SERVICE]...",
            help=text("默认为城市的所有服务", "by default all services of the city"),
        ),
        option(
            "--mongo",
            metavar="URL",
            help=text("数据库, 默认为运行中的城市的", "the store; by default that of the running city"),
        ),
        option(
            "--bootstrap",
            metavar="HOST:PORT",
            help=text("与 --mongo 同用的总线, 上有公布的链头", "the bus, with --mongo: it holds the published heads"),
        ),
        as_json(),
        *choice(),
    ]


def run(args: Given) -> int:
    """Print what each log holds and every fault; return 1 on any. Raises `BadOption`, `ServerUnreachable`."""
    if unknown := set(args.services) - SERVICES.keys():
        raise BadOption(f"There is no service {', '.join(sorted(unknown))}: name some of {', '.join(SERVICES)}")
    if args.mongo and not args.bootstrap:
        raise BadOption("Name the bus too, with --bootstrap: it holds the heads that were published")
    if args.mongo:
        url, kafka, databases = args.mongo, args.bootstrap, {name: name for name in SERVICES}
    else:
        city = chosen(args)
        url, kafka, databases = city.mongo, city.kafka, {name: city.database_name(name) for name in city.services}
    wanted = {name: database for name, database in databases.items() if name in (args.services or databases)}
    with explain_bus_errors(kafka):
        return asyncio.run(verify_logs(url, kafka, wanted, show=not args.json))


async def verify_logs(url: str, kafka: str, databases: dict[str, str], show: bool = True) -> int:
    """Verify the logs in the databases, by the services they belong to; return the exit code.

    Prints each log as it is read, or with `show` false all as JSON.
    """
    client = connect(url)
    rows: list[dict[str, Any]] = []
    try:
        async for finding in each_log(Books(client, databases, kafka, ())):
            rows.append(as_row(finding))
            if show:
                _show(finding)
    except PyMongoError as error:
        raise ServerUnreachable(f"The store at {url} failed ({type(error).__name__}): try again") from None
    finally:
        client.close()
    if not show:
        print_json(rows)
    return DONE if all(row["agrees"] for row in rows) else NEGATIVE


def _show(finding: Finding) -> None:
    numbers = f"{finding.actual:,} linked of {finding.expected:,}"
    print(f"{finding.what}: {numbers}, {len(finding.differences)} faults")
    for one in finding.differences:
        print(f"  {one}")
