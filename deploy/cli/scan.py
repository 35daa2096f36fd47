"""`lastmetre scan FILE`: `lastmetre-scan` for the running city, unless another service is named."""

from deploy.cli.chosen import choice, chosen
from deploy.cli.summaries import summaries
from services.checkpoint.client.cli import scan
from shared.base.commands import Command, Given, option
from shared.base.terminal import text


def command() -> Command:
    """Describe the command."""
    return Command(
        "scan",
        run,
        [
            *scan.params(),
            option(
                "--url",
                help=text("闸口服务, 默认为运行中的城市的", "the checkpoint service; else that of the running city"),
            ),
            option(
                "--token",
                help=text("默认为运行中的城市所有闸口的令牌", "else one for all gates of the running city"),
            ),
            *choice(),
        ],
        summary=summaries()["scan"],
        examples=scan.examples("lastmetre scan"),
        exits=scan.exits(),
    )


def run(args: Given) -> int:
    """Post the scans. Returns 0 when all were accepted, else 1. Raises `ClientError`, `NotRunning`, `Ambiguous`."""
    scan.check(args)
    args.url = args.url or chosen(args).url("checkpoint")
    args.token = args.token or chosen(args).mint_token("city", area="/", subject="scan-command")
    return scan.run(args)
