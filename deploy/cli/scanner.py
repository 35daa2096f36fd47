"""`lastmetre scanner`: `lastmetre-scanner` as a command of the full command line."""

from services.checkpoint.client.cli import scanner
from shared.base.commands import Command


def command() -> Command:
    """Describe the command."""
    return scanner.command("lastmetre scanner")
