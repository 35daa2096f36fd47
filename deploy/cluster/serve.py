"""`python -m deploy.cluster.serve`: what a container runs; `SERVICE` says which service it is."""

import importlib
import os
import sys

from deploy.services import SERVICES


def main() -> None:
    """Serve until SIGTERM. Exits with a sentence when `SERVICE` names none."""
    name = os.environ.get("SERVICE", "")
    if name not in SERVICES:
        sys.exit(f"SERVICE is {name!r}: set it to one of {', '.join(SERVICES)}")
    importlib.import_module(f"services.{name}.main").main()


if __name__ == "__main__":
    main()
