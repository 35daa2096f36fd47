"""The list of what the image is made of (CycloneDX) names every package of the lock with its version and hashes."""

import json
import re
import subprocess
import sys
from pathlib import Path

from deploy.launcher.processes.child import ROOT

LOCKS = [ROOT / "deploy/requirements.lock", ROOT / "deploy/page.lock"]


def test_the_list_of_parts_is_the_lock(tmp_path: Path) -> None:
    recipe = re.search(r"cyclonedx-py (.+?) -o build/sbom\.cdx\.json", (ROOT / "Makefile").read_text(), re.DOTALL)
    assert recipe
    options = recipe[1].replace("\\\n", " ").split()
    out = tmp_path / "sbom.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    # Only the recipe has the list validated by its schema: that takes ten times as long as to make it.
    command = [program, *options, "--no-validate", "-o", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    parts = json.loads(out.read_text())
    assert parts["bomFormat"] == "CycloneDX"
    assert parts["metadata"]["component"]["name"] == "lastmetre"
    text = "\n".join(lock.read_text() for lock in LOCKS)
    locked = set(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]+\])?==(\S+)", text, re.MULTILINE))
    assert {(one["name"], one["version"]) for one in parts["components"]} == locked
    hashed = [ref["hashes"] for one in parts["components"] for ref in one["externalReferences"] if ref.get("hashes")]
    assert len(hashed) >= len(locked)
