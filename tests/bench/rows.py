"""What was measured, as a table and as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pygal
from rich.table import Table

_SHORT, _REACHED, _PLAIN = "#c0392b", "#1e8449", "#5d6d7e"


@dataclass(frozen=True)
class Row:
    """One measurement: the ratio is against what `against` names, `bar` what it must reach.

    `cpu_ms` is the server's CPU time per 1,000 scans; `ms` its answers' quantiles; `memory_mb` its resident memory.
    """

    id: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    bar: float | None = None
    cpu_ms: float | None = None
    ms: Mapping[str, float] = field(default_factory=dict)
    memory_mb: float | None = None

    @property
    def ok(self) -> bool:
        """Whether it reaches its bar."""
        return self.bar is None or (self.ratio is not None and self.ratio >= self.bar)


def table(rows: Sequence[Row]) -> Table:
    """Return the rows for a terminal."""
    titles = ("id", "value", "unit", "ratio", "against", "bar", "CPU ms / 1,000", "p50 / p99 / p99.9 ms", "MiB", "")
    made = Table(*titles)
    for row in rows:
        ratio, bar, cpu = (f"{n:.2f}" if n is not None else "" for n in (row.ratio, row.bar, row.cpu_ms))
        quantiles = " / ".join(f"{row.ms[q]:.1f}" for q in ("0.5", "0.99", "0.999")) if row.ms else ""
        held = f"{row.memory_mb:.0f}" if row.memory_mb else ""
        mark = "" if row.ok else "short"
        made.add_row(row.id, f"{row.value:,.1f}", row.unit, ratio, row.against, bar, cpu, quantiles, held, mark)
    return made


def picture(rows: Sequence[Row]) -> bytes:
    """Return an SVG of the rates, each once, on a logarithmic scale: green where every bar is reached, else red."""
    style = pygal.style.CleanStyle(value_font_size=11, label_font_size=11, colors=(_PLAIN,))
    chart = pygal.HorizontalBar(
        style=style,
        logarithmic=True,
        print_values=True,
        show_legend=False,
        js=(),
        title="Scans a second on one core",
        height=420,
        value_formatter=lambda value: f"{value:,.0f}",
        range=(100, 1_000_000),
    )
    rates = {row.id: row.value for row in rows if row.unit.endswith("/s")}
    chart.x_labels = list(reversed(rates))
    bars = [{"value": rates[name], "color": _colour(name, rows)} for name in reversed(rates)]
    chart.add("", bars)
    drawn: bytes = chart.render()
    return drawn


def _colour(name: str, rows: Sequence[Row]) -> str:
    judged = [row for row in rows if row.id == name and row.bar is not None and row.against]
    if not judged:
        return _PLAIN
    return _REACHED if all(row.ok for row in judged) else _SHORT
