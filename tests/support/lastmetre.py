"""`lastmetre` whose services are forks of the tests' host: `python -m tests.support.lastmetre up OPTION...`.

Without a host it starts them as commands, as the launcher does.
"""

import os
import sys

from deploy.cli.main import main
from deploy.launcher.processes.child import Child
from tests.support.forks import client

if __name__ == "__main__":
    if os.environ.get(client.SOCKET):
        Child.start = staticmethod(client.execute)
    sys.exit(main())
