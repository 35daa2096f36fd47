"""How a person at this terminal calls the command line."""

import shutil
import sys
from pathlib import Path

NAME = "lastmetre"


def program() -> str:
    """Return `lastmetre` where the shell finds this one, else its path, from the working directory if it is below."""
    beside = Path(sys.executable).parent / NAME
    on_path = shutil.which(NAME)
    if not beside.exists() or (on_path and Path(on_path) == beside):
        return NAME
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)
