"""`lastmetre-scan FILE`: post scans from NDJSON or .csv files of any system, and keep receipts."""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from services.checkpoint.client.batch_sender import BATCH, BatchSender, accepted_before, send_file
from services.checkpoint.client.errors import BadArgument
from services.checkpoint.client.link import is_address
from services.checkpoint.client.posting import ACCEPTED, Receipt
from shared.base.commands import ALONE, Command, Given, argument, option, run_program
from shared.base.terminal import DONE, NEGATIVE, text

PROGRAM = "lastmetre-scan"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    return run_program(command(), PROGRAM, arguments)


def command() -> Command:
    """Describe the program."""
    return Command(
        PROGRAM,
        run,
        [
            *params(),
            option("--url", required=True, help=text("闸口服务", "the checkpoint service")),
            option(
                "--token",
                required=True,
                help=text("闸机设备的令牌, 或辖区办公室的", "of a gate's device, or of the office for its area"),
            ),
        ],
        summary=text("提交 NDJSON 或 .csv 文件中的扫码记录", "Post scans from an NDJSON or .csv file, with receipts."),
        examples=examples(f"{PROGRAM} --url http://127.0.0.1:8003 --token TOKEN"),
        exits=exits(),
        codes=ALONE,
    )


def params() -> list[click.Parameter]:
    """Return the files and the options, but for `--url` and `--token`."""
    path, seconds = click.Path(path_type=Path), click.FloatRange(min=0)
    return [
        argument(
            "file", type=path, nargs=-1, required=True, metavar="FILE...", help=text("扫码文件", "files of scans")
        ),
        option(
            "--receipts",
            type=path,
            required=True,
            metavar="OUT",
            help=text(
                "回执写入该文件; 其中已接受的扫码不再提交",
                "receipts go there; scans that it says are accepted are not sent again",
            ),
        ),
        option(
            "--batch", type=click.IntRange(1, 1000), default=BATCH, help=text("每次请求的扫码数", "scans a request")
        ),
        option(
            "--pause",
            type=seconds,
            default=0.0,
            metavar="S",
            help=text("两次请求之间的秒数", "seconds between requests"),
        ),
        option(
            "--give-up", type=seconds, default=300.0, metavar="S", help=text("一批尝试的秒数", "seconds to try a batch")
        ),
    ]


def examples(program: str) -> list[tuple[str, str]]:
    """Return two uses of the program, whose name and needed options are given."""
    return [
        (f"{program} scans.ndjson --receipts receipts.ndjson", text("一个文件", "one file")),
        (
            f"{program} monday.csv tuesday.csv --receipts receipts.ndjson --pause 0.5",
            text("两个文件, 缓慢提交", "two files, slowly"),
        ),
    ]


def exits() -> dict[int, str]:
    """Return what 0 and 1 mean."""
    return {
        DONE: text("全部接受", "every scan was accepted"),
        NEGATIVE: text("有扫码未被接受, 见回执", "some were not accepted: the receipts say which"),
    }


def run(args: Given) -> int:
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
    return DONE if states[ACCEPTED] == states.total() else NEGATIVE


def check(args: Given) -> None:
    """Raise `BadArgument` for what cannot be meant."""
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
