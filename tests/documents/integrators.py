"""The commands of docs/integrators.md, as a reader would run them: each block of bash and of Python, in order."""

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from deploy.launcher.processes.child import ROOT
from deploy.launcher.state import RunningCity

PAGE = ROOT / "docs" / "integrators.md"
_BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of the page: its language and its lines."""

    language: str
    text: str


def blocks() -> list[Block]:
    """Return the blocks in their order."""
    return [Block(*match.groups()) for match in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]


def script(folder: str = "/tmp") -> str:
    """Return the page as one script of bash, but for the blocks that start the city and that need kcat.

    Each Python block is written into `folder` and run by the interpreter of the project.
    """
    lines = ["set -eo pipefail"]
    for number, block in enumerate(blocks()):
        if block.language == "python":
            lines.append(f"cat > {folder}/{number}.py <<'PYTHON'\n{block.text}PYTHON")
            lines.append(f"TOKEN=$TOKEN .venv/bin/python {folder}/{number}.py")
        elif "lastmetre up" not in block.text and not block.text.startswith("kcat"):
            lines.append(block.text)
    return "\n".join(lines)


def run_page(city: RunningCity, data: Path, folder: Path) -> str:
    """Run the page's script in a running city; return what it prints. Raises `CalledProcessError`."""
    text = script(str(folder))
    true = {
        "http://127.0.0.1:18001": city.services["registration"],
        "http://127.0.0.1:18002": city.services["checkpoint"],
        "127.0.0.1:19092": city.kafka,
        "build/city": str(data),
        "/tmp/residents.csv": str(folder / "residents.csv"),
        ".venv/bin/lastmetre": f"{sys.executable} -m deploy.cli.main",
        ".venv/bin/python": sys.executable,
    }
    assert [stated for stated in true if stated not in text] == []
    text = re.sub("|".join(map(re.escape, true)), lambda match: true[match[0]], text)
    run = subprocess.run(["bash", "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout
