"""One Keycloak on loopback with the realm of `realm.json`, in a directory of its own; for tests and demos alone."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from deploy.keycloak.distribution import HEAP, distribution
from deploy.launcher.processes.child import HOST, free_port
from deploy.launcher.servers.embedded import LocalServer

REALM_FILE = Path(__file__).with_name("realm.json")
REALM = "lastmetre"
ADMIN = "admin"


class Keycloak(LocalServer):
    """A Keycloak with a database of its own, which is gone with its directory."""

    name = "keycloak"
    start_s = 600.0

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._home = directory / "keycloak"
        self._management_port = free_port([self.port])

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://{HOST}:{self.port}"

    @property
    def issuer(self) -> str:
        """The issuer of the realm's tokens."""
        return f"{self.url}/realms/{REALM}"

    def prepare(self) -> None:
        """Link the distribution into the directory, with the realm to import. Raises `MissingBinary`."""
        shutil.copytree(distribution(), self._home, copy_function=os.link)
        imported = self._home / "data" / "import"
        imported.mkdir(parents=True)
        shutil.copy(REALM_FILE, imported)

    def command(self) -> Sequence[str]:
        """Return the command that serves; the administrator's password is known to all, which loopback permits."""
        options = {
            "http-enabled": "true",
            "http-host": HOST,
            "http-port": self.port,
            "http-management-port": self._management_port,
            "hostname-strict": "false",
            "cache": "local",
            "bootstrap-admin-username": ADMIN,
            "bootstrap-admin-password": ADMIN,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        return ["env", HEAP, "sh", str(self._home / "bin" / "kc.sh"), "start", "--optimized", "--import-realm", *given]
