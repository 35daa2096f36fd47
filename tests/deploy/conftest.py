"""The manifests of each overlay, built once in a run of the tests."""

import fcntl
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.deploy.kustomize import ADVICE, LOADER, Manifest, build, kubectl
from tests.support.bus import RUN

Built = Callable[[str], list[Manifest]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """`built("k8s/overlays/dev")`: the manifests that the kustomization there makes."""
    named = os.environ.get(RUN)
    kept = Path(named) / "manifests" if named else tmp_path_factory.mktemp("manifests")
    kept.mkdir(exist_ok=True)

    @cache
    def of(directory: str) -> list[Manifest]:
        text = kept / f"{directory.replace('/', '-')}.yaml"
        with (kept / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the workers of a run need them at the same time
            if not text.exists():
                program = kubectl(kept)
                if program is None:
                    pytest.skip(ADVICE)
                text.write_text(build(program, directory), encoding="utf-8")
        return list(yaml.load_all(text.read_text(encoding="utf-8"), LOADER))

    return of
