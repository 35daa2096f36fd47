"""`lastmetre rehearse`: a usual load, ten times as much within one step, the usual load again, and the audit."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from deploy.audit.books import Finding
from deploy.cli.audit import code_of, run_audit, show
from deploy.cli.chosen import choice, chosen
from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption
from shared.base.commands import Command, Given, option
from shared.base.terminal import DONE, NEGATIVE, UNDECIDED, text


def command() -> Command:
    """Describe the command."""
    return Command(
        "rehearse",
        run,
        [*_options(), *choice()],
        summary=summaries()["rehearse"],
        examples=(
            ("lastmetre rehearse", text("每秒 60 次, 高峰为十倍", "60 scans a second, and ten times as many")),
            ("lastmetre rehearse --rate 5 --rush 20 --usual 5 --after 5", text("半分钟的小演练", "half a minute")),
        ),
        exits={
            DONE: text("已确认的扫码没有丢失, 也没有重复", "no acknowledged scan was lost or stored twice"),
            NEGATIVE: text("对账有差异", "the audit differs"),
            UNDECIDED: text(
                "服务未及时处理完毕, 请再运行 audit", "services did not become quiet in time: run the audit again"
            ),
        },
    )


def _options() -> list[click.Option]:
    more, any_time = click.FloatRange(min=0, min_open=True), click.FloatRange(min=0)
    rows: list[tuple[str, click.ParamType[Any], float, str | None, str]] = [
        ("--rate", more, 60.0, "N", text("平时每秒扫码次数", "scans a second at the usual load")),
        ("--step", more, 10.0, "X", text("高峰为平时的几倍", "factor of the rush")),
        ("--usual", any_time, 30.0, "S", text("高峰前平时的秒数", "seconds of usual load before")),
        ("--rush", more, 120.0, "S", text("高峰的秒数", "seconds of the rush")),
        ("--after", any_time, 60.0, "S", text("高峰后平时的秒数", "seconds of usual load after")),
        ("--clients", click.IntRange(min=1), 3, None, text("客户端进程数", "client processes")),
        ("--gates", click.IntRange(min=1), 60, None, text("闸口数, 每个一台设备", "gates, each with one device")),
    ]
    numbers = [
        option(name, type=kind, default=usual, metavar=metavar, help=line) for name, kind, usual, metavar, line in rows
    ]
    out = option(
        "--out",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=text(
            "报告与回执的目录, 默认在城市的数据之下",
            "directory of report and receipts; by default below the city's data",
        ),
    )
    return [*numbers, out]


def run(args: Given) -> int:
    """Play it, print and save the report, and audit. Raises `BadOption`."""
    from deploy.rehearsal.report import Report
    from deploy.rehearsal.rush import Rehearsal, Rush

    if args.gates < args.clients:
        raise BadOption("--gates is at least --clients: each client process plays some")
    city = chosen(args)
    directory = (args.out or city.directory / "rehearsal").absolute()
    rush = Rush(args.rate, args.step, args.usual, args.rush, args.after)
    _say(f"{rush.usual:g} scans a second, {rush.step:g} times as many for {rush.rush_s:g} s: {rush.seconds:g} s in all")
    plans, looks = Rehearsal(city, directory, _say).play(rush, args.clients, args.gates)
    report = Report(rush, plans, looks)
    report.save(directory)
    Console(highlight=False).print(report.table())
    print(f"In full: {directory / 'rehearsal.json'}, and as a chart: {directory / 'rehearsal.svg'}")
    findings = asyncio.run(run_audit(city, tuple(Path(plan.receipts) for plan in plans), 60.0))
    _keep(directory, findings)
    show(findings)
    return code_of(findings)


def _say(text: str) -> None:
    print(text, flush=True)


def _keep(directory: Path, findings: list[Finding]) -> None:
    """Add the audit to the report."""
    path = directory / "rehearsal.json"
    content = json.loads(path.read_text())
    comparisons = [
        {"what": f.what, "expected": f.expected, "actual": f.actual, "differ": len(f.differences)} for f in findings
    ]
    path.write_text(json.dumps(content | {"audit": comparisons}, indent=1) + "\n")
