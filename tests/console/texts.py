"""Every text of the console, as its templates and code mark them."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

ROOT = Path(__file__).resolve().parents[2] / "services" / "console"
_METHODS = [("**.py", "python"), ("pages/**.html", "jinja2.ext:babel_extract")]
_KEYWORDS = {"_": None, "N_": None, "gettext": None}


def messages() -> Iterator[tuple[str, str]]:
    """Yield each file with each text that it marks."""
    options = {"pages/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
    for file, _, text, _, _ in extract_from_dir(str(ROOT), _METHODS, options, _KEYWORDS):
        yield file, text if isinstance(text, str) else text[0]
