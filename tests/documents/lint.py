"""Lints docs/api/ with redocly (OpenAPI) and the official AsyncAPI parser. `python -m tests.documents.lint`.

The linters are npm packages, pinned with their hashes in `linters/package-lock.json` and installed once into `build/`.
Without npm, or with a Node.js that redocly does not run on, nothing is linted, and a line states that.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from deploy.launcher.processes.child import ROOT

SOURCE = Path(__file__).with_name("linters")
INSTALLED = ROOT / "build" / "linters"
DOCUMENTS = ROOT / "docs" / "api"
OLDEST_NODE = (20, 19)
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def why_not() -> str:
    """Return why the linters cannot run here; an empty text where they can."""
    if not (shutil.which("npm") and shutil.which("node")):
        return "npm is not installed"
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    numbers = tuple(int(part) for part in version.removeprefix("v").split(".")[:2])
    return "" if numbers >= OLDEST_NODE else f"Node.js {version} is older than {'.'.join(map(str, OLDEST_NODE))}"


def install() -> None:
    """Install what the lock pins, unless it is installed. Raises `CalledProcessError`."""
    lock = SOURCE / "package-lock.json"
    stamp = INSTALLED / "installed.json"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCE / name, INSTALLED)
    # No package may run a script of its own while it is installed.
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=INSTALLED, check=True)
    shutil.copy(lock, stamp)


def lint() -> bool:
    """Print what is wrong with the documents; return whether nothing is."""
    openapi, asyncapi = (sorted(map(str, DOCUMENTS.glob(f"*.{kind}.json"))) for kind in ("openapi", "asyncapi"))
    shutil.copy(SOURCE / "asyncapi.mjs", INSTALLED)
    config = SOURCE / "redocly.yaml"
    redocly = [str(INSTALLED / "node_modules/.bin/redocly"), "lint", f"--config={config}", "--format=json", *openapi]
    run = subprocess.run(redocly, capture_output=True, text=True, check=False, env=os.environ | _QUIET)
    problems = _problems(run.stdout)
    _print("\n".join(problems) or f"redocly: {len(openapi)} OpenAPI documents are within its recommended rules")
    parsed = subprocess.run(["node", str(INSTALLED / "asyncapi.mjs"), *asyncapi], check=False)
    if parsed.returncode == 0:
        _print(f"AsyncAPI parser: {len(asyncapi)} AsyncAPI documents are valid")
    if run.returncode and not problems:
        _print(run.stdout + run.stderr)
    return not problems and run.returncode == 0 and parsed.returncode == 0


def _problems(answer: str) -> list[str]:
    """Return a line for each problem, errors and warnings alike, of redocly's answer: a JSON object a document.

    Raises `ValueError` where it is anything else.
    """
    problems: list[dict[str, Any]] = []
    while answer := answer.lstrip():
        result, end = json.JSONDecoder().raw_decode(answer)
        problems += result["problems"]
        answer = answer[end:]
    return [
        f"{Path(one['location'][0]['source']['ref']).name}: {one['ruleId']} {one['message']}"
        f" at {one['location'][0].get('pointer', '')}"
        for one in problems
    ]


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Lint the documents; 1 if anything is wrong, or with `--required` if they cannot be linted here."""
    reason = why_not()
    if not reason:
        try:
            install()
            return 0 if lint() else 1
        except subprocess.CalledProcessError as error:
            reason = f"npm could not install the linters (it ended with {error.returncode})"
    _print(f"Skipped: {reason}, so the API documents were not linted")
    return 1 if "--required" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
