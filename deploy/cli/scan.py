"""`lastmetre scan FILE`: post anybody's scans from NDJSON or CSV and keep receipts."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from deploy.local.errors import BadOption
from deploy.scanning import BATCH, Receipt, Sender, send_file


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("scan", help="post scans from an NDJSON or .csv file, with receipts")
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--receipts", type=Path, required=True, metavar="OUT", help="receipts are appended here")
    parser.add_argument("--url", help="the checkpoint service; else that of the running city")
    parser.add_argument("--token", help="else one for all gates of the running city")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"scans a request, up to 1000 ({BATCH})")
    parser.add_argument("--pause", type=float, default=0.0, metavar="S", help="seconds between requests (0)")
    parser.add_argument("--give-up", type=float, default=300.0, metavar="S", help="seconds to try a batch (300)")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Post the scans. Returns 0 when every one was accepted, else 1."""
    if not 1 <= args.batch <= 1000:
        raise BadOption("--batch is a number from 1 to 1000")
    if missing := [str(path) for path in args.file if not path.is_file()]:
        raise BadOption(f"There is no file {', '.join(missing)}")
    url = args.url or chosen(args).url("checkpoint")
    token = args.token or chosen(args).mint_token("city", area="/", subject="scan-command")
    sender = Sender(url, token, args.give_up)
    verdicts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    try:
        for path in args.file:
            states.update(send_file(sender, path, args.receipts, args.batch, args.pause, _counting(verdicts)))
    except ValueError as error:
        raise BadOption(str(error)) from None
    finally:
        sender.close()
    counted = ", ".join(f"{count} {what}" for what, count in (*states.items(), *sorted(verdicts.items())))
    print(f"{sum(states.values())} scans: {counted}")
    return 0 if states["accepted"] == sum(states.values()) else 1


def _counting(verdicts: Counter[str]) -> Any:
    def told(receipts: list[Receipt]) -> None:
        verdicts.update(receipt.verdict for receipt in receipts if receipt.verdict)

    return told
