"""`lastmetre topics`: the topics of the topic file on a bus."""

import argparse
import asyncio
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import TopicsDiffer
from deploy.launcher.servers.topics import create_missing, differences, partitions_of
from deploy.topics import load_topics


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("topics", help="create, list or check the topics on a bus")
    parser.add_argument("action", choices=("create", "list", "check"))
    parser.add_argument(
        "--bootstrap", metavar="HOST:PORT", help="the Kafka server; by default that of the running city"
    )
    parser.add_argument("--replication", type=int, default=1, help="copies of each new topic (1; a city has 3)")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Create, list or check the topics. Raises `ServerUnreachable`, `TopicsDiffer`, `NotRunning`."""
    bootstrap = args.bootstrap or chosen(args).kafka
    if args.action == "create":
        made = asyncio.run(create_missing(bootstrap, args.replication))
        print("\n".join(f"made {name}" for name in made) or "Every topic was there already")
        return 0
    present = asyncio.run(partitions_of(bootstrap))
    if args.action == "list":
        for name, partitions in sorted(present.items()):
            print(f"{name:<36} {partitions:>3} partitions")
        return 0
    if problems := differences(load_topics(), present):
        raise TopicsDiffer(f"The bus at {bootstrap} and the topic file disagree: {'; '.join(problems)}")
    print(f"All {len(load_topics())} topics are there, with the partitions that the topic file says")
    return 0
