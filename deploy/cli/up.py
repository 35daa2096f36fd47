"""`lastmetre up`: run a city on this machine."""

import asyncio
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from deploy.cli.summaries import summaries
from deploy.kafka.ready import make_ready
from deploy.launcher.launcher import Options
from deploy.launcher.launcher import run as run_city
from deploy.launcher.servers.bus import apache_brokers
from deploy.launcher.service import COMMANDS
from deploy.launcher.table import Display
from deploy.services import SERVICES
from shared.base.commands import Command, Given, option
from shared.base.terminal import DONE, FAILED, MISUSE, text

_DEMO = "deploy.cli.demo"


def command() -> Command:
    """Describe the command."""
    return Command(
        "up",
        run,
        [*_servers(), *_city()],
        summary=summaries()["up"],
        about=text(
            "城市运行到按 Ctrl-C 或 'lastmetre down' 为止, 然后有序结束。",
            "The city runs until Ctrl-C or 'lastmetre down', and then ends in order.",
        ),
        examples=(
            ("lastmetre up", text("整座城市, 数据在结束时删除", "a whole city, whose data is deleted at the end")),
            ("lastmetre up --no-demo --data ~/city", text("空的城市, 数据保留", "an empty city that keeps its data")),
            ("lastmetre up --kafka apache --port console=8080", text("用 Apache Kafka", "on an Apache Kafka")),
        ),
        exits={DONE: text("已按 Ctrl-C 或 'lastmetre down' 有序结束", "ended in order, by Ctrl-C or 'lastmetre down'")},
        codes=(DONE, MISUSE, FAILED),
    )


def _servers() -> list[click.Option]:
    return [
        option(
            "--kafka",
            metavar="HOST:PORT",
            help=text(
                "使用该 Kafka 服务器, 或本机的 Apache Kafka ('apache', 三个节点用 'apache:3')",
                "use this Kafka server, or Apache Kafka here ('apache', or 'apache:3' for three brokers)",
            ),
        ),
        option(
            "--mongo",
            metavar="URL",
            help=text("使用该 MongoDB 而不是内置数据库", "use this MongoDB server instead of the embedded store"),
        ),
        option(
            "--data",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help=text("两次运行之间数据保留在该目录", "keep the stores in this directory between runs"),
        ),
        option(
            "--port",
            multiple=True,
            type=Port(),
            metavar="NAME=N",
            help=text(
                "服务、kafka 或 mongo 的端口, 默认取空闲端口",
                "the port of a service, of kafka or of mongo; by default a free port",
            ),
        ),
    ]


def _city() -> list[click.Option]:
    return [
        option("--no-demo", is_flag=True, help=text("空的城市, 不演示", "start an empty city, without the demo")),
        option(
            "--sign-in/--no-sign-in",
            default=None,
            help=text(
                "运行演示用登录 (不核验身份); 内置服务器上演示时默认运行",
                "run a sign-in for demos, which verifies no identity; by default with the demo on embedded servers",
            ),
        ),
        option(
            "--clock",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=text("文件内为时钟要加的秒数, 演习用", "a file with seconds to add to the clock, for drills"),
        ),
        option(
            "--services",
            type=Names(),
            default=",".join(SERVICES),
            show_default=text("全部", "all"),
            metavar="A,B",
            help=text(f"只启动这些: {', '.join(SERVICES)}", f"start these only, of {', '.join(SERVICES)}"),
        ),
    ]


def run(args: Given, commands: Mapping[str, Sequence[str]] = COMMANDS) -> int:
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
        sign_in=args.sign_in,
    )
    with Display() as display:
        if apache_brokers(args.kafka):
            make_ready(display.say)
        asyncio.run(run_city(options, display, commands))
    return 0


class Port(click.ParamType[tuple[str, int]]):
    """NAME=N."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Return the name and the number."""
        name, _, number = str(value).partition("=")
        if not number.isdigit() or not 0 < int(number) < 65_536:
            self.fail(
                text(
                    f"{value!r} 不是 NAME=N, 端口为 1 到 65535",
                    f"{value!r} is not NAME=N with a port from 1 to 65535",
                ),
                param,
                ctx,
            )
        return name, int(number)


class Names(click.ParamType[tuple[str, ...]]):
    """Names, with commas between."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names."""
        return value if isinstance(value, tuple) else tuple(filter(None, str(value).split(",")))
