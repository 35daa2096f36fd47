"""The keys of the MACs on events and their rotation: the new key first verifies, then signs; then the old one goes.

Processes read a changed file within seconds. A repeated step changes nothing or is refused.
"""

from collections.abc import Sequence
from pathlib import Path

from deploy.launcher.errors import BadOption, DirectoryUnusable
from deploy.launcher.secrets.keys import new_symmetric, write_secret
from shared.envelope.macs import ProducerKeys

_NUMBERS = 256
_REPUBLISHED = "twice, at once and after fifteen minutes"


def add(files: Sequence[Path]) -> str:
    """Add the next key of each service to those that verify, before the one that signs; return what to do next."""
    for path in files:
        lines = _lines(path)
        if _following(lines) not in map(_number, lines):
            _write(path, [*lines[:-1], f"{_following(lines)} {new_symmetric().decode()}", lines[-1]])
    return "The new event keys verify: give the files to every service, wait for a minute, then run --events switch"


def switch(files: Sequence[Path]) -> str:
    """Let the added keys sign from now on; return what to do next. Raises `BadOption` if none was added."""
    if not any(_following(_lines(path)) in map(_number, _lines(path)) for path in files):
        raise BadOption("There are no new event keys: run --events add and give the files to every service first")
    for path in files:
        lines = _lines(path)
        new = [line for line in lines if _number(line) == _following(lines)]
        _write(path, [line for line in lines if line not in new] + new)
    return (
        "The new event keys sign: give the files to every service. Each publishes its compacted topics again, "
        f"{_REPUBLISHED}; run --events remove when the topics keep nothing older, after seven days"
    )


def remove(files: Sequence[Path]) -> str:
    """Keep only the present and the next key of each service; return what to do next."""
    for path in files:
        lines = _lines(path)
        kept = (_number(lines[-1]), _following(lines))
        _write(path, [line for line in lines if _number(line) in kept])
    return "The files know no older event key: give them to every service"


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text()
        ProducerKeys.read(text)
    except (ValueError, OSError) as error:
        raise DirectoryUnusable(f"{path} cannot be read ({error}): restore it from a copy") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _following(lines: Sequence[str]) -> int:
    return (_number(lines[-1]) + 1) % _NUMBERS


def _number(line: str) -> int:
    return int(line.partition(" ")[0])


def _write(path: Path, lines: Sequence[str]) -> None:
    write_secret(path, "".join(f"{line}\n" for line in lines).encode())
