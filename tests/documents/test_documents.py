"""The documents in docs/ are true: the interfaces as the services show them, and every link leads somewhere."""

import re
from pathlib import Path
from typing import Any

import pytest

from deploy.launcher.processes.child import ROOT
from tests.documents.record import FOLDER, recorded, rendered

_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")
PAGES = sorted(
    page for page in ROOT.rglob("*.md") if not any(part.startswith(".") or part == "build" for part in page.parts)
)


def test_the_recorded_interfaces_are_those_of_the_services(served: dict[str, Any]) -> None:
    assert [path.name for path in recorded()] == sorted(served)
    for name, document in served.items():
        again = "record it again with 'python -m tests.documents.record'"
        assert (FOLDER / name).read_text(encoding="utf-8") == rendered(document), f"{name} is not true: {again}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = [match[0] for match in _LINK.findall(page.read_text(encoding="utf-8"))]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_the_readmes_name_every_interface() -> None:
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert [path.name for path in recorded() if path.name not in text] == []
