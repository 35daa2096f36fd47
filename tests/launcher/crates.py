"""A small crate in the place of the fast store server's, which real cargo builds within seconds and without a registry.

Its program says its version and ends, whatever it is asked.
"""

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from deploy.launcher.servers.store_build import lacking

NEEDS_CARGO = pytest.mark.skipif(bool(lacking()), reason=f"a build needs {', '.join(lacking())} too")
NAME, VERSION, PROGRAM = "small-store", "1.0.0", "small-stored"
BROKEN = "fn main() { no such thing }"
_HOME = Path.home()
_MAIN = 'fn main() { println!("small-stored 1.0.0"); }'
_MANIFEST = f"""
[package]
name = "{NAME}"
version = "{VERSION}"
edition = "2021"

[[bin]]
name = "{PROGRAM}"
path = "src/main.rs"
"""
_LOCKED = f'version = 3\n\n[[package]]\nname = "{NAME}"\nversion = "{VERSION}"\n'


def waits_for(file: Path) -> str:
    """Return a build script that has begun once `file`.began is there, and ends when `file` is."""
    return (
        f'fn main() {{ std::fs::write("{file}.began", "").unwrap(); while !std::path::Path::new("{file}").exists() '
        "{ std::thread::sleep(std::time::Duration::from_millis(20)); } }"
    )


class Crates:
    """A user's cargo and cache, empty but for one crate, and the lock file that names it."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cache = directory / "cache" / "lastmetre" / "store"
        self.file = directory / "cargo" / "registry" / "cache" / "here" / f"{NAME}-{VERSION}.crate"
        self.lock = directory / "store.lock"
        monkeypatch.delenv("LASTMETRE_STORE", raising=False)
        # The toolchain is where this user has it, also where the test has a home of its own.
        monkeypatch.setenv("RUSTUP_HOME", os.environ.get("RUSTUP_HOME", str(_HOME / ".rustup")))
        monkeypatch.setenv("LASTMETRE_STORE_LOCK", str(self.lock))
        monkeypatch.setenv("XDG_CACHE_HOME", str(directory / "cache"))
        monkeypatch.setenv("CARGO_HOME", str(directory / "cargo"))
        monkeypatch.setenv("CARGO_NET_OFFLINE", "true")

    def lay(self, main: str = _MAIN, script: str | None = None) -> None:
        """Lay the crate where cargo keeps what it brought."""
        files = {"Cargo.toml": _MANIFEST, "Cargo.lock": _LOCKED, "src/main.rs": main}
        if script is not None:
            files["build.rs"] = script
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(self.file, "w:gz") as archive:
            for name, text in files.items():
                entry = tarfile.TarInfo(f"{NAME}-{VERSION}/{name}")
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        self.lock_as(hashlib.sha256(self.file.read_bytes()).hexdigest())

    def lock_as(self, sha256: str) -> None:
        """Write the lock file."""
        fields = {"crate": NAME, "version": VERSION, "sha256": sha256, "program": PROGRAM}
        self.lock.write_text("".join(f'{name} = "{value}"\n' for name, value in fields.items()))

    def built(self) -> list[Path]:
        """Return the programs in the cache."""
        return [path for path in self.cache.glob(f"{PROGRAM}-*") if path.is_file() and path.suffix != ".failed"]
