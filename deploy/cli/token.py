"""`lastmetre token`: an access token of a local issuer: of the running city, or of `lastmetre keys`."""

import argparse
from pathlib import Path
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.cli.keys import issuer_of
from deploy.launcher.errors import BadOption
from shared.web.access import Role


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("token", help="print an access token for a role within an area")
    parser.add_argument(
        "--role",
        action="append",
        required=True,
        choices=[str(role) for role in Role],
        help="may be given several times",
    )
    parser.add_argument("--area", required=True, metavar="PATH", help="the area path, such as /tianjin/hexi")
    parser.add_argument("--subject", metavar="ID", help="the id of the token's owner; by default a new id")
    parser.add_argument("--gate", metavar="ID", help="the gate of a device")
    parser.add_argument("--hours", type=float, default=12, help="hours until it expires (12)")
    parser.add_argument(
        "--keys", type=Path, metavar="DIR", help="sign with the issuer that 'lastmetre keys DIR' created"
    )
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a token. Raises `NotRunning`, `Ambiguous`, `BadOption`, `DirectoryUnusable`."""
    if not args.area.startswith("/"):
        raise BadOption(f"An area is a path from the city down, such as /tianjin/hexi: {args.area!r} has no / in front")
    if str(Role.DEVICE) in args.role and not args.gate:
        raise BadOption("A device's token names its gate: add --gate ID")
    mint = issuer_of(args.keys).mint if args.keys else chosen(args).mint_token
    print(mint(*args.role, area=args.area, subject=args.subject, gate=args.gate, hours=args.hours))
    return 0
