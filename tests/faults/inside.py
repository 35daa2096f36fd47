"""`python -m tests.faults.inside SERVICE`: a service as it is, with the faults that `FAULTS` names (JSON).

`mutant`: which of the known mistakes the build has (`mutants.py`). Whatever else is told is for its consumers: at which
step the process is killed or fails, how slow its handlers are, what it notes (`points.py`).
"""

import importlib
import json
import os
import sys

FAULTS = "LASTMETRE_TEST_FAULTS"


def main(service: str) -> None:
    """Serve until SIGTERM, or until the fault."""
    from tests.faults import mutants, points

    told = json.loads(os.environ[FAULTS])
    if name := told.get("mutant"):
        mutants.ALL[name]()
    points.arm(told)
    importlib.import_module(f"services.{service}.main").main()


if __name__ == "__main__":
    main(sys.argv[1])
