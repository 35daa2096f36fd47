"""What the report says of a run; and that the checkers see what is lost, doubled or refused."""

import json
from pathlib import Path
from typing import NamedTuple

from tests.faults import mutants
from tests.faults.__main__ import all_trials
from tests.faults.books import effects_twice, repeated
from tests.faults.report import Report
from tests.faults.trial import Outcome, Trial


class Record(NamedTuple):
    """A record as far as the checkers look at it."""

    headers: list[tuple[str, bytes]]
    key: bytes


def record(event_id: str, cause: str, key: str = "case-1", ce_type: str = "isolation.CaseOpened.v1") -> Record:
    about = {"ce_id": event_id, "ce_type": ce_type, "ce_causationid": cause}
    return Record([(name, value.encode()) for name, value in about.items() if value], key.encode())


async def nothing(*_: object) -> None:
    """A trial that does nothing."""


TRIAL = Trial(3, "each broker is killed", nothing)


def test_a_report_has_the_figures_of_each_trial_in_their_order(tmp_path: Path) -> None:
    report = Report(7, "Apache Kafka")
    report.add(TRIAL, Outcome(acknowledged=5, stored=5, duplicate_deliveries=2, recovery_s=1.5), 3.0)
    report.add(Trial(1, "the first", nothing), Outcome(), 1.0)
    report.save(tmp_path / "faults" / "report.json")
    content = json.loads((tmp_path / "faults" / "report.json").read_text())
    assert (content["seed"], content["broker"], [row["id"] for row in content["tests"]]) == (7, "Apache Kafka", [1, 3])
    wanted = {"passed": True, "acknowledged": 5, "stored": 5, "lost": 0, "duplicate_deliveries": 2, "recovery_s": 1.5}
    assert wanted.items() <= content["tests"][1].items()


def test_one_thing_that_is_wrong_fails_the_trial_and_the_run() -> None:
    report, outcome = Report(1, "Apache Kafka"), Outcome()
    outcome.expect(True, "this holds")
    outcome.expect(False, "3 acknowledged scans are not stored")
    line = report.add(TRIAL, outcome, 1.0)
    assert line.startswith("FAILED  3")
    assert "3 acknowledged scans are not stored" in line
    assert not report.passed


def test_a_mutant_that_no_trial_notices_fails_the_run() -> None:
    report = Report(1, "Apache Kafka", mutants=[{"name": "without_inbox", "noticed": False}])
    assert not report.noticed


def test_two_events_of_one_cause_are_an_effect_too_many() -> None:
    assert effects_twice([record("a", "cause-1"), record("b", "cause-1")]) == 1
    assert effects_twice([record("a", "cause-1"), record("b", "cause-1", key="case-2")]) == 0
    assert effects_twice([record("a", ""), record("b", "")]) == 0


def test_one_event_published_twice_is_one_effect_delivered_twice() -> None:
    assert effects_twice([record("a", "cause-1"), record("a", "cause-1")]) == 0
    assert repeated(["a", "a", "a", "b"]) == 2


def test_every_mutant_has_a_trial_that_must_notice_it() -> None:
    assert mutants.MUST_FAIL.keys() <= mutants.ALL.keys()
    assert set(mutants.MUST_FAIL.values()) <= all_trials().keys()
