"""`lastmetre token`: an access token of a local issuer: of the running city, or of `lastmetre keys`."""

from pathlib import Path

import click

from deploy.cli.chosen import choice, chosen
from deploy.cli.keys import issuer_of
from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption
from shared.base.commands import Command, Given, option
from shared.base.terminal import text
from shared.web.access import Role


def command() -> Command:
    """Describe the command."""
    return Command(
        "token",
        run,
        [*_whose(), *_kind(), *choice()],
        summary=summaries()["token"],
        examples=(
            (
                "lastmetre token --role doctor --area /jinhe/hedong",
                text("运行中的城市里一个区的医生", "a doctor of a district of the running city"),
            ),
            (
                "lastmetre token --role device --area /jinhe/hedong/chunhua/c01 --gate gate-01",
                text("一个闸口的设备", "the device of a gate"),
            ),
            (
                "lastmetre token --keys keys --role city --area /",
                text("用 'lastmetre keys keys' 的签发者", "by the issuer that 'lastmetre keys keys' created"),
            ),
        ),
    )


def _whose() -> list[click.Option]:
    return [
        option(
            "--role",
            multiple=True,
            required=True,
            type=click.Choice([str(role) for role in Role]),
            help=text("可以写多次", "may be given several times"),
        ),
        option(
            "--area",
            required=True,
            metavar="PATH",
            help=text("辖区路径, 如 /jinhe/hedong", "the area path, such as /jinhe/hedong"),
        ),
        option(
            "--subject",
            metavar="ID",
            help=text("令牌持有者, 默认新编号", "the id of the token's owner; by default a new id"),
        ),
    ]


def _kind() -> list[click.Option]:
    return [
        option("--gate", metavar="ID", help=text("设备所在的闸口", "the gate of a device")),
        option(
            "--hours",
            type=click.FloatRange(min=0, min_open=True),
            default=12.0,
            help=text("有效小时数", "hours until it expires"),
        ),
        option(
            "--fresh",
            is_flag=True,
            help=text(
                "视为刚用第二因素登录: 十分钟内可做需要它的事, 如发红码",
                "as of a sign-in with a second factor now: for ten minutes good for acts that take one, as red codes",
            ),
        ),
        option(
            "--keys",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help=text("用 'lastmetre keys DIR' 的签发者", "sign with the issuer that 'lastmetre keys DIR' created"),
        ),
    ]


def run(args: Given) -> int:
    """Print a token. Raises `NotRunning`, `Ambiguous`, `BadOption`, `DirectoryUnusable`."""
    if not args.area.startswith("/"):
        raise BadOption(f"An area is a path from the city down, such as /tianjin/hexi: {args.area!r} has no / in front")
    if str(Role.DEVICE) in args.role and not args.gate:
        raise BadOption("A device's token names its gate: add --gate ID")
    mint = issuer_of(args.keys).mint if args.keys else chosen(args).mint_token
    print(mint(*args.role, area=args.area, subject=args.subject, gate=args.gate, hours=args.hours, fresh=args.fresh))
    return 0
