"""`lastmetre-scan FILE`: post scans from NDJSON or .csv files of any system, and keep receipts."""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from services.checkpoint.client.batch_sender import BATCH, BatchSender, accepted_before, send_file
from services.checkpoint.client.errors import BadArgument
from services.checkpoint.client.link import is_address
from services.checkpoint.client.posting import ACCEPTED, Receipt
from shared.base.terminal import exit_code_of

HELP = "post scans from an NDJSON or .csv file, with receipts"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(prog="lastmetre-scan", description=HELP)
    add_arguments(parser)
    parser.add_argument("--url", required=True, help="the checkpoint service")
    parser.add_argument("--token", required=True, help="of a gate's device, or of the office for its area")
    args = parser.parse_args(arguments)
    return exit_code_of(parser.prog, lambda: run(args))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the files and the options, but for `--url` and `--token`."""
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE")
    receipts_help = "receipts go there; scans that it says are accepted are not sent again"
    parser.add_argument("--receipts", type=Path, required=True, metavar="OUT", help=receipts_help)
    parser.add_argument("--batch", type=int, default=BATCH, help=f"scans a request, up to 1000 ({BATCH})")
    parser.add_argument("--pause", type=float, default=0.0, metavar="S", help="seconds between requests (0)")
    parser.add_argument("--give-up", type=float, default=300.0, metavar="S", help="seconds to try a batch (300)")


def run(args: argparse.Namespace) -> int:
    """Post the scans. Returns 0 when every scan was accepted, else 1. Raises `ClientError`."""
    check(args)
    sender = BatchSender(args.url, args.token, args.give_up)
    states: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()

    def count(receipts: list[Receipt]) -> None:
        states.update(receipt.state for receipt in receipts)
        verdicts.update(receipt.verdict for receipt in receipts if receipt.verdict)

    try:
        before = len(accepted_before(args.receipts))
        for path in args.file:
            send_file(sender, path, args.receipts, args.batch, args.pause, count)
    except (ValueError, OSError) as error:
        raise BadArgument(str(error)) from None
    finally:
        sender.close()
    counted = ", ".join(f"{count} {what}" for what, count in (*sorted(states.items()), *sorted(verdicts.items())))
    print(f"{states.total()} scans sent: {counted or 'none'}" + (f"; {before} were accepted before" if before else ""))
    return 0 if states[ACCEPTED] == states.total() else 1


def check(args: argparse.Namespace) -> None:
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


if __name__ == "__main__":
    sys.exit(main())
