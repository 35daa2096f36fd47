"""Record the contracts as they are: `python -m tests.contracts.record`. What would break a reader is not recorded."""

import json
import sys
from pathlib import Path
from typing import Any

from shared.envelope.event import Event
from tests.contracts import described, published
from tests.contracts.compatibility import breaks

SCHEMAS = Path(__file__).with_name("schemas")


def recorded() -> dict[str, dict[str, Any]]:
    """Return the contracts as they were recorded, by their type."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.json"))}


def rendered(contract: type[Event]) -> str:
    """Return a contract as its file holds it."""
    return json.dumps(described(contract), indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the file of each contract that is new or has gained something; 1 if any would break its readers."""
    before, broken = recorded(), 0
    for name, contract in published().items():
        sentences = breaks(before[name], described(contract)) if name in before else []
        for sentence in sentences:
            print(f"{name}: {sentence}. Make it a new version")  # noqa: T201
        if not sentences:
            (SCHEMAS / f"{name}.json").write_text(rendered(contract), encoding="utf-8")
        broken += bool(sentences)
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
