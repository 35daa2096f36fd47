"""`lastmetre device`: a one-time code for a device at a gate of the running city."""

import sys
from urllib.parse import quote

from deploy.cli.chosen import choice, chosen
from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption
from deploy.service_client import Refusal, ServiceClient
from shared.base.commands import Command, Given, Group, argument
from shared.base.ids import new_id
from shared.base.terminal import text

PATIENCE_S = 30.0


def command() -> Group:
    """Describe the command."""
    examples = (
        ("lastmetre device enrol-code gate-01", text("闸口 gate-01 的注册码", "a code for the gate gate-01")),
        (
            "lastmetre device enrol-code gate-01 --data ~/city",
            text("几座城市之一", "in one of several cities"),
        ),
    )
    summary = summaries()["device"]
    gate = argument("gate", metavar="GATE", help=text("闸口编号", "the id of the gate"))
    code = Command("enrol-code", run, [gate, *choice()], summary=summary, examples=examples)
    return Group("device", [code], summary=summary, examples=examples)


def run(args: Given) -> int:
    """Print a code and its expiry. Raises `BadOption`, `ServerUnreachable`, `NotRunning`, `Ambiguous`."""
    city = chosen(args)
    token = city.mint_token("city", area="/", subject="device-command")
    url = city.url("checkpoint", f"/v1/gates/{quote(args.gate, safe='')}/enrolments")
    try:
        with ServiceClient(PATIENCE_S, say=_say) as client:
            made = client.ask("checkpoint", "POST", url, token, json={"enrolment_id": new_id()})
    except Refusal as error:
        raise BadOption(f"No code for the gate {args.gate}: {error.detail}") from None
    print(f"{made['code']}  for one device at {made['gate_id']}, until {made['expires_at']}")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr)
