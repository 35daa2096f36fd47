"""`python -m tests.faults`: play the trials and write build/faults/report.json; exit code 1 when one failed."""

import argparse
import asyncio
import importlib
import pkgutil
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from deploy.kafka.jars import POM
from deploy.kafka.ready import make_ready
from deploy.launcher.errors import LauncherError
from deploy.launcher.processes.child import ROOT
from tests.faults import mutants, trials
from tests.faults.report import Report
from tests.faults.trial import Outcome, Trial
from tests.faults.world import World

BUILD = ROOT / "build" / "faults"
SOAK = 16


def main() -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Break the system on purpose.")
    parser.add_argument("--seed", type=int, default=1, help="every schedule of faults follows from it")
    parser.add_argument("--only", type=_numbers, default=(), metavar="1,2", help="these trials")
    parser.add_argument("--quick", action="store_true", help="shorter schedules of the trials that can be short")
    parser.add_argument("--mutants", action="store_true", help="play builds with known mistakes: each must be noticed")
    parser.add_argument("--report", type=Path, default=BUILD / "report.json", metavar="FILE")
    args = parser.parse_args()
    trials_by_id = all_trials()
    try:
        if any(trial.brokers for trial in _chosen(trials_by_id, args)):
            make_ready(_say)  # beforehand: the trials' times are for the trials
    except LauncherError as error:
        _say(f"lastmetre: {error}")
        return 1
    return asyncio.run(_play(trials_by_id, args))


async def _play(trials_by_id: dict[int, Trial], args: argparse.Namespace) -> int:
    report = Report(args.seed, f"Apache Kafka {_version()}")
    if args.mutants:
        if args.report.exists():
            report.take(args.report)  # the mutants are listed beside what the trials made of the build as it is
        await _play_mutants(trials_by_id, report)
    else:
        await _play_trials(_chosen(trials_by_id, args), args, report)
    report.save(args.report)
    _say(report.summary(args.report))
    return 0 if (report.noticed if args.mutants else report.passed) else 1


def all_trials() -> dict[int, Trial]:
    """Return the trials by their numbers."""
    names = (module.name for module in pkgutil.iter_modules(trials.__path__))
    all_of_them: list[Trial] = [importlib.import_module(f"{trials.__name__}.{name}").TRIAL for name in names]
    return {trial.id: trial for trial in sorted(all_of_them, key=lambda trial: trial.id)}


def _chosen(trials_by_id: dict[int, Trial], args: argparse.Namespace) -> list[Trial]:
    if args.only:
        return [trials_by_id[number] for number in args.only]
    return [trial for trial in trials_by_id.values() if trial.quick or not args.quick]


async def _play_trials(chosen: Sequence[Trial], args: argparse.Namespace, report: Report) -> None:
    """Play the trials one after the other; the soak, which only takes its time, goes on beside them."""
    soaking, part = None, args.report.with_name("soak.json")
    if len(chosen) > 1 and any(trial.id == SOAK for trial in chosen):
        command = (sys.executable, "-m", "tests.faults", "--seed", str(args.seed), "--only", str(SOAK))
        soaking = await asyncio.create_subprocess_exec(*command, "--report", str(part), cwd=ROOT)
    try:
        for trial in chosen:
            if soaking is None or trial.id != SOAK:
                await played(trial, report, quick=args.quick)
        if soaking is not None:
            await soaking.wait()
            report.take(part)
    finally:
        if soaking is not None and soaking.returncode is None:
            soaking.terminate()
            await soaking.wait()


async def _play_mutants(trials_by_id: dict[int, Trial], report: Report) -> None:
    for name, number in mutants.MUST_FAIL.items():
        notes = Report(report.seed, report.broker)
        outcome = await played(trials_by_id[number], notes, quick=True, mutant=name)
        # A trial that fails because it could not be played has noticed nothing.
        noticed = bool(outcome.wrong) and not outcome.details.get("broke off")
        row = {"name": name, "what": mutants.ALL[name].__doc__, "test": number, "noticed": noticed}
        report.mutants.append(row | {"wrong": outcome.wrong})


async def played(trial: Trial, report: Report, *, quick: bool, mutant: str = "") -> Outcome:
    """Play a trial in a world of its own, add it to the report and say how it went."""
    outcome, began = Outcome(), time.monotonic()
    directory = BUILD / f"{trial.id:02}{'-' + mutant if mutant else ''}-{report.seed}"
    shutil.rmtree(directory, ignore_errors=True)
    try:
        async with (
            asyncio.timeout(trial.within_s),
            World(trial, report.seed, directory, quick=quick, mutant=mutant) as w,
        ):
            await trial.run(w, outcome)
    except Exception as error:
        outcome.details["broke off"] = "".join(traceback.format_exception(error))
        outcome.wrong.append(f"it broke off: {type(error).__name__}: {str(error)[:2000]}")
    _say(report.add(trial, outcome, time.monotonic() - began))
    if not outcome.wrong:
        shutil.rmtree(directory, ignore_errors=True)
    return outcome


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(","))


def _version() -> str:
    return POM.read_text().partition("kafka_2.13</artifactId>")[2].partition("<version>")[2].partition("<")[0]


if __name__ == "__main__":
    sys.exit(main())
