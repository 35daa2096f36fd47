"""`lastmetre completion SHELL`: the script by which a shell completes commands, options and their values."""

import click
from click.shell_completion import get_completion_class

from deploy.cli.summaries import summaries
from shared.base.commands import Command, Given, argument, completion_variable
from shared.base.terminal import DONE, INTERRUPTED, MISUSE, text

SHELLS = ("bash", "zsh", "fish")


def command() -> Command:
    """Describe the command."""
    return Command(
        "completion",
        run,
        [argument("shell", type=click.Choice(SHELLS), metavar="SHELL", help=", ".join(SHELLS))],
        summary=summaries()["completion"],
        examples=(
            ("source <(lastmetre completion bash)", text("在当前 bash 中", "in this bash")),
            (
                "lastmetre completion zsh > ~/.zfunc/_lastmetre",
                text("zsh, ~/.zfunc 在 fpath 中", "for zsh, with ~/.zfunc in its fpath"),
            ),
            (
                "lastmetre completion fish > ~/.config/fish/completions/lastmetre.fish",
                text("fish, 以后每次", "for every fish from now on"),
            ),
        ),
        codes=(DONE, MISUSE, INTERRUPTED),
    )


def run(args: Given) -> int:
    """Print the script."""
    from deploy.cli.main import PROGRAM, program

    kind = get_completion_class(args.shell)
    assert kind is not None, args.shell
    print(kind(program(), {}, PROGRAM, completion_variable(PROGRAM)).source())
    return DONE
