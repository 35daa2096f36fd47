"""The secrets of one city on one machine, made once and kept with its data."""

import base64
import os
import secrets
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.launcher.errors import DirectoryUnusable
from deploy.services import (
    CODE_PUBLIC_KEYS,
    CODE_SEAL_KEYS,
    CODE_SIGNING_KEY,
    DEVICE_SIGNING_KEY,
    OIDC_CLIENT_SECRET,
    SERVICES,
    UNSIGNED_EVENTS_UNTIL,
    SecretValue,
    all_secrets,
    event_keys,
)
from shared.base.clock import machine_time

_KEY_BYTES = 32
# The bus keeps facts for so long; compacted topics are published again, with MACs, long before.
_UNSIGNED_FOR = timedelta(days=7)


class Keys:
    """The sealing keys, the key of identity hashes, and the keys of health codes and of devices' tokens."""

    def __init__(self, directory: Path) -> None:
        """Load them from `directory`, making those that are not there."""
        signing, public = directory / CODE_SIGNING_KEY.file, directory / CODE_PUBLIC_KEYS.file
        events = {one.variable: directory / one.file for one in map(event_keys, SERVICES)}
        unsigned_until = directory / "unsigned-until"
        if signing.exists() and not any(path.exists() for path in events.values()):
            # A city of an earlier version: its bus holds records without MACs.
            write_secret(unsigned_until, (machine_time() + _UNSIGNED_FOR).isoformat(timespec="seconds").encode())
        publish(public, private_key(signing))
        devices = directory / DEVICE_SIGNING_KEY.file
        private_key(devices)
        values = {secret.variable for secret in all_secrets() if isinstance(secret, SecretValue)}
        values |= {OIDC_CLIENT_SECRET.variable}  # the demo's provider needs it also without a console
        self._values = {variable: _symmetric(directory / _file_of(variable)) for variable in values} | {
            CODE_SIGNING_KEY.variable: str(signing),
            CODE_PUBLIC_KEYS.variable: str(public),
            DEVICE_SIGNING_KEY.variable: str(devices),
            CODE_SEAL_KEYS.variable: str(seal_keys(directory / CODE_SEAL_KEYS.file)),
        }
        self._values |= {variable: str(seal_keys(path)) for variable, path in events.items()}
        self._of_all = {UNSIGNED_EVENTS_UNTIL.variable: unsigned_until.read_text()} if unsigned_until.exists() else {}

    @property
    def client_secret(self) -> str:
        """The secret of the console's client at the demo's provider."""
        return self._values[OIDC_CLIENT_SECRET.variable]

    def environment_of(self, service: str) -> dict[str, str]:
        """Return the secrets of `service` and no others, as its environment names them."""
        given = {one.variable: self._values[one.variable] for one in SERVICES[service].secrets} | self._of_all
        return {f"LASTMETRE_{variable}": value for variable, value in given.items()}


def write_secret(path: Path, content: bytes) -> None:
    """Put `content` there whole or not at all, readable by this user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # a key that data was sealed with must survive whatever the data survives
    unfinished.replace(path)


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the Ed25519 key kept at `path`, made there when there is none. Raises `DirectoryUnusable`."""
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        write_secret(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, OSError) as error:
        raise DirectoryUnusable(f"The key {path} cannot be read ({error}): restore it from a copy") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise DirectoryUnusable(f"The key {path} is no Ed25519 key: restore it from a copy")
    return key


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """Return the public half of a key, in PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def publish(path: Path, key: Ed25519PrivateKey) -> None:
    """Let the public half of a key be one of those at `path`, behind the others, which go on verifying."""
    known = path.read_bytes() if path.exists() else b""
    half = public_pem(key)
    if half not in known:
        write_secret(path, known + half)


def seal_keys(path: Path) -> Path:
    """Return a file of keys with numbers, of health codes or of events, made there with one key when there is none."""
    if not path.exists():
        write_secret(path, b"1 " + new_symmetric() + b"\n")
    return path


def _file_of(variable: str) -> str:
    return f"{variable.removesuffix('_KEY').lower().replace('_', '-')}.key"


def _symmetric(path: Path) -> str:
    if not path.exists():
        write_secret(path, new_symmetric())
    return path.read_text().strip()


def new_symmetric() -> bytes:
    """Return a new key of 32 random bytes, in base64."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES))
