"""One run of the scanner's program: who it is, what it scans, and how it ends."""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from logging.handlers import RotatingFileHandler
from pathlib import Path

from services.checkpoint.client import sources, words
from services.checkpoint.client.book import STATES, Book
from services.checkpoint.client.clock import DeviceClock
from services.checkpoint.client.counter import Counter
from services.checkpoint.client.errors import BadArgument, Pair, Unrecorded
from services.checkpoint.client.first_start import Given as Identity
from services.checkpoint.client.first_start import Known, identify
from services.checkpoint.client.inputs import Inputs
from services.checkpoint.client.posting import ACCEPTED
from services.checkpoint.client.running import Running
from services.checkpoint.client.screen import LANGUAGES
from services.checkpoint.client.station import PlainLines, Station, WholeScreen
from services.checkpoint.client.terminal import Terminal
from services.checkpoint.client.view import Site
from shared.base.commands import Given
from shared.base.terminal import NEGATIVE
from shared.events.checkpoint import Direction

MASKS = {"yes": True, "no": False, "unknown": None}
_LOG_BYTES = 1_000_000
_LANGUAGE = ("LC_ALL", "LC_MESSAGES", "LANG")


def scan_or_report(args: Given) -> int:
    """Scan until the input ends, or report what the book holds; return the exit code."""
    with suppress(AttributeError):  # a test's output is no file
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    at = _language(args)
    book = Book(args.book)
    try:
        return _status(book, args, at) if args.status else _scan(book, args, at)
    finally:
        book.close()


def _language(args: Given) -> int:
    """Return the screen's language: as given, English in a terminal whose language is English, else Chinese."""
    known = next((os.environ[name] for name in _LANGUAGE if os.environ.get(name)), "").lower()
    return 1 if (args.lang or known[:2]) == "en" else 0


def _scan(book: Book, args: Given, at: int) -> int:
    known = identify(book, Identity(args.url, args.enrol, args.token, args.gate, at))
    args.lang = LANGUAGES[at]  # from now on errors are in the screen's language
    cached_for = timedelta(hours=args.cached_hours)
    running = Running.on(book, known.url, known.token, known.gate_id, _now, cached_for, version("lastmetre"))
    running.start(beating=args.token is None)
    try:
        station = _stand(args, running, known, at)
        at = station.language
        args.lang = LANGUAGES[at]
        with suppress(KeyboardInterrupt):  # what is left goes the next time
            if running.around()[0] and args.give_up and sys.stdout.isatty():
                _say(words.SENDING, at)
            running.drain(args.give_up)
    finally:
        running.end()
    code = max(_status(book, args, at), _file_code(args, station.read, at))
    if station.not_recorded:
        zh, en = words.unrecorded(station.not_recorded)
        raise Unrecorded(en, zh)
    return code


def _stand(args: Given, running: Running, known: Known, at: int) -> Station:
    """Scan at the gate until the input ends; return the station, which has counted."""
    inputs = Inputs()
    by_hand = not args.simulate and (args.serial is not None or args.input == "-")
    counter = Counter(Direction(args.direction), MASKS[args.mask], by_hand)
    site = Site(known.gate_id, known.gate_id, "", known.device)
    if args.plain or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        inputs.add_lines(_lines(args))
        station = Station(running, counter, inputs, PlainLines(), site, at)
        station.run()
        return station
    keyboard = sys.stdin.fileno()
    has_keys = by_hand and os.isatty(keyboard)
    if not has_keys or args.serial:
        inputs.add_lines(_lines(args))
    sys.stdout.flush()
    with Terminal(keyboard if has_keys else None, sys.stdout.fileno()) as terminal:
        if has_keys:
            inputs.add_terminal(keyboard)
        station = Station(running, counter, inputs, WholeScreen(terminal), site, at)
        station.run()
    return station


def _file_code(args: Given, tally: Mapping[bool, int], at: int) -> int:
    """Return the exit code of a file's lines, read or not. Raises `BadArgument` where not one was read."""
    if args.serial or args.simulate or not Path(args.input).is_file():
        return 0
    if not tally[True]:
        zh, en = words.nothing_read(args.input, tally[False])
        raise BadArgument(en, zh)
    if tally[False]:
        _say(words.some_not_read(args.input, tally[False]), at)
    return NEGATIVE if tally[False] else 0


def _lines(args: Given) -> Iterator[str]:
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
        raise BadArgument(f"The input cannot be read: {error}", f"无法读取输入：{error}") from None


def _status(book: Book, args: Given, at: int) -> int:
    """Print what the book holds and write the receipts; return 0 when every scan was accepted."""
    counts = book.counts()
    if args.receipts:
        lines = [json.dumps(receipt, ensure_ascii=False) + "\n" for receipt in book.receipts()]
        unfinished = args.receipts.with_name(f".{args.receipts.name}.{os.getpid()}")
        unfinished.write_text("".join(lines), encoding="utf-8")
        unfinished.replace(args.receipts)
    if warned := DeviceClock(book, _now).warning():
        _say(warned, at)
    _say(words.counted([counts[state] for state in STATES]), at)
    return 0 if counts[ACCEPTED] == sum(counts.values()) else NEGATIVE


def _say(texts: Pair, at: int) -> None:
    print(texts[at], flush=True)


@contextmanager
def log_beside(book: Path) -> Iterator[None]:
    """Write what goes wrong within the program to a file beside the book: the screen is the keeper's."""
    handler = RotatingFileHandler(f"{book}.log", maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8", delay=True)
    logger, raises = logging.getLogger("services.checkpoint.client"), logging.raiseExceptions
    logger.addHandler(handler)
    logger.propagate, logging.raiseExceptions = False, False  # a full disk ends no program
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate, logging.raiseExceptions = True, raises
        handler.close()


def _now() -> datetime:
    return datetime.now(UTC)
