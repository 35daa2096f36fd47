"""`python -m deploy.sign_in.main`: the provider as a process of the launcher."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from deploy.launcher.secrets.issuer import Issuer
from deploy.sign_in.app import HOSTS, build
from deploy.sign_in.server import Client


def app_of(environment: Mapping[str, str]) -> tuple[Starlette, int]:
    """Return the provider and its port, from `LASTMETRE_SIGN_IN_*`. Raises `SystemExit` for what is not loopback."""
    url = environment["LASTMETRE_SIGN_IN_URL"]
    clients = [one for one in environment.get("LASTMETRE_SIGN_IN_CONSOLES", "").split(",") if one]
    addresses = [urlsplit(one) for one in (url, *clients)]
    if any(one.scheme != "http" or one.hostname not in HOSTS for one in addresses):
        raise SystemExit(
            "演示登录只能在本机回环地址上运行。\n"
            "The demo's sign-in verifies no identity: it runs on 127.0.0.1 alone, for clients of this machine"
        )
    client = Client(
        environment["LASTMETRE_OIDC_CLIENT_ID"],
        environment["LASTMETRE_OIDC_CLIENT_SECRET"],
        redirects=[f"{one}/sign-in/callback" for one in clients],
        after_sign_out=[f"{one}/signed-out" for one in clients],
    )
    return build(url, Issuer.at(Path(environment["LASTMETRE_SIGN_IN_KEYS"])), client), addresses[0].port or 80


def main() -> None:
    """Serve on loopback until a signal."""
    app, port = app_of(os.environ)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
