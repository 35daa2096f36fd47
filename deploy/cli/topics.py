"""`lastmetre topics`: the topics of the topic file on a bus."""

import argparse
import asyncio
from collections.abc import Sequence
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import BadOption, StoreUnreachable, TopicsDiffer, explain_bus_errors
from deploy.launcher.servers.topics import create_missing, differences, partitions_of
from deploy.services import SERVICES
from deploy.topics import load_topics
from shared import events  # noqa: F401  # all contracts are known
from shared.envelope.event import contracts_of
from shared.outbox.refill import request_republishing
from shared.store.mongo import PyMongoError, connect


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "topics", help="create, list or check the topics on a bus, give services their rights, or fill a service's anew"
    )
    parser.add_argument("action", choices=("create", "list", "check", "allow", "republish"))
    parser.add_argument("service", nargs="?", help="with republish: whose compacted topics are published anew")
    parser.add_argument("--mongo", metavar="URL", help="with republish: the store; that of the running city otherwise")
    parser.add_argument("--database", metavar="NAME", help="with republish: the service's database, by its name else")
    parser.add_argument("--bootstrap", metavar="HOST:PORT", help="the Kafka server; that of the running city otherwise")
    parser.add_argument("--replication", type=int, default=1, help="copies of each new topic (1; a city has 3)")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Create, list, check, allow or fill the topics. Raises `LauncherError`."""
    if args.action == "republish":
        return _republish(args)
    bootstrap = args.bootstrap or chosen(args).kafka
    if args.action == "create":
        made = asyncio.run(create_missing(bootstrap, args.replication))
        print("\n".join(f"made {name}" for name in made) or "Every topic was there already")
        return 0
    if args.action == "allow":
        return _allow(bootstrap)
    present = asyncio.run(partitions_of(bootstrap))
    if args.action == "list":
        for name, partitions in sorted(present.items()):
            print(f"{name:<36} {partitions:>3} partitions")
        return 0
    if problems := differences(load_topics(), present):
        raise TopicsDiffer(f"The bus at {bootstrap} and the topic file disagree: {'; '.join(problems)}")
    print(f"All {len(load_topics())} topics are there, with the partitions that the topic file says")
    return 0


def _allow(bootstrap: str) -> int:
    """Give each service's user the rights that the service's code needs, and take all others from it."""
    from deploy.cluster.rights import all_rights  # it composes every service, and other actions need not load them
    from deploy.launcher.servers.rights import allow

    with explain_bus_errors(bootstrap):
        given, taken = asyncio.run(allow(bootstrap, all_rights()))
    print(f"{given} rights were given, {taken} were taken away")
    return 0


def _republish(args: argparse.Namespace) -> int:
    """Have the service publish the newest event of every aggregate again; it begins within seconds, while it runs."""
    if args.service not in SERVICES:
        raise BadOption(f"Name the service whose topics are published anew: one of {', '.join(SERVICES)}")
    url = args.mongo or chosen(args).mongo
    database = args.database or (args.service if args.mongo else chosen(args).database_name(args.service))
    topics = sorted({contract.topic for contract in contracts_of(args.service) if contract.compacted})
    try:
        asyncio.run(_request(url, database, topics))
    except PyMongoError as error:
        raise StoreUnreachable(f"The store at {url} failed ({type(error).__name__}): try again") from None
    print("\n".join(f"{topic} is published anew" for topic in topics))
    return 0


async def _request(url: str, database: str, topics: Sequence[str]) -> None:
    client = connect(url)
    try:
        await request_republishing(client[database], topics)
    finally:
        client.close()
