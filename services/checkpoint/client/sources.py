"""Where a scanner's lines come from: a keyboard or keyboard-wedge, a file, a serial port, or a simulation."""

import os
import random
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

_CHUNK = 256
_LONGEST_LINE = 4096


def from_terminal() -> Iterator[str]:
    """Yield the lines of standard input; a keyboard-wedge ends each with Enter."""
    for raw in sys.stdin.buffer:
        yield raw.decode(errors="replace")


def from_file(path: Path) -> Iterator[str]:
    """Yield the lines of a file. Raises `OSError`."""
    with path.open("rb") as file:
        for raw in file:
            yield raw.decode(errors="replace")


def from_serial(path: Path) -> Iterator[str]:
    """Yield what a serial scanner sends, at 9600 baud, a line for each code. Raises `OSError`."""
    port = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    try:
        tty.setraw(port, termios.TCSANOW)  # what was scanned before stays
        settings = termios.tcgetattr(port)
        settings[4] = settings[5] = termios.B9600
        termios.tcsetattr(port, termios.TCSANOW, settings)
        yield from _lines(port)
    except termios.error as error:
        raise OSError(f"{path} is no serial port ({error})") from None
    finally:
        os.close(port)


def _lines(port: int) -> Iterator[str]:
    waiting = b""
    while chunk := _read(port):
        waiting += chunk.replace(b"\r", b"\n")
        *whole, waiting = waiting.split(b"\n")
        yield from (line.decode(errors="replace") for line in whole if line)
        waiting = waiting[:_LONGEST_LINE]


def _read(port: int) -> bytes:
    try:
        return os.read(port, _CHUNK)
    except OSError:  # the scanner was unplugged
        return b""


def simulated(rate: float, pause: bool = True) -> Iterator[str]:
    """Yield simulated lines at a rate a second: cards, visitors and now and then a fever."""
    number = 0
    while True:
        number += 1
        credential = f"SIM-{number:06d}" if number % 3 else f"V-{random.randrange(10**8):08d}"
        yield f"{credential};{random.gauss(36.6, 0.3):.1f}"
        if pause:
            time.sleep(1 / rate)
