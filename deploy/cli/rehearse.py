"""`lastmetre rehearse`: a usual load, ten times as much within one step, the usual load again, and the audit."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.audit.books import Finding
from deploy.cli.audit import run_audit, show
from deploy.cli.chosen import add_choice, chosen
from deploy.launcher.errors import BadOption

FAILED = 1


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "rehearse",
        help="play a rush at the gates of the running city, then audit it",
        epilog="Exit code: 0 no acknowledged scan was lost or stored twice, 1 differences.",
    )
    parser.add_argument("--rate", type=float, default=60.0, metavar="N", help="scans a second at the usual load (60)")
    parser.add_argument("--step", type=float, default=10.0, metavar="X", help="factor of the rush (10)")
    parser.add_argument("--usual", type=float, default=30.0, metavar="S", help="seconds of usual load before (30)")
    parser.add_argument("--rush", type=float, default=120.0, metavar="S", help="seconds of the rush (120)")
    parser.add_argument("--after", type=float, default=60.0, metavar="S", help="seconds of usual load after (60)")
    parser.add_argument("--clients", type=int, default=3, help="client processes (3)")
    parser.add_argument("--gates", type=int, default=60, help="gates, each with one device (60)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="directory of report and receipts; by default below the city's data"
    )
    add_choice(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play it, print and save the report, and audit. Raises `BadOption`."""
    from deploy.rehearsal.report import Report
    from deploy.rehearsal.rush import Rehearsal, Rush

    if min(args.rate, args.step, args.rush, args.clients, args.gates) <= 0 or min(args.usual, args.after) < 0:
        raise BadOption("--rate, --step, --rush, --clients and --gates are more than 0, --usual and --after not less")
    if args.gates < args.clients:
        raise BadOption("--gates is at least --clients: each client process plays some")
    city = chosen(args)
    directory = (args.out or city.directory / "rehearsal").absolute()
    rush = Rush(args.rate, args.step, args.usual, args.rush, args.after)
    print(
        f"{rush.usual:g} scans a second, {rush.step:g} times as many for {rush.rush_s:g} s: {rush.seconds:g} s in all"
    )
    plans, looks = Rehearsal(city, directory).play(rush, args.clients, args.gates)
    report = Report(rush, plans, looks)
    report.save(directory)
    Console(highlight=False).print(report.table())
    print(f"In full: {directory / 'rehearsal.json'}, and as a chart: {directory / 'rehearsal.svg'}")
    findings = asyncio.run(run_audit(city, tuple(Path(plan.receipts) for plan in plans), 60.0))
    _keep(directory, findings)
    show(findings)
    return 0 if all(finding.agrees for finding in findings) else FAILED


def _keep(directory: Path, findings: list[Finding]) -> None:
    """Add the audit to the report."""
    path = directory / "rehearsal.json"
    content = json.loads(path.read_text())
    comparisons = [
        {"what": f.what, "expected": f.expected, "actual": f.actual, "differ": len(f.differences)} for f in findings
    ]
    path.write_text(json.dumps(content | {"audit": comparisons}, indent=1) + "\n")
