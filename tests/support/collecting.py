"""What `tests/conftest.py` imports before all else: a worker collects the tests in less processor time."""

import gc
import os
import sys

# `jsonschema` imports it for the format `iri`, which no test checks, and it compiles 38 grammars: a fifth of the time.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
if "PYTEST_VERSION" in os.environ:  # programs beside the tests import parts of them too
    gc.disable()  # what is imported stays


def finish() -> None:
    """Collect garbage from here on, but not among what was imported and collected."""
    gc.freeze()
    gc.enable()
