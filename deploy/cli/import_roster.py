"""`lastmetre import FILE`: a roster of residents or places, by registration's own API."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from deploy.cli.chosen import choice, chosen
from deploy.cli.operator import TOKEN
from deploy.cli.summaries import summaries
from deploy.launcher.errors import BadOption, LauncherError
from deploy.service_client import PATIENCE_S, Refusal, ServiceClient
from shared.base.commands import Command, Given, argument, option
from shared.base.ids import new_id
from shared.base.terminal import DONE, INTERRUPTED, NEGATIVE, text

SERVICE, SUBJECT = "registration", "import-command"
KINDS = ("residents", "places")
POLL_S = 0.3
STANDS_STILL_S = 180.0  # other imports may be carried out before
WRONG_FILE = (400, 413, 415, 422)
Report = dict[str, Any]


class FileRefused(LauncherError):
    """The file is wrong as a whole."""

    exit_code = NEGATIVE


class Registration(NamedTuple):
    """Where registration is, and the token by which it is asked."""

    url: str
    token: str


def command() -> Command:
    """Describe the command."""
    return Command(
        "import",
        run,
        [
            argument(
                "file",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="FILE",
                help=text("花名册 .xlsx 或 .csv (UTF-8 或 GBK)", "a roster, .xlsx or .csv (UTF-8 or GBK)"),
            ),
            *_options(),
            *choice(),
        ],
        summary=summaries()["import"],
        about=text(
            "有问题的行不写入, 逐行列出原因; 其他行照常写入。同一文件可以再次导入: 已有的人不会重复。",
            "Rows with a problem are not stored, and each is listed with its reason; the others go in. The same file "
            "can be imported again: who is known is not stored twice.",
        ),
        examples=(
            ("lastmetre import residents.xlsx --dry-run", text("只检查, 不写入", "check the file, and store nothing")),
            ("lastmetre import residents.xlsx", text("导入居民花名册", "import a roster of residents")),
            ("lastmetre import places.csv --kind places", text("导入地点", "import places")),
        ),
        exits={
            DONE: text("每一行都已写入或已存在", "every row is stored, or was stored before"),
            NEGATIVE: text("有行或整个文件被拒绝", "rows were refused, or the file as a whole"),
        },
    )


def _options() -> list[click.Option]:
    return [
        option("--kind", type=click.Choice(KINDS), default=KINDS[0], help=text("花名册的内容", "what the rows are")),
        option("--dry-run", is_flag=True, help=text("只检查, 不写入", "check the file, and store nothing")),
        option(
            "--area",
            metavar="PATH",
            default="/",
            help=text("以该辖区的名义导入", "the area whose office imports it, such as /jinhe/hedong"),
        ),
        option("--json", is_flag=True, help=text("以 JSON 输出结果", "print the result as JSON, for scripts")),
        option(
            "--url",
            metavar="URL",
            help=text(f"其他城市的登记服务, 令牌在 {TOKEN}", f"registration of another city, with a token in {TOKEN}"),
        ),
    ]


def run(args: Given) -> int:
    """Import or check the file, print what became of it. Raises `FileRefused`, `LauncherError`."""
    where = _registration(args)
    content = args.file.read_bytes()
    try:
        with ServiceClient(PATIENCE_S, say=_say) as client:
            if args.dry_run:
                return _print_preview(args, _post(client, where, args, content, "/preview"))
            accepted = _post(client, where, args, content, "", data={"import_id": new_id()})
            return _print_report(args, _finished(client, where, accepted))
    except Refusal as error:
        if error.status in WRONG_FILE:
            raise FileRefused(f"{args.file.name}: {error.detail}") from None
        raise
    except KeyboardInterrupt:
        if not args.dry_run:
            _say(
                text(
                    "已接受的导入仍在继续; 再次运行同一命令可查看",
                    "What was accepted goes on: the same command follows it",
                )
            )
        return INTERRUPTED


def _registration(args: Given) -> Registration:
    if not args.area.startswith("/"):
        raise BadOption(
            text(
                f"--area {args.area} 应以 / 开头, 如 /jinhe/hedong",
                f"--area {args.area} has no / in front: write it as /jinhe/hedong",
            )
        )
    if args.url is None:
        city = chosen(args)
        return Registration(city.url(SERVICE), city.mint_token("city", area=args.area, subject=SUBJECT, hours=1))
    if not os.environ.get(TOKEN):
        raise BadOption(
            text(
                f"需要令牌: 请放入环境变量 {TOKEN}", f"A token is needed: put it into the environment variable {TOKEN}"
            )
        )
    return Registration(args.url.rstrip("/"), os.environ[TOKEN])


def _post(client: ServiceClient, where: Registration, args: Given, content: bytes, path: str, **more: Any) -> Report:
    url = f"{where.url}/v1/imports/{args.kind}{path}"
    file = {"file": (args.file.name, content)}
    report: Report = client.ask(SERVICE, "POST", url, where.token, files=file, **more)
    return report


def _finished(client: ServiceClient, where: Registration, report: Report) -> Report:
    """Wait for an import while it makes progress. Raises `LauncherError` when it does not."""
    handled, deadline = -1, 0.0
    with _progress(report["rows"]) as show:
        while report["finished_at"] is None:
            if report["handled"] > handled:
                handled, deadline = report["handled"], time.monotonic() + STANDS_STILL_S
                show(handled)
            if time.monotonic() > deadline:
                raise LauncherError(
                    text(
                        f"导入停在 {report['rows']} 行中的第 {handled} 行: 请看 registration 的日志",
                        f"The import stands still at row {handled} of {report['rows']}: look at 'lastmetre status' and "
                        "at registration's log",
                    )
                )
            time.sleep(POLL_S)
            report = client.ask(SERVICE, "GET", f"{where.url}/v1/imports/{report['import_id']}", where.token)
    return report


@contextmanager
def _progress(rows: int) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(text("导入", "import")), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=rows)
        yield lambda handled: bar.update(task, completed=handled)


def _print_preview(args: Given, preview: Report) -> int:
    if args.json:
        print(json.dumps(preview, ensure_ascii=False, indent=1))
    else:
        _print_rows(preview)
        good, bad = preview["sound"], preview["rows"] - preview["sound"]
        print(
            text(
                f"共 {preview['rows']} 行: {good} 行可写入, {bad} 行会被拒绝; 什么也没有写入",
                f"{preview['rows']} rows: {good} would go in, {bad} would be refused; nothing was stored",
            )
        )
    return NEGATIVE if preview["problems"] else DONE


def _print_report(args: Given, report: Report) -> int:
    if args.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _print_rows(report)
        print(
            text(
                "共 {rows} 行: 新增 {added}, 更改 {changed}, 未变 {unchanged}, 拒绝 {rejected}",
                "{rows} rows: {added} added, {changed} changed, {unchanged} known and unchanged, {rejected} refused",
            ).format_map(report)
        )
        if report["unchanged"] == report["rows"]:
            print(text("文件中的内容早已写入, 没有改变", "Everything in the file was stored before: nothing changed"))
    if report["failure"]:
        raise LauncherError(report["failure"])
    return NEGATIVE if report["rejected"] or report["state"] != "done" else DONE


def _print_rows(report: Report) -> None:
    """Print the rows with a problem, and what was not read."""
    for one in report["problems"]:
        column = f" {one['column']}" if one["column"] else ""
        print(text(f"第 {one['row']} 行{column}: ", f"row {one['row']}{column}: ") + one["problem"])
    for one in report["skipped"]:
        rows = f"{one['first']}" if one["first"] == one["last"] else f"{one['first']}-{one['last']}"
        print(text(f"第 {rows} 行未读取: ", f"row {rows} is no data: ") + one["reason"])
    if report["unknown_columns"]:
        print(text("未读取的列: ", "columns that were not read: ") + ", ".join(report["unknown_columns"]))
    if report["unread_sheets"]:
        print(text("未读取的工作表: ", "sheets that were not read: ") + ", ".join(report["unread_sheets"]))


def _say(line: str) -> None:
    print(line, file=sys.stderr)
