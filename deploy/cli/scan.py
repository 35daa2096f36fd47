"""`lastmetre scan FILE`: post anybody's scans from NDJSON or CSV and keep receipts."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from deploy.cli.chosen import add_choice, chosen
from services.checkpoint.client.batch_sender import ACCEPTED, BATCH, Receipt, Sender, accepted_before, send_file
from services.checkpoint.client.errors import BadArgument
from services.checkpoint.client.link import is_address


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("scan", help="post scans from an NDJSON or .csv file, with receipts")
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE")
    told = "receipts go there; scans that it says are accepted are not sent again"
    parser.add_argument("--receipts", type=Path, required=True, metavar="OUT", help=told)
    parser.add_argument("--url", help="the checkpoint service; else that of the running city")
    parser.add_argument("--token", help="else one for all gates of the running city")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"scans a request, up to 1000 ({BATCH})")
    parser.add_argument("--pause", type=float, default=0.0, metavar="S", help="seconds between requests (0)")
    parser.add_argument("--give-up", type=float, default=300.0, metavar="S", help="seconds to try a batch (300)")
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Post the scans. Returns 0 when every one was accepted, else 1."""
    _check(args)
    url = args.url or chosen(args).url("checkpoint")
    token = args.token or chosen(args).mint_token("city", area="/", subject="scan-command")
    sender = Sender(url, token, args.give_up)
    states: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()

    def told(receipts: list[Receipt]) -> None:
        states.update(receipt.state for receipt in receipts)
        verdicts.update(receipt.verdict for receipt in receipts if receipt.verdict)

    try:
        before = len(accepted_before(args.receipts))
        for path in args.file:
            send_file(sender, path, args.receipts, args.batch, args.pause, told)
    except (ValueError, OSError) as error:
        raise BadArgument(str(error)) from None
    finally:
        sender.close()
    counted = ", ".join(f"{count} {what}" for what, count in (*sorted(states.items()), *sorted(verdicts.items())))
    print(f"{states.total()} scans sent: {counted or 'none'}" + (f"; {before} were accepted before" if before else ""))
    return 0 if states[ACCEPTED] == states.total() else 1


def _check(args: argparse.Namespace) -> None:
    """Raise `BadArgument` for what cannot be meant."""
    if not 1 <= args.batch <= 1000:
        raise BadArgument("--batch is a number from 1 to 1000")
    if args.pause < 0 or args.give_up < 0:
        raise BadArgument("--pause and --give-up are seconds, 0 or more")
    if missing := [str(path) for path in args.file if not path.is_file()]:
        raise BadArgument(f"There is no file {', '.join(missing)}")
    if args.receipts.is_dir() or not args.receipts.absolute().parent.is_dir():
        raise BadArgument(f"--receipts {args.receipts} is no file that could be written: name one in a folder there is")
    if args.receipts.exists() and any(args.receipts.samefile(path) for path in args.file):
        raise BadArgument("--receipts is the file of the scans itself: name another")
    if args.url is not None and not is_address(args.url):
        raise BadArgument(f"--url {args.url} is no address: name one as http://127.0.0.1:8000")
