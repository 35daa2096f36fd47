"""`lastmetre`: one module a command, each with `command() -> Command`, imported when it is called."""

import logging
import sys
from collections.abc import Sequence

from deploy.cli.summaries import summaries
from shared.base.commands import Group, Later, run_program
from shared.base.terminal import DONE, text

PROGRAM = "lastmetre"
MODULES = {"import": "import_roster"}  # a module cannot have the name of a keyword


def program() -> Group:
    """Return the whole command line."""
    return Group(
        PROGRAM,
        [Later(name, line, _module(name)) for name, line in summaries().items()],
        summary=text(
            "最后一米 (Lastmetre): 一座城市的疫情防控, 直到最后一米",
            "Lastmetre (最后一米): a city's epidemic control, to the last metre.",
        ),
        examples=(
            ("lastmetre up", text("在本机启动整座城市", "start a city on this machine")),
            ("lastmetre status", text("另一终端: 各服务的状态", "in another terminal: the state of its services")),
            ("lastmetre audit --help", text("某个命令的说明", "the help of a command")),
        ),
        exits={DONE: text("已完成; 各命令的 1 见其说明", "done; what 1 means, a command's own help says")},
    )


def _module(name: str) -> str:
    return f"deploy.cli.{MODULES.get(name, name.replace('-', '_'))}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name and return its exit code."""
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())  # an error of the bus is one line, which is ours
    return run_program(program(), PROGRAM, arguments)


if __name__ == "__main__":
    sys.exit(main())
