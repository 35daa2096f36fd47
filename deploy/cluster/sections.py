"""Files that people write and of which a section, between two marks, is written by a program."""

import re
from collections.abc import Mapping
from pathlib import Path

WRITER = "python -m deploy.cluster.manifests"


def with_sections(path: Path, sections: Mapping[str, str]) -> str:
    """Return the file's text with the body of each section replaced. Raises `LookupError` for a section without marks.

    A section begins after the line with the mark "written by `WRITER`: NAME" and ends before the line with the mark
    "end of NAME"; both are comments in the file's own language. A body is whole lines.
    """
    text = path.read_text(encoding="utf-8")
    for name, body in sections.items():
        marks = _marks(name).search(text)
        if marks is None:
            raise LookupError(f"{path} has no section {name!r}")
        text = text[: marks.end("begin")] + body + text[marks.start("end") :]
    return text


def _marks(name: str) -> re.Pattern[str]:
    begin = rf"(?P<begin>^[^\n]*written by `{re.escape(WRITER)}`: {name}\b[^\n]*\n)"
    end = rf"(?P<end>^[^\n]*end of {name}\b)"
    return re.compile(rf"{begin}.*?{end}", re.MULTILINE | re.DOTALL)
