"""The manifests of each overlay, built once."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.deploy.kustomize import ADVICE, Manifest, build, kubectl

Built = Callable[[str], list[Manifest]]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """`built("k8s/overlays/dev")`: the manifests that the kustomization there makes."""
    program = kubectl(tmp_path_factory.mktemp("kubectl"))
    if program is None:
        pytest.skip(ADVICE)

    @cache
    def of(directory: str) -> list[Manifest]:
        return build(program, directory)

    return of
