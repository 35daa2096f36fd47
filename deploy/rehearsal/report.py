"""The report of a rehearsal: numbers, a table and a chart."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pygal
from rich.table import Table

from deploy.rehearsal.plan import ClientPlan
from deploy.rehearsal.rush import Look, Rush

VERDICTS = ("allow", "recheck", "deny")
PHASES = ("usual", "rush", "after")
POINT_EVERY_S = 2


class Second(NamedTuple):
    """The outcomes of the people who arrived in one second."""

    at: int
    counts: Counter[str]
    waits_ms: list[float]

    @property
    def decisions(self) -> int:
        """The number of verdicts of the service."""
        return sum(self.counts[verdict] for verdict in VERDICTS)


class Report:
    """Combines the clients' reports and the readings of the service."""

    def __init__(self, rush: Rush, plans: Sequence[ClientPlan], looks: Sequence[Look]) -> None:
        self._rush = rush
        self._looks = looks
        self.seconds = _seconds(plans)

    def phases(self) -> dict[str, dict[str, float]]:
        """Return the figures of each phase: per second, in milliseconds, in MiB."""
        bounds = self._bounds()
        return {name: self._figures(*bounds[n : n + 2]) for n, name in enumerate(PHASES)}

    def lag_gone_after_s(self) -> float | None:
        """Return how long after the rush the recorder's lag was gone; None if it was not."""
        ends = self._rush.usual_s + self._rush.rush_s
        lagging = [look.at for look in self._looks if look.lag > self._usual_lag()]
        last = max(lagging, default=0.0)
        if self._looks and self._looks[-1].lag > 0:
            return None
        return max(0.0, last - ends)

    def _usual_lag(self) -> int:
        """Return the usual lag: two seconds of the usual load."""
        return int(2 * self._rush.usual)

    def _bounds(self) -> list[float]:
        usual, rush = self._rush.usual_s, self._rush.usual_s + self._rush.rush_s
        return [0.0, usual, rush, math.inf]

    def _figures(self, begins: float, ends: float) -> dict[str, float]:
        seconds = [second for second in self.seconds if begins <= second.at < ends]
        looks = [look for look in self._looks if begins <= look.at < ends]
        counts: Counter[str] = sum((second.counts for second in seconds), Counter())
        waits = sorted(wait for second in seconds for wait in second.waits_ms)
        length = max(1, min(ends, seconds[-1].at + 1 if seconds else begins) - begins)
        return {
            "arrivals_per_s": len(waits) / length,
            "decisions": sum(counts[verdict] for verdict in VERDICTS),
            "p50_ms": _quantile(waits, 0.5),
            "p99_ms": _quantile(waits, 0.99),
            "worst_second_p99_ms": max((_quantile(sorted(s.waits_ms), 0.99) for s in seconds), default=0.0),
            "busy_503": counts["busy"],
            "not_durable": counts["not_durable"],
            "decided_by_device": counts["offline"],
            "rejected": counts["rejected"],
            "largest_lag": max((look.lag for look in looks), default=0),
            "memory_mb": max((look.memory_mb for look in looks), default=0.0),
            "cpu_cores": _cores(looks),
        }

    def table(self) -> Table:
        """Return the figures of the phases for a terminal."""
        table = Table("", *PHASES)
        for column in table.columns[1:]:
            column.justify = "right"
        phases = self.phases()
        for name in phases[PHASES[0]]:
            table.add_row(name, *(_as_text(phases[phase][name]) for phase in PHASES))
        gone = self.lag_gone_after_s()
        table.add_row("lag gone after the rush, s", "", "", "not" if gone is None else f"{gone:.0f}")
        return table

    def content(self) -> dict[str, Any]:
        """Return the whole report for JSON."""
        over_time = [
            {"at": s.at, "decisions": s.decisions, "p99_ms": _quantile(sorted(s.waits_ms), 0.99)} | dict(s.counts)
            for s in self.seconds
        ]
        return {
            "played": self._rush._asdict(),
            "phases": self.phases(),
            "lag_gone_after_s": self.lag_gone_after_s(),
            "seconds": over_time,
            "service": [look._asdict() for look in self._looks],
        }

    def picture(self) -> bytes:
        """Return an SVG: decisions a second, p99 in milliseconds, and unrecorded passages, over time."""
        chart = pygal.XY(
            style=pygal.style.CleanStyle,
            stroke=True,
            show_dots=False,
            js=(),
            logarithmic=True,
            title="The rush, rehearsed",
            x_title="seconds",
            legend_at_bottom=True,
            height=420,
        )
        points = [second for second in self.seconds if second.at % POINT_EVERY_S == 0]
        chart.add("decisions a second", [(s.at, max(1, s.decisions)) for s in points])
        chart.add("p99, ms", [(s.at, max(1.0, _quantile(sorted(s.waits_ms), 0.99))) for s in points])
        chart.add("to be recorded", [(round(look.at), max(1, look.lag)) for look in self._looks[::POINT_EVERY_S]])
        drawn: bytes = chart.render()
        return drawn

    def save(self, directory: Path) -> None:
        """Write rehearsal.json and rehearsal.svg."""
        (directory / "rehearsal.json").write_text(json.dumps(self.content(), indent=1) + "\n")
        (directory / "rehearsal.svg").write_bytes(self.picture())


def _seconds(plans: Sequence[ClientPlan]) -> list[Second]:
    counts: dict[int, Counter[str]] = {}
    waits: dict[int, list[float]] = {}
    for plan in plans:
        content = json.loads(Path(plan.report).read_text())
        for at, outcomes in content["seconds"].items():
            counts.setdefault(int(at), Counter()).update(outcomes)
        for at, milliseconds in content["waits_ms"].items():
            waits.setdefault(int(at), []).extend(milliseconds)
    return [Second(at, counts.get(at, Counter()), waits.get(at, [])) for at in sorted(counts | waits)]


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _cores(looks: Sequence[Look]) -> float:
    if len(looks) < 2:
        return 0.0
    first, last = looks[0], looks[-1]
    return (last.cpu_s - first.cpu_s) / max(0.001, last.at - first.at)


def _as_text(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) or number >= 100 else f"{number:,.2f}"
