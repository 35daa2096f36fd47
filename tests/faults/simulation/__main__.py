"""`python -m tests.faults.simulation --seed N`: play a seed again and tell everything that happened in it."""

import argparse
import sys
from contextlib import ExitStack

from tests.faults.simulation import mutants
from tests.faults.simulation.city import play


def main() -> int:
    """Play it; exit code 1 when something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.simulation", description="Replay a simulated city.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mutant", choices=sorted(mutants.ALL), help="with a known mistake in the plumbing")
    args = parser.parse_args()
    with ExitStack() as stack:
        if args.mutant:
            stack.enter_context(mutants.make_mistake(args.mutant))
        played = play(args.seed, trace=True)
    print("\n".join(played.trace))  # noqa: T201
    figures = {name: value for name, value in vars(played).items() if name not in ("trace", "wrong")}
    print(f"{figures}\n" + ("\n".join(played.wrong) or "every invariant holds"))  # noqa: T201
    return bool(played.wrong)


if __name__ == "__main__":
    sys.exit(main())
