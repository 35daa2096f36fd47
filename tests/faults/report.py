"""The report of a run: build/faults/report.json, and a line for each trial as it ends."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.trial import Outcome, Trial


@dataclass
class Report:
    """Everything that came out of one run with one seed."""

    seed: int
    broker: str
    tests: list[dict[str, Any]] = field(default_factory=list)
    mutants: list[dict[str, Any]] = field(default_factory=list)

    def add(self, trial: Trial, outcome: Outcome, seconds: float) -> str:
        """Add what came out of a trial; return it as a line."""
        row = {"id": trial.id, "name": trial.name, "passed": not outcome.wrong} | asdict(outcome)
        self.tests = sorted([*self.tests, row | {"seconds": round(seconds, 1)}], key=lambda one: one["id"])
        figures = f"acknowledged {outcome.acknowledged:,}, stored {outcome.stored:,}, lost {outcome.lost}"
        twice = f"delivered twice {outcome.duplicate_deliveries:,}, effects twice {outcome.duplicate_effects}"
        line = f"{'passed' if not outcome.wrong else 'FAILED'} {trial.id:>2} {trial.name}: {figures}, {twice}"
        line += f", recovered in {outcome.recovery_s} s ({seconds:.0f} s)"
        return "\n".join([line, *(f"          {one}" for one in outcome.wrong)])

    @property
    def passed(self) -> bool:
        """Whether every trial passed."""
        return all(row["passed"] for row in self.tests)

    @property
    def noticed(self) -> bool:
        """Whether every mutant was noticed."""
        return all(row["noticed"] for row in self.mutants)

    def summary(self, path: Path) -> str:
        """Return how it went in a sentence."""
        sentence = f"{sum(row['passed'] for row in self.tests)} of {len(self.tests)} trials passed"
        if self.mutants:
            sentence += f", {sum(row['noticed'] for row in self.mutants)} of {len(self.mutants)} mutants were noticed"
        return f"{sentence}; the report is {path}"

    def save(self, path: Path) -> None:
        """Write it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    def take(self, path: Path) -> None:
        """Add the tests of a report that was written elsewhere."""
        tests: Sequence[dict[str, Any]] = json.loads(path.read_text())["tests"]
        self.tests = sorted([*self.tests, *tests], key=lambda one: one["id"])
