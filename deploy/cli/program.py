"""The program `lastmetre`: where its dependencies are not installed, it prints which one is missing."""

import sys

_FAILED = 4
_INTERRUPTED = 130


def main() -> int:
    """Run the command line and return its exit code; 4 where the extra `platform` is not installed."""
    try:
        from deploy.cli.main import main as run

        return run()  # a command loads what it needs when it is run
    except ModuleNotFoundError as error:
        print(f"lastmetre: {error.name} is missing: pip install 'lastmetre[platform]' installs it", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:  # while the modules are imported
        return _INTERRUPTED
