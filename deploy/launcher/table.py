"""The table of a city's processes: live on a terminal, otherwise the changed lines."""

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import NamedTuple, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from deploy.launcher.probe import Reading
from shared.base.durations import short_duration

PLAIN_EVERY_S = 5.0
HEADINGS = ("service", "state", "events in", "events out", "lag", "newest event")
_COLOURS = {"ready": "green", "starting": "yellow", "not ready": "yellow"}


class Row(NamedTuple):
    """A line of the table; `age` is that of the newest event, in words."""

    service: str
    state: str
    events_in: str = "-"
    events_out: str = "-"
    lag: str = "-"
    age: str = "-"

    @classmethod
    def of(cls, service: str, state: str, reading: Reading | None, now: float) -> Self:
        """Return the line for the last reading of a service, at `now` (Unix seconds)."""
        if reading is None:
            return cls(service, state)
        events_in, events_out, lag = (f"{n:,}" for n in (reading.events_in, reading.events_out, reading.lag))
        age = short_duration(now - reading.newest) if reading.newest else "-"
        return cls(service, state, events_in, events_out, lag, age)


def rendered(rows: Sequence[Row]) -> Table:
    """Return the table for a terminal."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for number, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if number > 1 else "left", no_wrap=True, overflow="ellipsis")
    for row in rows:
        state = Text(row.state, style=_COLOURS.get(row.state, "red"))
        table.add_row(Text(row.service), state, *map(Text, row[2:]))
    return table


def as_lines(rows: Sequence[Row]) -> list[str]:
    """Return the table as plain lines, without its heading."""
    return [
        f"  {r.service:<13} {r.state:<19} in {r.events_in:>8} out {r.events_out:>8}  lag {r.lag:>6}  age {r.age}"
        for r in rows
    ]


class Display:
    """The launcher's output: sentences, the table and how far the present work is.

    On a terminal table and progress stand below the sentences and change; elsewhere changes are printed as lines.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._live: Live | None = None
        self._rows: Sequence[Row] = ()
        self._progress = self._footer = ""
        self._printed: dict[str, Row] = {}
        self._printed_at = self._reported_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.freeze()

    @property
    def is_terminal(self) -> bool:
        """Whether the output is a terminal on which lines can change."""
        return self._console.is_terminal and not self._console.is_dumb_terminal

    def say(self, text: str) -> None:
        """Write a sentence above the table. A closed terminal or pipe does not stop the launcher."""
        with suppress(OSError):
            if self._live is not None:
                # Not wrapped here, so that the terminal keeps an address whole; nothing in it is markup.
                self._live.console.print(Text.from_ansi(text), soft_wrap=True)
            else:
                print(text, flush=True)

    def progress(self, text: str) -> None:
        """Show how far the present work is; an empty text ends that."""
        with suppress(OSError):
            begins, self._progress = bool(text) and not self._progress, text
            if self.is_terminal:
                self._update()
            elif text and (begins or time.monotonic() - self._reported_at >= PLAIN_EVERY_S):
                self._reported_at = time.monotonic()
                print(text, flush=True)

    def footer(self, text: str) -> None:
        """Keep a line below the table of a terminal."""
        self._footer = text

    def show(self, rows: Sequence[Row]) -> None:
        """Print the present table."""
        with suppress(OSError):
            self._rows = rows
            if self.is_terminal:
                self._update()
            elif time.monotonic() - self._printed_at >= PLAIN_EVERY_S:
                self._show_changes(rows)

    def freeze(self) -> None:
        """Stop updating the table; later output is written below it."""
        if self._live is not None:
            with suppress(OSError):
                self._live.update(self._below(footer=False), refresh=True)
                self._live.stop()
            self._live = None

    def _update(self) -> None:
        if self._live is None:
            self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
            self._live.start()
        self._live.update(self._below(), refresh=True)

    def _below(self, footer: bool = True) -> Group:
        parts: list[Table | Text] = [rendered(self._rows)] if self._rows else []
        lines = [self._progress, self._footer] if footer else []
        parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in lines if line]
        return Group(*parts)

    def _show_changes(self, rows: Sequence[Row]) -> None:
        changed = [
            row
            for row in rows
            if self._printed.get(row.service, row)[:5] != row[:5] or row.service not in self._printed
        ]
        if changed:
            self._printed_at = time.monotonic()
            self._printed = {row.service: row for row in rows}
            print("\n".join(as_lines(changed)), flush=True)
            sys.stdout.flush()
