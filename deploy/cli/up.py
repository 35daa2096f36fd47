"""`lastmetre up`: run a city on this machine."""

import argparse
import asyncio
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.kafka.ready import make_ready
from deploy.launcher.launcher import Options
from deploy.launcher.launcher import run as run_city
from deploy.launcher.servers.bus import apache_brokers
from deploy.launcher.service import COMMANDS
from deploy.launcher.table import Display
from deploy.services import SERVICES

_DEMO = "deploy.cli.demo"


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("up", help="start everything on this machine and keep it running until Ctrl-C")
    parser.add_argument(
        "--kafka",
        metavar="HOST:PORT",
        help="use this Kafka server, or Apache Kafka here ('apache', or 'apache:3' for three brokers)",
    )
    parser.add_argument("--mongo", metavar="URL", help="use this MongoDB server instead of the embedded store")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the stores in this directory between runs")
    parser.add_argument(
        "--port",
        action="append",
        default=[],
        type=_port,
        metavar="NAME=N",
        help="the port of a service, of kafka or of mongo; by default a free port",
    )
    parser.add_argument("--no-demo", action="store_true", help="start an empty city, without the demo")
    parser.add_argument(
        "--clock", type=Path, metavar="FILE", help="a file with seconds to add to the clock, for drills"
    )
    parser.add_argument(
        "--services",
        type=lambda text: tuple(filter(None, text.split(","))),
        default=tuple(SERVICES),
        metavar="A,B",
        help=f"start these only, of {', '.join(SERVICES)}",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, commands: Mapping[str, Sequence[str]] = COMMANDS) -> int:
    """Run the city until it is interrupted; `commands` starts each service. Raises `LauncherError`."""
    has_demo = not args.no_demo and importlib.util.find_spec(_DEMO) is not None
    options = Options(
        kafka=args.kafka,
        mongo=args.mongo,
        data=args.data,
        ports=dict(args.port),
        demo=(sys.executable, "-m", "deploy.cli.main", "demo") if has_demo else None,
        clock=args.clock,
        services=args.services,
    )
    with Display() as display:
        if apache_brokers(args.kafka):
            make_ready(display.say)
        asyncio.run(run_city(options, display, commands))
    return 0


def _port(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if not number.isdigit() or not 0 < int(number) < 65_536:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=N with a port from 1 to 65535")
    return name, int(number)
