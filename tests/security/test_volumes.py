"""A new volume of compose belongs to the user that the image runs as: a key that it cannot write is never made."""

import re
from typing import Any

import pytest
import yaml

from deploy.launcher.processes.child import ROOT

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def mounted() -> list[str]:
    """Return each directory at which a container of the image has a volume."""
    ours = [one for one in COMPOSE["services"].values() if str(one.get("image", "")).startswith("lastmetre:")]
    parts = [volume.split(":") for one in ours for volume in one.get("volumes", ())]
    return sorted({target for source, target, *_ in parts if source in COMPOSE["volumes"]})


@pytest.mark.parametrize("directory", mounted())
def test_a_volume_is_mounted_at_a_directory_of_the_image_s_user(directory: str) -> None:
    (made,) = re.findall(r"install --directory --owner (\d+) --group (\d+) --mode 0700 ([^\n&]+)", DOCKERFILE)
    (user,) = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert directory in made[2].split()
    assert f"{made[0]}:{made[1]}" == user


def test_the_volumes_are_those_of_the_keys() -> None:
    assert "/keys/devices" in mounted()
    assert len(mounted()) >= 5
