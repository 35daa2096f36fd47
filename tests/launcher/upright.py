"""`lastmetre up` over stand-ins, for tests that need the launcher as a process of its own.

`python -m tests.launcher.upright FLAWS OPTION...`: FLAWS is JSON, service -> flaw of its stand-in.
"""

import argparse
import json
import sys

from deploy.cli import up
from deploy.services import SERVICES
from shared.base.terminal import exit_code_of

if __name__ == "__main__":
    flaws = json.loads(sys.argv[1])
    commands = {name: (sys.executable, "-m", "tests.launcher.standin", flaws.get(name, "")) for name in SERVICES}
    parser = argparse.ArgumentParser()
    up.add_parser(parser.add_subparsers())
    args = parser.parse_args(["up", "--no-demo", *sys.argv[2:]])
    sys.exit(exit_code_of("lastmetre", lambda: up.run(args, commands)))
