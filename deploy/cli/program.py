"""The program `lastmetre`: where its dependencies are not installed, it prints which one is missing."""

import sys


def main() -> int:
    """Run the command line and return its exit code; 1 where the extra `platform` is not installed."""
    try:
        from deploy.cli.main import main as run

        return run()  # a command loads what it needs when it is run
    except ModuleNotFoundError as error:
        print(f"lastmetre: {error.name} is missing: pip install 'lastmetre[platform]' installs it", file=sys.stderr)
        return 1
