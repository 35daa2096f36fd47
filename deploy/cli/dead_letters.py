"""`lastmetre dead-letters`: list and replay records that services refused or could not decode."""

import argparse
import asyncio
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import explain_bus_errors
from deploy.launcher.service import COMMANDS
from shared.bus import dead_letters
from shared.envelope.event import FORGED


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("dead-letters", help="list or replay records that no service could handle")
    parser.add_argument("action", choices=["list", "replay"])
    parser.add_argument("--service", action="append", choices=sorted(COMMANDS), help="by default all services")
    parser.add_argument("--kafka", metavar="BOOTSTRAP", help="the bus; by default that of the running city")
    parser.add_argument("--drop-forged", action="store_true", help="with replay: give up forged records instead")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List or replay. Returns 0, or 3 if `list` printed any letter. Raises `ServerUnreachable`, `TopicsDiffer`."""
    bootstrap = args.kafka or chosen(args).kafka
    services = args.service or sorted(COMMANDS)
    with explain_bus_errors(bootstrap):
        if args.action == "list":
            return 3 if asyncio.run(_list(bootstrap, services)) else 0
        drop = (FORGED,) if args.drop_forged else ()
        for service in services:
            print(f"{service}: {asyncio.run(dead_letters.replay(bootstrap, service, drop=drop))} replayed")
    return 0


async def _list(bootstrap: str, services: list[str]) -> int:
    count = 0
    for service in services:
        async for letter, _ in dead_letters.waiting(bootstrap, service):
            count += 1
            print(
                f"{letter.at} {service} {letter.topic}/{letter.partition}@{letter.offset} "
                f"{letter.handler}: {letter.reason}: {letter.message}"
            )
    print(f"{count} dead letters wait" if count else "no dead letters wait")
    return count
