"""Where a scanner's lines come from: a keyboard or keyboard-wedge, a file, a serial port, or a simulation."""

import codecs
import os
import random
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from services.checkpoint.client.encodings import decoded, utf_16_of

_CHUNK = 4096
_LONGEST_LINE = 4096
_PAUSE_S = 0.5  # at 9600 baud a character takes a millisecond


def from_terminal() -> Iterator[str]:
    """Yield the lines of standard input; a keyboard-wedge ends each with Enter."""
    yield from _text_lines(partial(os.read, sys.stdin.fileno(), _CHUNK))


def from_file(path: Path) -> Iterator[str]:
    """Yield the lines of a file in UTF-8, GBK or UTF-16, ended by LF, CR or both. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        yield from _text_lines(partial(os.read, file.fileno(), _CHUNK))


def from_serial(path: Path) -> Iterator[str]:
    """Yield what a serial scanner sends, at 9600 baud, a line for each code. Raises `OSError`.

    A scanner that sends no end of line pauses after a code: that ends the line too.
    """
    port = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    try:
        tty.setraw(port, termios.TCSANOW)  # what was scanned before stays
        settings = termios.tcgetattr(port)
        settings[4] = settings[5] = termios.B9600
        termios.tcsetattr(port, termios.TCSANOW, settings)
        yield from _lines(iter(partial(_read, port), b""), partial(_pauses, port))
    except termios.error as error:
        raise OSError(f"{path} is no serial port ({error})") from None
    finally:
        os.close(port)


def _text_lines(read: Callable[[], bytes]) -> Iterator[str]:
    """Yield the lines of a text whose first bytes tell UTF-16 from the encodings that keep ASCII."""
    start = read()
    chunks: Iterable[bytes] = chain([start] if start else [], iter(read, b""))
    if encoding := utf_16_of(start):
        decode = codecs.getincrementaldecoder(encoding)(errors="replace").decode
        chunks = (decode(chunk).encode() for chunk in chunks)
    yield from _lines(chunks)


def _lines(chunks: Iterable[bytes], pauses: Callable[[], bool] = lambda: False) -> Iterator[str]:
    """Yield the lines that hold something; the last one may have no end. `pauses` says that no more comes for now."""
    waiting = b""
    for chunk in chunks:
        waiting += chunk.replace(b"\r", b"\n")
        *whole, waiting = waiting.split(b"\n")
        yield from (decoded(line) for line in whole if line.strip())
        if len(waiting) > _LONGEST_LINE or (waiting and pauses()):
            yield decoded(waiting)
            waiting = b""
    if waiting.strip():
        yield decoded(waiting)


def _read(port: int) -> bytes:
    try:
        return os.read(port, _CHUNK)
    except OSError:  # the scanner was unplugged
        return b""


def _pauses(port: int) -> bool:
    return not select.select([port], [], [], _PAUSE_S)[0]


def simulated(rate: float, pause: bool = True) -> Iterator[str]:
    """Yield simulated lines at a rate a second: cards, visitors and now and then a fever."""
    number = 0
    while True:
        number += 1
        credential = f"SIM-{number:06d}" if number % 3 else f"V-{random.randrange(10**8):08d}"
        yield f"{credential};{random.gauss(36.6, 0.3):.1f}"
        if pause:
            time.sleep(1 / rate)
