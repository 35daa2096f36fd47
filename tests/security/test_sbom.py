"""The list of what the image is made of (CycloneDX) names every package of the lock with its version and hashes."""

import json
import re
import subprocess
import sys
from pathlib import Path

from deploy.launcher.processes.child import ROOT

LOCK = ROOT / "deploy/requirements.lock"


def test_the_list_of_parts_is_the_lock(tmp_path: Path) -> None:
    recipe = re.search(r"cyclonedx-py (.+?) -o build/sbom\.cdx\.json", (ROOT / "Makefile").read_text(), re.DOTALL)
    assert recipe
    options = recipe[1].replace("\\\n", " ").split()
    out = tmp_path / "sbom.json"
    program = Path(sys.executable).with_name("cyclonedx-py")
    subprocess.run([program, *options, "-o", str(out)], cwd=ROOT, check=True, capture_output=True)
    parts = json.loads(out.read_text())
    assert parts["bomFormat"] == "CycloneDX"
    assert parts["metadata"]["component"]["name"] == "lastmetre"
    locked = set(re.findall(r"^([a-z0-9-]+)(?:\[[^\]]+\])?==(\S+)", LOCK.read_text(), re.MULTILINE))
    assert {(one["name"], one["version"]) for one in parts["components"]} == locked
    hashed = [ref["hashes"] for one in parts["components"] for ref in one["externalReferences"] if ref.get("hashes")]
    assert len(hashed) >= len(locked)
