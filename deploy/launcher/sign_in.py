"""The demo's OpenID Connect provider as a process of the launcher, beside the services."""

import sys
from collections.abc import Sequence

from deploy.launcher.errors import BadOption
from deploy.launcher.processes.child import HOST
from deploy.launcher.service import CLIENT_ID, Service, Surroundings

NAME = "sign-in"
COMMAND = (sys.executable, "-m", "deploy.sign_in.main")


def provider(port: int, consoles: Sequence[str], secret: str, surroundings: Surroundings) -> Service:
    """Return the provider's process; people sign in to the services at the addresses `consoles`."""
    browsed = [console.replace(HOST, name) for console in consoles for name in (HOST, "localhost")]
    settings = {
        "LASTMETRE_SIGN_IN_URL": surroundings.sign_in,
        "LASTMETRE_SIGN_IN_KEYS": str(surroundings.keys),
        "LASTMETRE_SIGN_IN_CONSOLES": ",".join(browsed),
        "LASTMETRE_OIDC_CLIENT_ID": CLIENT_ID,
        "LASTMETRE_OIDC_CLIENT_SECRET": secret,
    }
    return Service(NAME, COMMAND, settings, port, surroundings.logs, surroundings.guard)


def wanted(asked: bool | None, demo: bool, servers_are_ours: bool) -> bool:
    """Whether the provider runs: where it is asked for, else with the demo. Raises `BadOption` on others' servers.

    It verifies no identity, so it serves no city that is kept on other servers.
    """
    if asked and not servers_are_ours:
        raise BadOption(
            "--sign-in verifies no identity: it is for the embedded servers of this machine. "
            "Leave out --sign-in, or --kafka and --mongo; docs/sign-in.md names providers for a city"
        )
    return servers_are_ours and (demo if asked is None else asked)
