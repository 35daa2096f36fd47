"""`lastmetre verify-log`: verify the chained log of acts of each service; any fault makes the exit code 1."""

import argparse
import asyncio
from typing import Any

from deploy.audit.act_log import each_log
from deploy.audit.books import Books
from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import BadOption, ServerUnreachable, explain_bus_errors
from deploy.services import SERVICES
from shared import events  # noqa: F401  # all contracts are known
from shared.store.mongo import PyMongoError, connect

FAULTS = 1


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "verify-log",
        help="verify the chained log of acts: nothing was changed, deleted or put in",
        epilog="Exit code: 0 no fault, 1 faults, each named by its entry.",
    )
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="by default all services of the city")
    parser.add_argument("--mongo", metavar="URL", help="the store; by default that of the running city")
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="the bus, with --mongo: it holds the published heads")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
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
        return asyncio.run(verify_logs(url, kafka, wanted))


async def verify_logs(url: str, kafka: str, databases: dict[str, str]) -> int:
    """Verify the logs in the databases, by the services they belong to; return the exit code."""
    client = connect(url)
    wrong = 0
    try:
        async for finding in each_log(Books(client, databases, kafka, ())):
            wrong += len(finding.differences)
            numbers = f"{finding.actual:,} linked of {finding.expected:,}"
            print(f"{finding.what}: {numbers}, {len(finding.differences)} faults")
            for one in finding.differences:
                print(f"  {one}")
    except PyMongoError as error:
        raise ServerUnreachable(f"The store at {url} failed ({type(error).__name__}): try again") from None
    finally:
        client.close()
    return FAULTS if wrong else 0
