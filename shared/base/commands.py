"""The one library of the command lines, over click.

Every command's help holds a summary, its options with their defaults, examples and exit codes, in the terminal's
language; a wrong use is one line on standard error and exit code 2. A command that a group names as `Later` is imported
only when it is called.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Required, TypedDict, Unpack

import click

from shared.base.terminal import (
    DONE,
    FAILED,
    INTERRUPTED,
    MISUSE,
    NOT_RUNNING,
    TerminalError,
    exit_code_of,
    is_chinese,
    text,
)
from shared.base.usage import sentence

Given = SimpleNamespace
CITY = (DONE, MISUSE, NOT_RUNNING, FAILED, INTERRUPTED)
"""The exit codes of a command that asks a city which runs here."""
ALONE = (DONE, MISUSE, FAILED, INTERRUPTED)
"""Those of a command that needs none."""
_WIDTH = 100
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": _WIDTH}


class Misuse(TerminalError):
    """The command was called in a way that cannot be meant."""

    exit_code = MISUSE


def option(*names: str, **details: Any) -> click.Option:  # Any: click's own, by name
    """Return an option; its help ends with its default."""
    return click.Option(names, **{"show_default": True} | details)


def argument(name: str, **details: Any) -> click.Argument:  # Any: click's own, by name
    """Return an argument."""
    return click.Argument((name,), **details)


class Help(TypedDict, total=False):
    """What the help of a command holds beside its options; `exits` are meanings of its own for exit codes."""

    summary: Required[str]
    examples: Required[Iterable[tuple[str, str]]]
    exits: Mapping[int, str]
    codes: Sequence[int]
    about: str


class _Helpful(click.Command):
    """What commands and groups have alike: `--version`, examples, exit codes."""

    def __init__(self, name: str, parts: Help, **details: Any) -> None:  # Any: click's own, by name
        summary, about = parts["summary"], parts.get("about", "")
        super().__init__(
            name, help=f"{summary}\n\n{about}".strip(), short_help=summary, context_settings=_SETTINGS, **details
        )
        self.params.append(_version_option())
        self.examples = tuple(parts["examples"])
        meanings, exits, codes = _meanings(), parts.get("exits", {}), parts.get("codes", CITY)
        self.exits = {code: exits.get(code, meanings.get(code, "")) for code in sorted({*codes, *exits})}

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`, in the terminal's language."""
        help_option = super().get_help_option(ctx)
        if help_option is not None:
            help_option.help = text("显示本说明后结束", "Print this help and end.")
        return help_option

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how it is called."""
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, text("用法: ", "Usage: "))

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each argument is."""
        self._write(ctx, formatter, click.Argument, text("参数", "Arguments"))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, with their defaults."""
        self._write(ctx, formatter, click.Option, text("选项", "Options"))

    def _write(
        self, ctx: click.Context, formatter: click.HelpFormatter, kind: type[click.Parameter], heading: str
    ) -> None:
        records = [one.get_help_record(ctx) for one in self.get_params(ctx) if isinstance(one, kind)]
        if rows := [record for record in records if record]:
            with formatter.section(heading):
                formatter.write_dl([(names, _defaults(line)) for names, line in rows])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples and exit codes."""
        with formatter.section(text("示例", "Examples")):
            for line, why in self.examples:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
                formatter.write(f"{'':>{formatter.current_indent}}    {why}\n")
        with formatter.section(text("退出码", "Exit codes")):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.exits.items()])


class Command(_Helpful):
    """A command: `run` takes its options by name and returns the exit code."""

    def __init__(
        self,
        name: str,
        run: Callable[[Given], int],
        params: Iterable[click.Parameter] = (),
        **help_parts: Unpack[Help],
    ) -> None:
        super().__init__(name, help_parts, params=list(params), callback=lambda **values: run(Given(**values)))


class Later(click.Command):
    """A command that is imported when it is called: `module` has a function `command`."""

    def __init__(self, name: str, summary: str, module: str) -> None:
        super().__init__(name, short_help=summary)
        self._module = module

    def load(self) -> click.Command:
        """Return the command itself."""
        loaded: click.Command = import_module(self._module).command()
        return loaded


class Group(_Helpful, click.Group):
    """A command of commands: without one it prints its help on standard error, with exit code 2."""

    def __init__(self, name: str, commands: Iterable[click.Command], **help_parts: Unpack[Help]) -> None:
        metavar = text("命令 ...", "COMMAND ...")
        super().__init__(name, help_parts, commands=list(commands), subcommand_metavar=metavar)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they were given."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called, and import it."""
        name, called, rest = super().resolve_command(ctx, args)
        return name, called.load() if isinstance(called, Later) else called, rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options."""
        self.format_commands(ctx, formatter)
        _Helpful.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its whole summary."""
        visible = [one for one in self.commands.values() if not one.hidden]
        with formatter.section(text("命令", "Commands")):
            formatter.write_dl([(str(one.name), str(one.short_help)) for one in visible])


def completion_variable(program: str) -> str:
    """Return the environment variable by which a shell asks a program for completions."""
    return f"_{program.upper().replace('-', '_')}_COMPLETE"


def run_program(command: click.Command, program: str, arguments: Sequence[str] | None = None) -> int:
    """Run a command line, with the process's arguments if none are given, and return its exit code."""
    variable = completion_variable(program)
    instruction = os.environ.get(variable)
    if instruction and arguments is None:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, program, variable, instruction)
    return exit_code_of(program, lambda: _call(command, program, sys.argv[1:] if arguments is None else arguments))


def _call(command: click.Command, program: str, arguments: Sequence[str]) -> int:
    try:
        with command.make_context(program, list(arguments)) as context:
            return int(command.invoke(context) or DONE)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return MISUSE
    except click.ClickException as error:
        raise Misuse(sentence(error)) from None
    except click.Abort:
        raise KeyboardInterrupt from None


def exclude(given: Given, *names: str) -> None:
    """Raise `Misuse` where more than one of these options has a value."""
    used = [f"--{name.replace('_', '-')}" for name in names if getattr(given, name) not in (None, False, ())]
    if len(used) > 1:
        both = text(" 和 ", " and ").join(used)
        raise Misuse(text(f"{both} 不能同时使用, 请只写一个", f"{both} exclude each other: give only one of them"))


def _defaults(line: str) -> str:
    """Return an option's help with what click puts behind it in the terminal's language."""
    if not is_chinese():
        return line
    return line.replace("[default: ", "[默认: ").replace("required]", "必填]")


def _meanings() -> dict[int, str]:
    return {
        DONE: text("已完成", "done"),
        MISUSE: text("命令、选项或取值有误", "a wrong command, option or value"),
        NOT_RUNNING: text("本机没有运行中的城市", "no city runs on this machine, or not the one that was named"),
        FAILED: text(
            "所需的服务器、服务、程序或目录不存在或出错",
            "a server, service, program or directory that is needed is absent or broken",
        ),
        INTERRUPTED: text("按下 Ctrl-C 而中断", "ended by Ctrl-C"),
    }


def _version_option() -> click.Option:
    def show(context: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            from importlib.metadata import version

            click.echo(f"lastmetre {version('lastmetre')}")
            context.exit()

    return click.Option(
        ("--version",),
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=text("显示版本后结束", "Print the version and end."),
    )
