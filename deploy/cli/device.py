"""`lastmetre device`: a one-time code for a device at a gate of the running city."""

import argparse
from typing import Any

import httpx

from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import BadOption, ServerUnreachable
from shared.base.ids import new_id


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("device", help="create a one-time code that enrols a device at a gate")
    parser.add_argument("action", choices=("enrol-code",))
    parser.add_argument("gate", metavar="GATE", help="the id of the gate")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a code and its expiry. Raises `BadOption`, `ServerUnreachable`, `NotRunning`, `Ambiguous`."""
    city = chosen(args)
    headers = {"authorization": f"Bearer {city.mint_token('city', area='/', subject='device-command')}"}
    url = city.url("checkpoint", f"/v1/gates/{args.gate}/enrolments")
    try:
        answer = httpx.post(url, json={"enrolment_id": new_id()}, headers=headers, timeout=10, trust_env=False)
    except httpx.TransportError as error:
        raise ServerUnreachable(
            f"checkpoint does not answer ({type(error).__name__}): see 'lastmetre status'"
        ) from None
    content = answer.json()
    if answer.is_error:
        raise BadOption(f"No code for the gate {args.gate}: {content['detail']}")
    print(f"{content['code']}  for one device at {content['gate_id']}, until {content['expires_at']}")
    return 0
