"""`lastmetre-scanner`: a gate's scanner, which goes on with the network pulled."""

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from services.checkpoint.client import sources
from services.checkpoint.client.book import Book, BookUnusable
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.device import credential, enrol
from services.checkpoint.client.errors import BadArgument, NotEnrolled
from services.checkpoint.client.gate import measured
from services.checkpoint.client.link import Away, Link, Refused, is_address
from services.checkpoint.client.posting import ACCEPTED
from services.checkpoint.client.recognition import Unreadable, recognised
from services.checkpoint.client.running import Running
from services.checkpoint.client.screen import Around, Screen
from shared.base.terminal import exit_code_of
from shared.events.checkpoint import Direction

HELP = "scan at a gate, also with the network pulled"
EXIT_CODES = (
    "Exit code: 0 every scan was accepted, 1 some are not sent or were rejected, or lines of a file were not read, "
    "2 a wrong option, or a file of which nothing was read."
)
UNFINISHED = 1
_MASKS = {"yes": True, "no": False, "unknown": None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    parser = argparse.ArgumentParser(prog="lastmetre-scanner", description=HELP, epilog=EXIT_CODES)
    add_arguments(parser)
    args = parser.parse_args(arguments)
    return exit_code_of(parser.prog, lambda: run(args))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--book", type=Path, required=True, metavar="FILE", help="where scans are kept until sent")
    parser.add_argument("--url", help="the checkpoint service")
    known = parser.add_mutually_exclusive_group()
    known.add_argument("--enrol", metavar="CODE", help="the one-time code of the office, once")
    known.add_argument("--token", help="a token instead of a device's own")
    parser.add_argument("--gate", metavar="ID", help="the gate, with --token; an enrolled device knows its own")
    parser.add_argument("--direction", choices=[str(way) for way in Direction], default="in")
    parser.add_argument("--mask", choices=list(_MASKS), default="unknown", help="what is seen of everybody (unknown)")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--input", default="-", metavar="FILE", help="one code a line; - for the keyboard (-)")
    source.add_argument("--serial", type=Path, metavar="DEV", help="a serial scanner, such as /dev/ttyUSB0")
    source.add_argument("--simulate", type=float, metavar="RATE", help="nobody, so many a second")
    parser.add_argument("--lang", choices=["zh", "en"], default="zh")
    parser.add_argument("--plain", action="store_true", help="one line a scan instead of large letters")
    parser.add_argument("--receipts", type=Path, metavar="FILE", help="write what became of each scan there at the end")
    parser.add_argument(
        "--give-up", type=float, default=10.0, metavar="S", help="at the end, go on sending so long (10)"
    )
    parser.add_argument("--cached-hours", type=float, default=24.0, metavar="H", help="how long a list counts (24)")
    parser.add_argument("--status", action="store_true", help="print what the book holds, and end")


def run(args: argparse.Namespace) -> int:
    """Scan until the input ends or Ctrl-C. Raises `BadArgument`, `NotEnrolled`."""
    _check(args)
    try:
        book = Book(args.book)
        try:
            return _status(book, args) if args.status else _scan(book, args)
        finally:
            book.close()
    except BookUnusable as error:
        raise BadArgument(str(error)) from None


def _scan(book: Book, args: argparse.Namespace) -> int:
    known = _gate_and_token(book, args)
    screen = Screen(args.lang, args.plain)
    running = Running.on(
        book, args.url, known.token, known.gate_id, _now, timedelta(hours=args.cached_hours), version("lastmetre")
    )
    running.start(beating=args.token is None)
    tally: Counter[bool] = Counter()
    if warned := running.clock.warning():
        screen.tell(*warned)
    try:
        with suppress(KeyboardInterrupt):
            _every_line(args, running, screen, tally)
        with suppress(KeyboardInterrupt):  # pressed again: what is left goes the next time
            running.drain(args.give_up)
    finally:
        running.end()
    return max(_status(book, args), _file_code(args, tally))


def _file_code(args: argparse.Namespace, tally: Mapping[bool, int]) -> int:
    """Return the exit code of a file's lines, read or not. Raises `BadArgument` where not one was read."""
    if args.serial or args.simulate or not Path(args.input).is_file():
        return 0
    if not tally[True]:
        text = "write one code, card or number a line, in UTF-8, GBK or UTF-16"
        raise BadArgument(f"Nothing was read of {args.input} ({tally[False]} lines): {text}")
    if tally[False]:
        print(f"{tally[False]} lines of {args.input} were not read")
    return UNFINISHED if tally[False] else 0


def _every_line(args: argparse.Namespace, running: Running, screen: Screen, tally: Counter[bool]) -> None:
    """Scan each line; count in `tally` which were read."""
    direction, mask = Direction(args.direction), _MASKS[args.mask]
    for text in _lines(args):
        try:
            line = recognised(text)
        except Unreadable as error:
            tally[False] += 1
            screen.tell(f"未读取: {error.texts[0]}", f"Not read: {error.texts[1]}")
            continue
        tally[line.problem is None] += 1
        display = running.scan(line, measured(line, direction, mask))
        screen.show(display, Around(running.clock.now(), *running.around(), running.clock.warning()))


def _lines(args: argparse.Namespace) -> Iterator[str]:
    if args.simulate:
        return sources.simulated(args.simulate)
    source: Callable[[Path], Iterator[str]] = sources.from_serial if args.serial else sources.from_file
    path = args.serial or args.input
    if path == "-":
        return sources.from_terminal()
    return _or_bad_option(source(Path(path)))


def _or_bad_option(lines: Iterator[str]) -> Iterator[str]:
    try:
        yield from lines
    except OSError as error:
        raise BadArgument(f"The input cannot be read: {error}") from None


class _Known(NamedTuple):
    gate_id: str
    token: str


def _gate_and_token(book: Book, args: argparse.Namespace) -> _Known:
    """Return the gate and the token: those given, those of the book, or new ones for a one-time code."""
    if args.token:
        return _Known(args.gate, args.token)
    known = credential(book)
    if args.enrol:
        link = Link(args.url)
        try:
            known = enrol(link, book, args.enrol, os.uname().nodename)
        except (Away, Refused) as error:
            raise NotEnrolled(f"The device was not enrolled: {error}") from None
        finally:
            link.close()
    if known is None:
        raise BadArgument("This book has no device: enrol it with --enrol CODE, or give --token and --gate")
    return _Known(known.gate_id, known.token)


def _status(book: Book, args: argparse.Namespace) -> int:
    """Print what the book holds and write the receipts; return 0 when every scan was accepted."""
    counts = book.counts()
    if args.receipts:
        lines = [json.dumps(receipt, ensure_ascii=False) + "\n" for receipt in book.receipts()]
        unfinished = args.receipts.with_name(f".{args.receipts.name}.{os.getpid()}")
        unfinished.write_text("".join(lines), encoding="utf-8")
        unfinished.replace(args.receipts)
    if warned := DeviceClock(book, _now).warning():
        print(warned[args.lang != "zh"])
    print(f"{sum(counts.values())} scans: " + ", ".join(f"{count} {state}" for state, count in counts.items()))
    return 0 if counts[ACCEPTED] == sum(counts.values()) else UNFINISHED


def _check(args: argparse.Namespace) -> None:
    """Raise `BadArgument` for what cannot be meant."""
    if not args.book.absolute().parent.is_dir() or args.book.is_dir():
        raise BadArgument(f"--book {args.book} is no file that could be written: name one in a folder there is")
    if args.receipts and (args.receipts.is_dir() or not args.receipts.absolute().parent.is_dir()):
        raise BadArgument(f"--receipts {args.receipts} is no file that could be written: name one in a folder there is")
    if args.status:
        return
    if args.url is None or not is_address(args.url):
        raise BadArgument("--url names the checkpoint service, as http://127.0.0.1:8000")
    if args.token and not args.gate:
        raise BadArgument("--token goes with --gate: name the gate where it scans")
    if args.simulate is not None and not args.simulate > 0:
        raise BadArgument("--simulate is a number of scans a second, more than 0")
    if args.give_up < 0 or args.cached_hours < 0:
        raise BadArgument("--give-up and --cached-hours are 0 or more")


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
