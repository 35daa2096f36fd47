"""What several commands take: the choice of one of the cities that run on this machine, and `--json`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.launcher.state import RunningCity, current
from shared.base.commands import Given, option
from shared.base.terminal import DONE, text

if TYPE_CHECKING:
    from deploy.audit.books import Finding


def choice() -> tuple[click.Option, click.Option]:
    """Return `--data` and `--pid`."""
    return (
        option(
            "--data",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help=text("数据在该目录的城市", "the city whose data lies there"),
        ),
        option(
            "--pid", type=int, metavar="N", help=text("该进程号的城市", "the city whose launcher has this process id")
        ),
    )


def chosen(args: Given) -> RunningCity:
    """Return the city that was chosen, or the only one. Raises `NotRunning`, `Ambiguous`."""
    return current(args.data, args.pid)


def as_json() -> click.Option:
    """Return `--json`."""
    return option("--json", is_flag=True, help=text("以 JSON 输出, 供脚本读取", "print JSON, for scripts"))


def as_row(finding: "Finding") -> dict[str, Any]:
    """Return a comparison for scripts."""
    return {
        "comparison": finding.what,
        "expected": finding.expected,
        "actual": finding.actual,
        "agrees": finding.agrees,
        "differences": list(finding.differences),
    }


def print_json(rows: list[dict[str, Any]]) -> int:
    """Print a list for scripts and return 0."""
    print(json.dumps(rows, ensure_ascii=False, indent=1))
    return DONE
