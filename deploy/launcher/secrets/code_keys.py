"""The keys of health codes and their rotation: the new key first verifies, then signs; at last the old key is removed.

A repeated step changes nothing or is refused. Services read the files when they start.
"""

from pathlib import Path
from typing import NamedTuple

from deploy.launcher.errors import BadOption, DirectoryUnusable
from deploy.launcher.secrets.keys import new_symmetric, private_key, public_pem, publish, write_secret
from shared.health_code import SealKeys

_NUMBERS = 256


class CodeKeys(NamedTuple):
    """The files of the signing key, of the public keys for devices and gates, and of the seal keys."""

    signing: Path
    public: Path
    seal: Path

    @classmethod
    def of_launcher(cls, data: Path) -> "CodeKeys":
        """Return the files of a city, by its data directory. Raises `DirectoryUnusable` if it has none."""
        kept = data / "keys"
        if not (kept / "code-signing.pem").is_file():
            raise DirectoryUnusable(f"There are no keys in {data}: name the directory that 'lastmetre up --data' used")
        return cls(kept / "code-signing.pem", kept / "code-public.pem", kept / "code-seal.keys")

    @property
    def next_signing(self) -> Path:
        """The file of the next signing key."""
        return self.signing.with_name("code-signing-next.pem")


def add_signing(keys: CodeKeys) -> str:
    """Create the next signing key and add its public half to the keys that verify; return what to do next."""
    publish(keys.public, private_key(keys.next_signing))
    return f"The new signing key is verified by {keys.public}: give it to every gate, then run --signing switch"


def switch_signing(keys: CodeKeys) -> str:
    """Let the added key sign from now on; return what to do next. Raises `BadOption` if none was added."""
    if not keys.next_signing.exists():
        raise BadOption("There is no new signing key: run --signing add and give every gate its public half first")
    publish(keys.public, private_key(keys.next_signing))
    keys.next_signing.replace(keys.signing)
    return f"{keys.signing} is the new key: give it to registration; --signing remove once no old code can be valid"


def remove_signing(keys: CodeKeys) -> str:
    """Keep only the present and the next signing key among those that verify; return what to do next."""
    kept = [private_key(path) for path in (keys.signing, keys.next_signing) if path.exists()]
    write_secret(keys.public, b"".join(map(public_pem, kept)))
    return f"{keys.public} verifies no code of an older key: give it to every gate"


def add_seal(keys: CodeKeys) -> str:
    """Add the next seal key to the keys that verify, before the one that seals; return what to do next."""
    lines = _seal_lines(keys)
    following = (_number(lines[-1]) + 1) % _NUMBERS
    if following not in map(_number, lines):
        lines.insert(len(lines) - 1, f"{following} {new_symmetric().decode()}")
        _write_seal_lines(keys, lines)
    return f"The new seal key is in {keys.seal}: give it to checkpoint, then run --seal switch"


def switch_seal(keys: CodeKeys) -> str:
    """Let the added key seal from now on; return what to do next. Raises `BadOption` if none was added."""
    lines = _seal_lines(keys)
    following = (_number(lines[-1]) + 1) % _NUMBERS
    new = [line for line in lines if _number(line) == following]
    if not new:
        raise BadOption("There is no new seal key: run --seal add and give it to checkpoint first")
    _write_seal_lines(keys, [line for line in lines if line not in new] + new)
    return f"{keys.seal} seals with the new key: give it to registration; --seal remove once no old code can be valid"


def remove_seal(keys: CodeKeys) -> str:
    """Keep only the present and the next seal key among those that verify; return what to do next."""
    lines = _seal_lines(keys)
    current = _number(lines[-1])
    _write_seal_lines(keys, [line for line in lines if _number(line) in (current, (current + 1) % _NUMBERS)])
    return f"{keys.seal} knows no older key: give it to registration and checkpoint"


def _seal_lines(keys: CodeKeys) -> list[str]:
    try:
        text = keys.seal.read_text()
        SealKeys.read(text)
    except (ValueError, OSError) as error:
        raise DirectoryUnusable(f"{keys.seal} cannot be read ({error}): restore it from a copy") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _write_seal_lines(keys: CodeKeys, lines: list[str]) -> None:
    write_secret(keys.seal, "".join(f"{line}\n" for line in lines).encode())


def _number(line: str) -> int:
    return int(line.partition(" ")[0])
