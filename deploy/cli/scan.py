"""`lastmetre scan FILE`: `lastmetre-scan` for the running city, unless another service is named."""

import argparse
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from services.checkpoint.client.cli import scan


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("scan", help=scan.HELP)
    scan.add_arguments(parser)
    parser.add_argument("--url", help="the checkpoint service; else that of the running city")
    parser.add_argument("--token", help="else one for all gates of the running city")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Post the scans. Returns 0 when all were accepted, else 1. Raises `ClientError`, `NotRunning`, `Ambiguous`."""
    scan.check(args)
    args.url = args.url or chosen(args).url("checkpoint")
    args.token = args.token or chosen(args).mint_token("city", area="/", subject="scan-command")
    return scan.run(args)
