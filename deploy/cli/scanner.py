"""`lastmetre scanner`: `lastmetre-scanner` as a command of the full command line."""

from typing import Any

from services.checkpoint.client.cli import scanner


def add_parser(subparsers: Any) -> None:
    """Describe the command."""
    parser = subparsers.add_parser("scanner", help=scanner.HELP, epilog=scanner.EXIT_CODES)
    scanner.add_arguments(parser)
    parser.set_defaults(run=scanner.run)
