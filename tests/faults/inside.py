"""`python -m tests.faults.inside SERVICE`: a service as it is, with the faults that `FAULTS` names (JSON).

`points`: at which step the process is killed or fails (`points.py`). `mutant`: which of the known mistakes the build
has (`mutants.py`). `slow_s`: how much longer each call of a handler takes.
"""

import importlib
import json
import os
import sys

FAULTS = "LASTMETRE_TEST_FAULTS"


def main(service: str) -> None:
    """Serve until SIGTERM, or until the fault."""
    from tests.faults import mutants, points

    told = json.loads(os.environ.get(FAULTS, "{}"))
    if name := told.get("mutant"):
        mutants.ALL[name]()
    points.arm(told.get("points", {}), told.get("hits", ""), told.get("slow_s", 0.0))
    importlib.import_module(f"services.{service}.main").main()


if __name__ == "__main__":
    main(sys.argv[1])
