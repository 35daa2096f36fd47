"""The command `lastmetre dead-letters` and its actions: options, examples, exit codes."""

from collections.abc import Callable

import click

from deploy.cli.chosen import as_json, choice
from deploy.cli.letters import STATES
from deploy.cli.operator import TOKEN
from deploy.cli.summaries import summaries
from deploy.launcher.service import COMMANDS
from shared.base.commands import Command, Given, Group, argument, option
from shared.base.terminal import DONE, NEGATIVE, UNDECIDED, text

Run = Callable[[Given], int]
ID = "0-41-1765000000000"


def group(print_list: Run, show: Run, replay: Run, discard: Run) -> Group:
    """Return the command over its four actions."""
    return Group(
        "dead-letters",
        [_list(print_list), _show(show), _replay(replay), _discard(discard)],
        summary=summaries()["dead-letters"],
        about=text(
            "消息的内容不会显示, 因为其中可能有人名: 只有字段的名称、类型与长度。",
            "No value of a record is printed, for it may name people: only the names, kinds and lengths of its fields.",
        ),
        examples=(
            ("lastmetre dead-letters list", text("待处理的", "those that wait")),
            (f"lastmetre dead-letters show {ID}", text("其中一条", "one of them")),
            ("lastmetre dead-letters replay --all", text("原因消除后", "after their cause was removed")),
        ),
        exits={NEGATIVE: text("list: 有待处理的; 其他: 见各命令", "list: some wait; others: see the help of each")},
    )


def _list(run: Run) -> Command:
    state = option(
        "--state",
        type=click.Choice([*STATES, "all"]),
        default="waiting",
        help=text("只列出处于该状态的", "only those in this state"),
    )
    return Command(
        "list",
        run,
        [state, as_json(), _kafka(), *_whose()],
        summary=text("列出死信及其原因", "List dead letters, with where they are and why."),
        examples=(
            ("lastmetre dead-letters list", text("所有服务的", "of all services")),
            (
                "lastmetre dead-letters list --service isolation --state failed_again --json",
                text("重放后再次失败的, 供脚本读取", "what is dead again after a replay, for a script"),
            ),
            ("lastmetre dead-letters list --kafka kafka:9092", text("服务不应答时", "where services do not answer")),
        ),
        exits={
            DONE: text("没有待处理的", "none waits for a decision"),
            NEGATIVE: text("有待处理的", "some wait for a decision"),
        },
    )


def _show(run: Run) -> Command:
    return Command(
        "show",
        run,
        [_id(nargs=1), as_json(), *_whose()],
        summary=text("显示一条死信", "Show one dead letter and which fields its record has."),
        examples=(
            (f"lastmetre dead-letters show {ID}", text("不论属于哪个服务", "whichever service it belongs to")),
            (f"lastmetre dead-letters show {ID} --service isolation --json", text("供脚本读取", "for a script")),
        ),
    )


def _replay(run: Run) -> Command:
    return Command(
        "replay",
        run,
        [
            _id(nargs=-1),
            option("--all", is_flag=True, help=text("所有待处理的", "all that wait for a decision")),
            option(
                "--wait",
                type=click.FloatRange(min=0),
                default=30.0,
                metavar="S",
                help=text("等待结果的秒数", "seconds to wait for the outcome"),
            ),
            option(
                "--drop-forged",
                is_flag=True,
                help=text("伪造的改为放弃", "discard forged records instead of replaying them"),
            ),
            _kafka(),
            *_whose(),
        ],
        summary=text("重放死信并等待结果", "Have services handle dead letters again, and wait for the outcome."),
        examples=(
            (f"lastmetre dead-letters replay {ID}", text("一条", "one of them")),
            ("lastmetre dead-letters replay --all --service isolation", text("一个服务的全部", "all of one service")),
        ),
        exits={
            DONE: text("全部已处理", "every letter was handled"),
            NEGATIVE: text("有的再次失败、被跳过或被拒绝", "some are dead again, were skipped or refused"),
            UNDECIDED: text(
                "有的没有结果, 或在 --wait 的时间内尚无结果", "some have no outcome, or none within the time of --wait"
            ),
        },
    )


def _discard(run: Run) -> Command:
    reason = option(
        "--reason",
        required=True,
        metavar="TEXT",
        help=text("理由, 记入操作日志, 至少 4 个字符", "why, for the log of acts; at least 4 characters"),
    )
    return Command(
        "discard",
        run,
        [_id(nargs=-1, required=True), reason, *_whose()],
        summary=text("放弃死信, 不再处理", "Give dead letters up for good, for a reason."),
        examples=(
            (
                f'lastmetre dead-letters discard {ID} --reason "entered by hand"',
                text("已人工补录", "one that was entered by hand"),
            ),
            (
                f'lastmetre dead-letters discard {ID} --service isolation --reason "a test"',
                text("该服务的", "that of one service"),
            ),
        ),
        exits={
            DONE: text("全部已放弃", "all were discarded"),
            NEGATIVE: text("有的被拒绝, 逐条列出", "some were refused, each with the reason"),
        },
    )


def _id(nargs: int, required: bool | None = None) -> click.Argument:
    metavar = "ID" if nargs == 1 else "ID..." if required else "[ID]..."
    line = text("死信编号, 见 list", "the id of a letter, as 'list' prints it")
    return argument("letter_id", nargs=nargs, required=required, metavar=metavar, help=line)


def _kafka() -> click.Option:
    return option(
        "--kafka",
        metavar="HOST:PORT",
        help=text("服务接口不应答时直接问总线", "ask the bus itself, where a service's API does not answer"),
    )


def _whose() -> list[click.Option]:
    return [
        option(
            "--service",
            multiple=True,
            type=click.Choice(sorted(COMMANDS)),
            metavar="SERVICE",
            help=text("默认为所有服务", "by default all services") + f": {', '.join(sorted(COMMANDS))}",
        ),
        option(
            "--url",
            metavar="URL",
            help=text(
                f"某一服务的接口, 运维令牌在 {TOKEN}", f"the API of one service, with an operator's token in {TOKEN}"
            ),
        ),
        *choice(),
    ]
