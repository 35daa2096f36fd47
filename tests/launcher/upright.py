"""`lastmetre up` over stand-ins, for tests that need the launcher as a process of its own.

`python -m tests.launcher.upright FLAWS OPTION...`: FLAWS is JSON, service -> flaw of its stand-in.
"""

import json
import sys

from deploy.cli import up
from deploy.services import SERVICES
from shared.base.commands import Given, run_program


def main() -> int:
    """Run the launcher and return its exit code."""
    flaws = json.loads(sys.argv[1])
    commands = {name: (sys.executable, "-m", "tests.launcher.standin", flaws.get(name, "")) for name in SERVICES}
    command = up.command()
    command.callback = lambda **values: up.run(Given(**values), commands)
    return run_program(command, "lastmetre", ["--no-demo", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
