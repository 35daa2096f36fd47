"""`python -m tests.faults.inside SERVICE`: a service as it is, with the faults that `FAULTS` names (JSON).

`mutant`: which of the known mistakes the build has (`mutants.py`). All other faults are for its consumers: the
step at which the process is killed or fails, the delay of its handlers, its notes (`points.py`).
"""

import importlib
import json
import os
import sys

FAULTS = "LASTMETRE_TEST_FAULTS"


def main(service: str) -> None:
    """Serve until SIGTERM, or until the fault."""
    from tests.faults import mutants, points

    faults = json.loads(os.environ[FAULTS])
    if name := faults.get("mutant"):
        mutants.ALL[name]()
    points.arm(faults)
    importlib.import_module(f"services.{service}.main").main()


if __name__ == "__main__":
    main(sys.argv[1])
